"""A difference as it became known answer by answer, with the interval that may be watched."""

import numpy as np
import plotly.graph_objects as go
import polars as pl

from dashboard.charts.palette import SERIES, styled


def running_interval(found: pl.DataFrame, *, from_answer: int, height: int = 300) -> go.Figure:
    """The difference over the answers, per 1,000 items.

    Columns: answers, difference, low, high, fixed_low, fixed_high. Before `from_answer` answers
    the intervals are everything possible: the axis fits what comes after.
    """
    figure = go.Figure()
    answers = found["answers"].to_numpy()
    low, high = found["low"].to_numpy(), found["high"].to_numpy()
    figure.add_scatter(
        x=np.concatenate([answers, answers[::-1]]), y=np.concatenate([high, low[::-1]]),
        fill="toself", fillcolor=SERIES[0], opacity=0.18, line={"width": 0}, hoverinfo="skip",
        mode="lines", name="always valid: may be watched",
    )  # fmt: skip
    for name, shown in (("fixed_low", False), ("fixed_high", True)):
        figure.add_scatter(
            x=answers, y=found[name], mode="lines", hoverinfo="skip", showlegend=shown,
            name="fixed: right for one planned look", legendgroup="fixed",
            line={"color": "#7a8699", "width": 1, "dash": "dot"},
        )  # fmt: skip
    figure.add_scatter(
        x=answers, y=found["difference"], mode="lines+markers" if found.height < 2 else "lines",
        name="difference", line={"color": SERIES[0], "width": 2.5},
        customdata=found.select("low", "high", "fixed_low", "fixed_high").to_numpy(),
        hovertemplate="%{y:+.1f}, always valid %{customdata[0]:+.1f} to %{customdata[1]:+.1f}, "
        "fixed %{customdata[2]:+.1f} to %{customdata[3]:+.1f}<extra></extra>",
    )  # fmt: skip
    figure.add_hline(y=0, line={"color": "#7a8699", "width": 1.5})
    styled(figure, height=height)
    known = found.filter(pl.col("answers") >= from_answer)
    ends = (known if known.height else found).select("low", "high").to_numpy()
    reach = float(np.abs(ends).max()) * 1.08 if ends.size else 1.0
    figure.update_xaxes(title="blind answers", rangemode="tozero", tickformat=",d", nticks=8)
    figure.update_yaxes(
        title="mistakes of B − A, per 1,000 items", rangemode="normal", tickformat="~g",
        range=[-reach, reach],
    )  # fmt: skip
    return figure
