"""Precision, recall and volume by threshold, with their intervals."""

import numpy as np
import plotly.graph_objects as go

from core.metrics.thresholds import Curves
from dashboard.charts.palette import SERIES, styled


def threshold_curves(found: Curves, *, chosen: float | None = None, height: int = 340) -> go.Figure:
    """Three lines over the threshold; bands are 95 % intervals."""
    figure = go.Figure()
    for name, ratios, colour in (
        ("precision", found.precision, SERIES[0]),
        ("recall", found.recall, SERIES[2]),
    ):
        known = ~np.isnan(ratios.value)
        cuts = found.cuts[known]
        figure.add_scatter(
            x=np.concatenate([cuts, cuts[::-1]]),
            y=np.concatenate([ratios.high[known], ratios.low[known][::-1]]),
            fill="toself", fillcolor=colour, opacity=0.15, line={"width": 0}, hoverinfo="skip",
            showlegend=False, mode="lines",
        )  # fmt: skip
        figure.add_scatter(
            x=cuts, y=ratios.value[known], mode="lines", name=name,
            line={"color": colour, "width": 2}, hovertemplate="%{y:.1%}",
        )  # fmt: skip
    figure.add_scatter(
        x=found.cuts, y=found.volume, mode="lines", name="share of items at or above",
        line={"color": "#7a8699", "width": 1.5, "dash": "dot"}, hovertemplate="%{y:.2%}",
    )  # fmt: skip
    if chosen is not None:
        figure.add_vline(x=chosen, line={"color": SERIES[4], "width": 1.5, "dash": "dash"})
    styled(figure, height=height)
    figure.update_xaxes(range=[0, 1], title="threshold: score at or above", tickformat=".2f")
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return figure
