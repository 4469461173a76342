"""Arrivals by day."""

import plotly.graph_objects as go
import polars as pl

from dashboard.charts.palette import SERIES, styled


def volume_by_day(frame: pl.DataFrame) -> go.Figure:
    """A line from day and items."""
    figure = go.Figure()
    figure.add_scatter(
        x=frame["day"].to_list(),
        y=frame["items"].to_list(),
        mode="lines",
        line={"color": SERIES[1], "width": 2},
        fill="tozeroy",
        name="items",
        hovertemplate="%{y:,} items<extra></extra>",
    )
    return styled(figure)
