"""A's scores to B's at the same rank, and where each bound goes."""

from collections.abc import Sequence

import numpy.typing as npt
import plotly.graph_objects as go

from core.usecases.translate_bound import BoundTranslation
from dashboard.charts.palette import SERIES, styled

_REVIEW, _REJECT = "#e0883a", "#d9566b"


def score_translation(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    share: npt.ArrayLike,
    bounds: Sequence[BoundTranslation],
    *,
    name: str,
    height: int = 360,
) -> go.Figure:
    """The quantile-quantile curve; each bound goes up from A's axis and over to B's."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip", name="the same number",
        line={"color": "#7a8699", "dash": "dot", "width": 1},
    )  # fmt: skip
    figure.add_scatter(
        x=a, y=b, mode="lines", name="the same rank", customdata=share,
        line={"color": SERIES[0], "width": 2},
        hovertemplate="A %{x:.3f} ranks like B %{y:.3f}: %{customdata:.2%} of items are at or "
        "above<extra></extra>",
    )  # fmt: skip
    for each in bounds:
        if each.b is not None:
            _way(figure, each, each.b)
    styled(figure, height=height)
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(range=[0, 1], title=f"A's {name}", tickformat=".2f")
    figure.update_yaxes(range=[0, 1], title=f"B's {name}", tickformat=".2f", rangemode="normal")
    return figure


def _way(figure: go.Figure, found: BoundTranslation, b: float) -> None:
    is_base = found.a.where is None
    error = None
    if found.interval is not None:
        error = {
            "type": "data", "symmetric": False, "thickness": 2, "width": 5,
            "array": [0, found.interval.high - b, 0], "arrayminus": [0, b - found.interval.low, 0],
        }  # fmt: skip
    words = "rejected above" if found.a.is_strict else "to review from"
    where = "" if is_base else f" ({found.a.where})"
    figure.add_scatter(
        x=[found.a.at, found.a.at, 0], y=[0, b, b], mode="lines", error_y=error,
        name=f"{words}{where}",
        line={
            "color": _REJECT if found.a.is_strict else _REVIEW,
            "dash": "dash" if is_base else "dot", "width": 1.5,
        },
        hovertemplate=f"{words}{where}: A {found.a.at:.4g}, B {b:.4g}<extra></extra>",
    )  # fmt: skip
