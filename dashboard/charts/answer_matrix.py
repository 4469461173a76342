"""What two people said of the same items."""

import numpy as np
import plotly.graph_objects as go

from core.domain.label import Label
from core.usecases.rated_items import TwoReviewers
from dashboard.charts.palette import SERIES, styled
from dashboard.charts.plain_name import plain_name


def answer_matrix(pair: TwoReviewers) -> go.Figure:
    """The first's answers down, the second's across; where they agree lies grey on the diagonal."""
    counts, names = pair.table, [value_words(each) for each in pair.values]
    size = len(names)
    total = max(1, pair.items)
    same = np.eye(size, dtype=bool)
    off = np.where(same, np.nan, counts.astype(np.float64))
    largest = float(np.nanmax(off)) if size > 1 and np.nansum(off) else 1.0
    figure = go.Figure()
    figure.add_heatmap(
        z=np.where(same, 1.0, np.nan), x=names, y=names, showscale=False, xgap=3, ygap=3,
        colorscale=[[0, "rgba(128,136,150,.16)"], [1, "rgba(128,136,150,.16)"]], hoverinfo="skip",
    )  # fmt: skip
    figure.add_heatmap(
        z=np.sqrt(off), x=names, y=names, showscale=False, zmin=0, zmax=float(np.sqrt(largest)),
        colorscale=[[0, "rgba(91,124,250,.06)"], [1, SERIES[0]]], xgap=3, ygap=3,
        customdata=counts, hovertemplate="%{y} / %{x}: %{customdata:,} items<extra></extra>",
    )  # fmt: skip
    strong = np.sqrt(np.nan_to_num(off)) > 0.55 * np.sqrt(largest)
    annotations = [
        {
            "x": column, "y": row, "showarrow": False,
            "text": f"<b>{counts[row, column]:,}</b>"
            f"<br><span style='font-size:11px'>{counts[row, column] / total:.1%}</span>",
            "font": {"color": "#ffffff" if strong[row, column] else None, "size": 14},
        }
        for row in range(size)
        for column in range(size)
    ]  # fmt: skip
    styled(figure, height=150 + 62 * size)
    figure.update_layout(
        annotations=annotations, hovermode="closest", margin={"l": 8, "r": 8, "t": 52, "b": 8}
    )
    figure.update_xaxes(title=f"{plain_name(pair.second, 40)} says", side="top", showgrid=False)
    figure.update_yaxes(
        title=f"{plain_name(pair.first, 40)} says", autorange="reversed", showgrid=False,
        rangemode="normal", automargin=True,
    )  # fmt: skip
    return figure


def value_words(value: str) -> str:
    """An answer as people read it."""
    return Label(value).words if value in set(Label) else value
