"""A label's scores with the policy's bounds on the same axis."""

import numpy as np
import plotly.graph_objects as go

from core.domain.policy import LabelThresholds
from core.usecases.score_distribution import BUCKETS, Distribution
from dashboard.charts.palette import OUTCOMES, SERIES, styled

#: What a bar's height means.
ITEMS, SHARES, ABOVE = "Items", "Share of each", "Share above"

_ZONES = (("approve", OUTCOMES["approve"]), ("review", "#e0883a"), ("reject", OUTCOMES["reject"]))
_PART_COLOURS = {**OUTCOMES, "review": "#e0883a", "all": SERIES[0], "none": "#aab3c2"}


def score_histogram(
    found: Distribution,
    bounds: LabelThresholds | None,
    *,
    shows: str = ITEMS,
    log: bool = False,
    chosen: tuple[float, float] | None = None,
    height: int = 300,
) -> go.Figure:
    """Bars (or lines) by score; a horizontal brush chooses a range."""
    figure = go.Figure()
    lefts = np.arange(BUCKETS) / BUCKETS
    for number, name in enumerate(found.parts):
        colour = _PART_COLOURS.get(name, SERIES[number % len(SERIES)])
        if shows == ITEMS:
            figure.add_bar(
                x=lefts + 0.5 / BUCKETS, y=found.parts[name], width=1 / BUCKETS, name=name,
                marker_color=colour, marker_line_width=0,
                customdata=np.stack([lefts, lefts + 1 / BUCKETS], axis=1),
                hovertemplate="%{customdata[0]:.2f}–%{customdata[1]:.2f}: %{y:,} items"
                f"<extra>{name}</extra>",
            )  # fmt: skip
        else:
            heights = found.above(name) if shows == ABOVE else _shares(found, name)
            figure.add_scatter(
                x=lefts, y=heights, name=name, mode="lines+markers",
                line={"color": colour, "width": 2, "shape": "hv"},
                # Brushes select markers: there must be some, and they need not be seen.
                marker={"size": 1, "opacity": 0},
                hovertemplate="%{x:.2f}: %{y:.2%}" + f"<extra>{name}</extra>",
            )  # fmt: skip
    _zones(figure, bounds)
    if chosen is not None:
        figure.add_vrect(
            x0=chosen[0], x1=chosen[1], line={"color": "#5b7cfa", "width": 1},
            fillcolor="#5b7cfa", opacity=0.12,
        )  # fmt: skip
    styled(figure, height=height)
    figure.update_layout(
        barmode="stack", bargap=0, dragmode="select", selectdirection="h",
        hovermode="closest" if shows == ITEMS else "x unified",
        showlegend=len(found.parts) > 1,
    )  # fmt: skip
    figure.update_xaxes(range=[0, 1], title=f"{found.label.words} score", tickformat=".1f")
    figure.update_yaxes(
        type="log" if log else "linear",
        title={ITEMS: "items", SHARES: "share of its items", ABOVE: "share at or above"}[shows],
        tickformat=",d" if shows == ITEMS and not log else None,
    )
    if shows != ITEMS and not log:
        figure.update_yaxes(tickformat=".0%")
    return figure


def _shares(found: Distribution, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    counts = found.parts[name]
    return counts / max(1, int(counts.sum()))


def _zones(figure: go.Figure, bounds: LabelThresholds | None) -> None:
    if bounds is None:
        return
    low = bounds.approve_below
    high = 1.0 if bounds.reject_above is None else bounds.reject_above
    edges = (0.0, low, high, 1.0)
    for (name, colour), left, right in zip(_ZONES, edges, edges[1:], strict=False):
        if right > left:
            figure.add_vrect(
                x0=left, x1=right, fillcolor=colour, opacity=0.07, line_width=0, layer="below",
                annotation_text=name if right - left > 0.06 else "",
                annotation_position="top left", annotation_font={"size": 11, "color": colour},
            )  # fmt: skip
    for at, colour in ((low, _ZONES[1][1]), (bounds.reject_above, _ZONES[2][1])):
        if at is not None:
            figure.add_vline(x=at, line={"color": colour, "width": 1.5, "dash": "dash"})
