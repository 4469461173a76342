"""A label's scores with the policy's bounds on the same axis."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.domain.policy import LabelThresholds
from core.usecases.score_distribution import BUCKETS, Distribution
from dashboard.charts.palette import OUTCOMES, SERIES, styled

Shape = dict[str, Any]

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
    shapes, words = _zones(bounds)
    if chosen is not None:
        shapes.append(_band(*chosen, "#5b7cfa", 0.12, {"color": "#5b7cfa", "width": 1}))
    styled(figure, height=height)
    figure.update_layout(
        barmode="stack", bargap=0, dragmode="select", selectdirection="h",
        hovermode="closest" if shows == ITEMS else "x unified",
        showlegend=len(found.parts) > 1,
        # All at once: added one by one, each is checked against all others.
        shapes=shapes, annotations=words,
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


def _zones(bounds: LabelThresholds | None) -> tuple[list[Shape], list[Shape]]:
    """(shapes, annotations) of what the policy does over the axis."""
    if bounds is None:
        return [], []
    low = bounds.approve_below
    high = 1.0 if bounds.reject_above is None else bounds.reject_above
    edges = (0.0, low, high, 1.0)
    shapes: list[Shape] = []
    words: list[Shape] = []
    for (name, colour), left, right in zip(_ZONES, edges, edges[1:], strict=False):
        if right <= left:
            continue
        shapes.append(_band(left, right, colour, 0.07, {"width": 0}) | {"layer": "below"})
        if right - left > 0.06:
            words.append(
                {
                    "x": left, "y": 1, "xref": "x", "yref": "y domain", "text": name,
                    "showarrow": False, "xanchor": "left", "yanchor": "top",
                    "font": {"size": 11, "color": colour},
                }
            )  # fmt: skip
    for at, colour in ((low, _ZONES[1][1]), (bounds.reject_above, _ZONES[2][1])):
        if at is not None:
            dashed = {"color": colour, "width": 1.5, "dash": "dash"}
            shapes.append({**_UPRIGHT, "type": "line", "x0": at, "x1": at, "line": dashed})
    return shapes, words


_UPRIGHT: Shape = {"xref": "x", "yref": "y domain", "y0": 0, "y1": 1}


def _band(left: float, right: float, colour: str, opacity: float, line: Shape) -> Shape:
    return {
        **_UPRIGHT, "type": "rect", "x0": left, "x1": right, "fillcolor": colour,
        "opacity": opacity, "line": line,
    }  # fmt: skip
