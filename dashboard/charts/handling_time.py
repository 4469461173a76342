"""How long decisions took."""

import plotly.graph_objects as go
import polars as pl

from dashboard.charts.palette import SERIES, styled


def handling_time(frame: pl.DataFrame) -> go.Figure:
    """Bars from bucket (seconds, lower edge) and decisions."""
    edges = frame["bucket"].to_list()
    names = [f"{edge}+ s" if edge < 60 else f"{edge / 60:g}+ min" for edge in edges]
    figure = go.Figure()
    figure.add_bar(
        x=names,
        y=frame["decisions"].to_list(),
        marker_color=SERIES[0],
        name="decisions",
        hovertemplate="%{y:,} decisions<extra></extra>",
    )
    figure.update_xaxes(type="category")
    return styled(figure)
