"""Reject rates by score, before and now."""

import plotly.graph_objects as go

from core.metrics.survey import Estimate
from core.usecases.drift_decisions import DecisionDrift
from dashboard.charts.drift_bins import BEFORE_COLOUR, NOW_COLOUR
from dashboard.charts.palette import styled


def reject_rates(found: DecisionDrift, sides: tuple[str, str], *, height: int = 300) -> go.Figure:
    """Pairs of points with 95 % bars, one for each bucket of the score."""
    figure = go.Figure()
    names = [
        f"{each.low:g}–{each.high:g}<br>n {each.before.count:,.0f}, {each.now.count:,.0f}"
        for each in found.buckets
    ]
    for place, (side, colour) in enumerate(zip(sides, (BEFORE_COLOUR, NOW_COLOUR), strict=True)):
        rates = [each.now if place else each.before for each in found.buckets]
        known = [(name, rate) for name, rate in zip(names, rates, strict=True) if rate.is_known]
        figure.add_scatter(
            x=[name for name, _ in known], y=[rate.value for _, rate in known], mode="markers",
            name=side, marker={"size": 10, "color": colour},
            error_y={
                "type": "data", "symmetric": False, "thickness": 1.4, "width": 4, "color": colour,
                "array": [rate.interval.high - _value(rate) for _, rate in known],
                "arrayminus": [_value(rate) - rate.interval.low for _, rate in known],
            },
            customdata=[rate.count for _, rate in known],
            hovertemplate="%{y:.1%} rejected, %{customdata:,.0f} reviews",
        )  # fmt: skip
    styled(figure, height=height)
    figure.update_layout(scattermode="group", scattergap=0.7)
    figure.update_xaxes(
        type="category", title=f"{found.label.words.lower()} score; reviews before, now",
        categoryorder="array",
        categoryarray=names, range=[-0.5, len(names) - 0.5],
    )  # fmt: skip
    figure.update_yaxes(range=[-0.03, 1.03], tickformat=".0%", title="rejected for it")
    return figure


def _value(rate: Estimate) -> float:
    return rate.value if rate.value is not None else 0.0
