"""Decisions over time, stacked by who decided."""

import plotly.graph_objects as go
import polars as pl

from dashboard.charts.palette import SERIES, styled

_MOST_NAMES = 7


def decisions_by_hour(frame: pl.DataFrame, *, by_day: bool) -> go.Figure:
    """Stacked bars from hour, actor, decisions; people beyond the busiest are "others"."""
    every = "1d" if by_day else "1h"
    busiest = (
        frame.group_by("actor").agg(pl.col("decisions").sum()).sort("decisions", descending=True)
    )
    names = busiest["actor"].head(_MOST_NAMES).to_list()
    binned = (
        frame.with_columns(
            when=pl.col("hour").dt.truncate(every),
            who=pl.when(pl.col("actor").is_in(names)).then("actor").otherwise(pl.lit("others")),
        )
        .group_by("when", "who")
        .agg(pl.col("decisions").sum())
        .sort("when")
    )
    figure = go.Figure()
    for place, who in enumerate([*names, "others"]):
        part = binned.filter(pl.col("who") == who)
        if part.is_empty():
            continue
        figure.add_bar(
            x=part["when"].to_list(),
            y=part["decisions"].to_list(),
            name=who,
            marker_color=SERIES[place % len(SERIES)],
        )
    figure.update_layout(barmode="stack")
    return styled(figure)
