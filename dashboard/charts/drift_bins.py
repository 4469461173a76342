"""The bins that a PSI is made of: the share of each side's items in them."""

from itertools import pairwise

import plotly.graph_objects as go

from core.metrics.binned_drift import binned
from core.usecases.drift_report import SpreadDrift
from dashboard.charts.palette import SERIES, styled

BEFORE_COLOUR, NOW_COLOUR = "#aab3c2", SERIES[0]


def drift_bins(found: SpreadDrift, sides: tuple[str, str], *, height: int = 240) -> go.Figure:
    """Pairs of bars by range of the number; the ranges hold equal shares of the first side."""
    figure = go.Figure()
    ranges = _ranges(found)
    names = [each.partition("–")[0] for each in ranges]
    for counts, side, colour in zip(
        (found.before, found.now), sides, (BEFORE_COLOUR, NOW_COLOUR), strict=True
    ):
        bins = binned(counts, found.starts)
        figure.add_bar(
            x=names, y=bins / max(1, int(bins.sum())), name=side, marker_color=colour,
            customdata=list(zip(bins.tolist(), ranges, strict=True)),
            hovertemplate="%{customdata[1]}: %{y:.1%}, %{customdata[0]:,} items"
            f"<extra>{side}</extra>",
        )  # fmt: skip
    styled(figure, height=height)
    figure.update_layout(bargap=0.25, bargroupgap=0.06, hovermode="closest")
    unit = "characters" if found.key == "length" else f"{found.name.lower()} score"
    figure.update_xaxes(type="category", title=f"{unit}: from … to the next", tickangle=0)
    figure.update_yaxes(tickformat=".0%", title="share of items")
    return figure


def _ranges(found: SpreadDrift) -> list[str]:
    starts = found.starts.tolist()
    if found.key == "length":
        ends = [*(start - 1 for start in starts[1:]), None]
        return [
            f"{start:,}+" if end is None else f"{start:,}–{end:,}" if end > start else f"{start:,}"
            for start, end in zip(starts, ends, strict=True)
        ]
    edges = [start * found.step for start in [*starts, found.before.size]]
    return [f"{_short(low)}–{_short(high)}" for low, high in pairwise(edges)]


def _short(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") or "0"
