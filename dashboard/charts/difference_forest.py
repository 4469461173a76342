"""Differences with their intervals, one a line, around no difference."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from dashboard.charts.palette import OUTCOMES, styled

_UNSURE = "#7a8699"


class Line(NamedTuple):
    """One difference B - A, in the unit of the axis."""

    name: str
    value: float
    low: float
    high: float
    is_better: bool | None
    """Whether B is clearly better (True), clearly worse (False), or neither is sure (None)."""
    words: str


def difference_forest(
    lines: Sequence[Line], *, axis: str, margin: float | None = None, less_is_better: bool = True
) -> go.Figure:
    """Points with interval bars, the first on top; the band is the margin that does not matter."""
    figure = go.Figure()
    colours = {True: OUTCOMES["approve"], False: OUTCOMES["reject"], None: _UNSURE}
    for verdict, words in ((True, "B better"), (False, "B worse"), (None, "not clear")):
        chosen = [each for each in lines if each.is_better is verdict]
        if not chosen:
            continue
        figure.add_scatter(
            x=[each.value for each in chosen], y=[each.name for each in chosen], mode="markers",
            name=words, marker={"size": 10, "color": colours[verdict]},
            error_x={
                "type": "data", "symmetric": False, "thickness": 2, "width": 5,
                "array": [each.high - each.value for each in chosen],
                "arrayminus": [each.value - each.low for each in chosen],
            },
            customdata=[each.words for each in chosen],
            hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    styled(figure, height=78 + 36 * max(1, len(lines)))
    shapes = [
        {
            "type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper",
            "line": {"color": "#7a8699", "width": 1.2, "dash": "dot"},
        }
    ]  # fmt: skip
    if margin:
        shapes.append(
            {
                "type": "rect", "x0": -margin, "x1": margin, "y0": 0, "y1": 1, "yref": "paper",
                "fillcolor": "#7a8699", "opacity": 0.1, "line": {"width": 0}, "layer": "below",
            }
        )  # fmt: skip
    figure.update_layout(hovermode="closest", shapes=shapes)
    better, worse = ("◀ B better", "B better ▶") if less_is_better else ("◀ A better", "B better ▶")
    ends = f"{better}   ·   A better ▶" if less_is_better else f"{better}   ·   {worse}"
    figure.update_xaxes(title=f"{axis}   ({ends})", rangemode="normal", zeroline=False)
    figure.update_yaxes(
        categoryorder="array", categoryarray=[each.name for each in reversed(lines)],
        rangemode="normal", gridcolor="rgba(128,136,150,.10)", automargin=True,
    )  # fmt: skip
    return figure
