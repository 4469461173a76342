"""Day by day: how far scores are from the reference, and their mean."""

from datetime import timedelta

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from core.metrics.drift import WORTH_AN_ALARM
from dashboard.charts.palette import OUTCOMES, SERIES, styled

_Z = 1.959964


def drift_days(days: pl.DataFrame, *, current_from: object, height: int = 330) -> go.Figure:
    """PSI with the band of chance above, the mean score with its 95 % interval below.

    A click on a day's mark chooses the day; `customdata` is its place in the frame.
    """
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.1, row_heights=[0.55, 0.45]
    )
    rows = days.with_row_index("place").with_columns(
        middle=pl.col("start") + timedelta(hours=12)
    )  # fmt: skip
    tested = rows.filter(pl.col("psi").is_not_null())
    _psi(figure, tested)
    _mean(figure, rows.filter(pl.col("mean").is_not_null()))
    styled(figure, height=height)
    whole = rows["start"][0], rows["end"][-1]
    figure.add_vrect(
        x0=current_from, x1=whole[1], fillcolor=SERIES[0], opacity=0.07, line_width=0,
        layer="below", row="all", col=1,
    )  # fmt: skip
    figure.add_hline(
        y=WORTH_AN_ALARM, line={"color": "#7a8699", "width": 1, "dash": "dot"}, row=1, col=1
    )
    figure.update_layout(hovermode="closest", clickmode="event+select", bargap=0.2)
    figure.update_traces(selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}})
    figure.update_xaxes(range=list(whole))
    figure.update_yaxes(title="PSI", row=1, col=1)
    figure.update_yaxes(title="mean score", rangemode="normal", row=2, col=1)
    return figure


def _psi(figure: go.Figure, days: pl.DataFrame) -> None:
    when = days["middle"].to_list()
    figure.add_scatter(
        x=when, y=days["by_chance"].to_list(), mode="lines", name="what chance explains",
        line={"width": 0}, fill="tozeroy", fillcolor="rgba(122,134,153,.22)",
        hoverinfo="skip", row=1, col=1,
    )  # fmt: skip
    colours = [OUTCOMES["reject"] if alarm else SERIES[0] for alarm in days["is_alarm"]]
    figure.add_scatter(
        x=when, y=days["psi"].to_list(), mode="lines+markers", name="PSI against the reference",
        line={"color": "#aab3c2", "width": 1.5}, marker={"size": 8, "color": colours},
        customdata=days.select("place", "items", "by_chance").rows(),
        hovertemplate="24 h around %{x|%-d %b %H:%M}: PSI %{y:.3f}, chance explains "
        "%{customdata[2]:.3f}, %{customdata[1]:,} items<extra></extra>",
        row=1, col=1,
    )  # fmt: skip


def _mean(figure: go.Figure, days: pl.DataFrame) -> None:
    when = days["middle"].to_list()
    low = (days["mean"] - _Z * days["error"]).to_list()
    high = (days["mean"] + _Z * days["error"]).to_list()
    figure.add_scatter(
        x=[*when, *reversed(when)], y=[*high, *reversed(low)], fill="toself", mode="lines",
        fillcolor="rgba(32,163,158,.16)", line={"width": 0}, hoverinfo="skip", showlegend=False,
        row=2, col=1,
    )  # fmt: skip
    figure.add_scatter(
        x=when, y=days["mean"].to_list(), mode="lines+markers", name="mean score, 95 %",
        line={"color": SERIES[1], "width": 2}, marker={"size": 5},
        customdata=days.select("place", "items").rows(),
        hovertemplate="24 h around %{x|%-d %b %H:%M}: mean %{y:.3f}, %{customdata[1]:,} items"
        "<extra></extra>",
        row=2, col=1,
    )  # fmt: skip
