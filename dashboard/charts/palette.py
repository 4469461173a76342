"""Colours that read on light and dark, and the look all charts share."""

import plotly.graph_objects as go

SERIES = ("#5b7cfa", "#20a39e", "#e0883a", "#b565d9", "#d9566b", "#7a8699", "#93a83c", "#4aa8d8")
OUTCOMES = {
    "approve": "#2f9e6e",
    "reject": "#d9566b",
    "escalate": "#e0883a",
    "invalidate": "#7a8699",
    "undecided": "#aab3c2",
}


def styled(figure: go.Figure, *, height: int = 260) -> go.Figure:
    """The figure with quiet axes, a legend on top and no background of its own."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="x unified",
        bargap=0.15,
    )
    figure.update_xaxes(showgrid=False, zeroline=False)
    figure.update_yaxes(gridcolor="rgba(128,136,150,.18)", zeroline=False, rangemode="tozero")
    return figure
