"""Items by the verdicts of both sides."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.charts.palette import SERIES, styled

_NAMES = ("approve", "review", "reject")


def flip_matrix(counts: npt.NDArray[np.int64], *, height: int = 300) -> go.Figure:
    """A's verdict down, B's across; what both conclude alike lies grey on the diagonal."""
    total = max(1, int(counts.sum()))
    off = np.where(np.eye(3, dtype=bool), np.nan, counts.astype(np.float64))
    largest = np.nanmax(off) if np.nansum(off) else 1.0
    figure = go.Figure()
    figure.add_heatmap(
        z=np.where(np.eye(3, dtype=bool), 1.0, np.nan), x=_NAMES, y=_NAMES, showscale=False,
        colorscale=[[0, "rgba(128,136,150,.16)"], [1, "rgba(128,136,150,.16)"]], xgap=3, ygap=3,
        hoverinfo="skip",
    )  # fmt: skip
    figure.add_heatmap(
        z=np.sqrt(off), x=_NAMES, y=_NAMES, showscale=False, zmin=0, zmax=float(np.sqrt(largest)),
        colorscale=[[0, "rgba(91,124,250,.06)"], [1, SERIES[0]]], xgap=3, ygap=3,
        customdata=counts,
        hovertemplate="A %{y}, B %{x}: %{customdata:,} items<extra></extra>",
    )  # fmt: skip
    strong = np.sqrt(np.nan_to_num(off)) > 0.55 * np.sqrt(largest)
    annotations = [
        {
            "x": column, "y": row, "text": f"<b>{counts[row, column]:,}</b>"
            f"<br><span style='font-size:11px'>{counts[row, column] / total:.1%}</span>",
            "showarrow": False,
            "font": {"color": "#ffffff" if strong[row, column] else None, "size": 15},
        }
        for row in range(3)
        for column in range(3)
    ]  # fmt: skip
    styled(figure, height=height)
    figure.update_layout(annotations=annotations, hovermode="closest")
    figure.update_xaxes(title="B concludes", side="top", showgrid=False)
    figure.update_yaxes(
        title="A concludes", autorange="reversed", showgrid=False, rangemode="normal"
    )
    figure.update_layout(margin={"l": 8, "r": 8, "t": 52, "b": 8})
    return figure
