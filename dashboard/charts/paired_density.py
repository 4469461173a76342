"""One label's scores of two models on the same items, and how far they are apart."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from core.domain.policy import LabelThresholds
from core.usecases.compared_items import BINS, DIFFERENCE_BINS, PairedScores
from dashboard.charts.palette import SERIES, styled

_REVIEW, _REJECT = "#e0883a", "#d9566b"


def paired_density(
    found: PairedScores,
    bounds: tuple[LabelThresholds | None, LabelThresholds | None],
    *,
    height: int = 440,
) -> go.Figure:
    """A circle a cell, its area by the log of its items; dashed: each side's own bounds."""
    rows, columns = np.nonzero(found.grid)
    counts = found.grid[rows, columns]
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip",
        line={"color": "#7a8699", "dash": "dot", "width": 1},
    )  # fmt: skip
    figure.add_scatter(
        x=(columns + 0.5) / BINS, y=(rows + 0.5) / BINS, mode="markers",
        marker={
            "size": 3.5 + 1.7 * np.log2(1 + counts), "color": np.log10(counts),
            "colorscale": [[0, "#9db4ff"], [1, SERIES[0]]], "line": {"width": 0}, "opacity": 0.85,
        },
        customdata=counts,
        hovertemplate="A %{x:.2f}, B %{y:.2f}: %{customdata:,} items<extra></extra>",
    )  # fmt: skip
    styled(figure, height=height)
    figure.update_layout(
        dragmode="select", hovermode="closest", showlegend=False, shapes=_bounds(bounds)
    )
    figure.update_xaxes(range=[0, 1], title=f"A's {found.label.words.lower()} score")
    figure.update_yaxes(
        range=[0, 1], title=f"B's {found.label.words.lower()} score", rangemode="normal"
    )
    return figure


def _bounds(
    bounds: tuple[LabelThresholds | None, LabelThresholds | None],
) -> list[dict[str, object]]:
    shapes: list[dict[str, object]] = []
    for along, each in zip("xy", bounds, strict=True):
        other = "y" if along == "x" else "x"
        pairs = (
            () if each is None else ((each.approve_below, _REVIEW), (each.reject_above, _REJECT))
        )
        for at, colour in pairs:
            if at is not None:
                shapes.append(
                    {
                        "type": "line", f"{along}0": at, f"{along}1": at,
                        f"{other}0": 0, f"{other}1": 1,
                        "line": {"color": colour, "width": 1.2, "dash": "dash"},
                    }
                )  # fmt: skip
    return shapes


def difference_histogram(
    differences: npt.NDArray[np.int64], *, log: bool = True, height: int = 220
) -> go.Figure:
    """Items by B - A; a horizontal brush chooses a range."""
    lefts = np.arange(DIFFERENCE_BINS) * 2 / DIFFERENCE_BINS - 1
    width = 2 / DIFFERENCE_BINS
    figure = go.Figure()
    figure.add_bar(
        x=lefts + width / 2, y=differences, width=width,
        marker_color=np.where(lefts >= 0, SERIES[2], SERIES[0]).tolist(), marker_line_width=0,
        customdata=np.stack([lefts, lefts + width], axis=1),
        hovertemplate="B − A %{customdata[0]:.3f} to %{customdata[1]:.3f}: %{y:,} items"
        "<extra></extra>",
    )  # fmt: skip
    styled(figure, height=height)
    figure.update_layout(
        bargap=0, dragmode="select", selectdirection="h", hovermode="closest", showlegend=False
    )
    held = np.flatnonzero(differences)
    reach = float(np.abs(lefts[held]).max()) + 2 * width if held.size else 1.0
    figure.update_xaxes(range=[-reach, reach], title="score of B − score of A")
    figure.update_yaxes(type="log" if log else "linear", title="items")
    return figure
