"""Two labels' scores against each other."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from core.domain.label import Label
from dashboard.charts.palette import SERIES, styled


def score_density(
    grid: npt.NDArray[np.int64], labels: tuple[Label, Label], *, height: int = 460
) -> go.Figure:
    """One circle a cell that holds items, its area by the log of their number; a box selects."""
    bins = grid.shape[0]
    rows, columns = np.nonzero(grid)
    counts = grid[rows, columns]
    figure = go.Figure()
    figure.add_scatter(
        x=(columns + 0.5) / bins, y=(rows + 0.5) / bins, mode="markers",
        marker={
            "size": 4 + 2.2 * np.log2(1 + counts), "sizemode": "diameter",
            "color": np.log10(counts),
            "colorscale": [[0, "#9db4ff"], [1, SERIES[0]]], "line": {"width": 0}, "opacity": 0.85,
        },
        customdata=counts,
        hovertemplate="%{x:.2f}, %{y:.2f}: %{customdata:,} items<extra></extra>",
    )  # fmt: skip
    styled(figure, height=height)
    figure.update_layout(dragmode="select", hovermode="closest", showlegend=False)
    figure.update_xaxes(range=[0, 1], title=f"{labels[0].words} score")
    figure.update_yaxes(range=[0, 1], title=f"{labels[1].words} score", rangemode="normal")
    return figure
