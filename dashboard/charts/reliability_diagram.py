"""Mean score against what people said, bin by bin."""

import plotly.graph_objects as go

from core.metrics.calibration import ReliabilityBin
from dashboard.charts.palette import SERIES, styled


def reliability_diagram(bins: list[ReliabilityBin], *, height: int = 360) -> go.Figure:
    """Points with Wilson bars around the diagonal of perfect calibration."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="perfect",
        line={"color": "#7a8699", "dash": "dot", "width": 1}, hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=[each.mean_score for each in bins], y=[each.observed for each in bins],
        mode="lines+markers", name="observed", line={"color": SERIES[0], "width": 2},
        marker={"size": 7},
        error_y={
            "type": "data", "symmetric": False, "thickness": 1.2, "width": 3,
            "array": [each.interval.high - each.observed for each in bins],
            "arrayminus": [each.observed - each.interval.low for each in bins],
        },
        hovertemplate="mean score %{x:.2f}: %{y:.1%} rejected<extra></extra>",
    )  # fmt: skip
    styled(figure, height=height)
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(range=[-0.02, 1.02], title="mean score of the bin")
    figure.update_yaxes(range=[-0.02, 1.02], title="share rejected by people", tickformat=".0%")
    return figure


def bin_counts(bins: list[ReliabilityBin], counts: list[int], *, height: int = 140) -> go.Figure:
    """Reviews behind each bin."""
    figure = go.Figure()
    figure.add_bar(
        x=[(each.low + each.high) / 2 for each in bins], y=counts,
        width=[each.high - each.low for each in bins], marker_color="#aab3c2",
        marker_line_width=1, hovertemplate="%{y:,} reviews<extra></extra>",
    )  # fmt: skip
    styled(figure, height=height)
    figure.update_layout(hovermode="closest", bargap=0)
    figure.update_xaxes(range=[-0.02, 1.02])
    figure.update_yaxes(title="reviews")
    return figure
