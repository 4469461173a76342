"""A chart of a report, to look at: files have the same one as a still picture."""

import plotly.graph_objects as go

from core.domain.report_content import ChartKind, ReportChart, Series, Unit
from dashboard.charts.palette import OUTCOMES, SERIES, styled

_NAMED = {
    "Approved": OUTCOMES["approve"], "Rejected": OUTCOMES["reject"],
    "Escalated": OUTCOMES["escalate"], "Invalidated": OUTCOMES["invalidate"],
    "Not decided": OUTCOMES["undecided"],
}  # fmt: skip
_ROW = 30


def report_chart(chart: ReportChart) -> go.Figure:
    """Lines, bars, or points with their intervals."""
    if chart.kind is ChartKind.INTERVALS:
        return _intervals(chart)
    figure = go.Figure()
    shown = ",.1%" if chart.unit is Unit.SHARE else ",.0f"
    for place, each in enumerate(chart.series):
        colour = _NAMED.get(each.name, SERIES[place % len(SERIES)])
        hover = f"{each.name}: %{{y:{shown}}}<extra></extra>"
        if chart.kind is ChartKind.LINES:
            figure.add_scatter(
                x=list(chart.places), y=list(each.values), name=each.name, mode="lines",
                line={"color": colour, "width": 2}, hovertemplate=hover,
            )  # fmt: skip
        else:
            figure.add_bar(
                x=list(chart.places), y=list(each.values), name=each.name,
                marker={"color": colour}, hovertemplate=hover,
            )  # fmt: skip
    styled(figure)
    figure.update_layout(
        barmode="stack" if chart.kind is ChartKind.STACKED else "group",
        showlegend=len(chart.series) > 1,
    )
    if chart.kind is not ChartKind.LINES:
        # Names that look like numbers or dates are names all the same.
        figure.update_xaxes(type="category")
    if chart.unit is Unit.SHARE:
        figure.update_yaxes(tickformat=".0%")
    return figure


def _intervals(chart: ReportChart) -> go.Figure:
    (series,) = chart.series
    figure = go.Figure()
    figure.add_scatter(
        x=list(series.values), y=list(chart.places), mode="markers", name=series.name,
        marker={"color": SERIES[0], "size": 9}, error_x=_ends(series),
        hovertemplate="%{x:.2%}<extra></extra>",
    )  # fmt: skip
    styled(figure, height=_ROW * len(chart.places) + 70)
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(tickformat=".1%", rangemode="tozero")
    figure.update_yaxes(
        type="category", autorange="reversed", showgrid=False, rangemode="normal", automargin=True
    )
    return figure


def _ends(series: Series) -> dict[str, object]:
    """Plotly wants the lengths of the arms, not their ends."""
    low, high = series.low or series.values, series.high or series.values
    trio = list(zip(series.values, low, high, strict=True))
    return {
        "type": "data",
        "symmetric": False,
        "array": [(end or 0.0) - (value or 0.0) for value, _, end in trio],
        "arrayminus": [(value or 0.0) - (end or 0.0) for value, end, _ in trio],
        "color": SERIES[0],
        "thickness": 2,
    }
