"""The difference between two arms as it became known day by day, with what may be watched."""

import plotly.graph_objects as go
import polars as pl

from dashboard.charts.palette import OUTCOMES, SERIES, styled


def experiment_course(
    course: pl.DataFrame, *, axis: str, margin: float, lower_is_better: bool, height: int = 300
) -> go.Figure:
    """Treatment - control over time; columns at, difference, low, high, units.

    Difference, low and high are null while nothing is known. The band is the always-valid interval,
    the grey strip what does not matter; the words say on which side the treatment is better.
    """
    figure = go.Figure()
    known = course.filter(pl.col("low").is_not_null())
    when = known["at"].to_list()
    low, high = known["low"].to_list(), known["high"].to_list()
    figure.add_scatter(
        x=[*when, *reversed(when)], y=[*high, *reversed(low)], fill="toself", mode="lines",
        fillcolor=SERIES[0], opacity=0.18, line={"width": 0}, hoverinfo="skip",
        name="always valid, 95 %: may be watched",
    )  # fmt: skip
    figure.add_scatter(
        x=when, y=known["difference"].to_list(), mode="lines+markers", name="treatment − control",
        line={"color": SERIES[0], "width": 2.5}, marker={"size": 5},
        customdata=known.select("low", "high", "units").rows(),
        hovertemplate="%{y:+.3~g} (%{customdata[0]:+.3~g} to %{customdata[1]:+.3~g}), "
        "%{customdata[2]:,} units<extra></extra>",
    )  # fmt: skip
    figure.add_hrect(
        y0=-margin, y1=margin, fillcolor="#7a8699", opacity=0.1, line_width=0, layer="below"
    )
    figure.add_hline(y=0, line={"color": "#7a8699", "width": 1.2, "dash": "dot"})
    styled(figure, height=height)
    better, worse = ("▼", "▲") if lower_is_better else ("▲", "▼")
    for place, words, colour in (
        (better, "treatment better", OUTCOMES["approve"]),
        (worse, "treatment worse", OUTCOMES["reject"]),
    ):
        figure.add_annotation(
            text=f"{place} {words}", showarrow=False, xref="paper", yref="paper", x=1,
            y=0.02 if place == "▼" else 0.98, xanchor="right",
            yanchor="bottom" if place == "▼" else "top", font={"size": 11, "color": colour},
        )  # fmt: skip
    reach = max([margin, *(_reach(low, high))]) * 1.08
    figure.update_yaxes(title=axis, rangemode="normal", range=[-reach, reach], tickformat="~g")
    return figure


def _reach(low: list[float], high: list[float]) -> list[float]:
    """How far the axis goes: the first intervals are so wide that the rest would be a line."""
    ends = [max(abs(one), abs(two)) for one, two in zip(low, high, strict=True)]
    return [min(max(ends), 3 * ends[-1])] if ends else []
