"""What items consist of, before and now: two dots and the way between them."""

import plotly.graph_objects as go

from core.metrics.intervals import wilson
from core.usecases.drift_report import Category
from dashboard.charts.drift_bins import BEFORE_COLOUR, NOW_COLOUR
from dashboard.charts.palette import OUTCOMES, styled
from dashboard.charts.plain_name import plain_name

_ROW = 30
_LONGEST = 24


def mix_shift(
    rows: tuple[Category, ...], sides: tuple[str, str], *, chosen: str | None
) -> go.Figure:
    """One line a category, with Wilson's 95 % bars; a click chooses a category."""
    names = [_marked(each.name, is_chosen=each.name == chosen) for each in rows]
    figure = go.Figure()
    for each, name in zip(rows, names, strict=True):
        figure.add_scatter(
            x=[each.share_before, each.share_now], y=[name, name], mode="lines",
            line={"color": "#c8ced8", "width": 3}, hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    for place, (side, colour) in enumerate(zip(sides, (BEFORE_COLOUR, NOW_COLOUR), strict=True)):
        points = [_point(each, place) for each in rows]
        figure.add_scatter(
            x=[share for share, _, _ in points], y=names, mode="markers", name=side,
            marker={"size": 11, "color": [
                OUTCOMES["escalate"] if place and each.is_new else colour for each in rows
            ]},
            error_x={
                "type": "data", "symmetric": False, "thickness": 1.2, "width": 3, "color": colour,
                "array": [high for _, _, high in points],
                "arrayminus": [low for _, low, _ in points],
            },
            customdata=[[number, each.now if place else each.before]
                        for number, each in enumerate(rows)],
            hovertemplate="%{x:.1%}, %{customdata[1]:,} items<extra>" + side + "</extra>",
        )  # fmt: skip
    styled(figure, height=_ROW * len(rows) + 90)
    figure.update_layout(hovermode="closest", clickmode="event+select")
    figure.update_traces(selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
                         selector={"mode": "markers"})  # fmt: skip
    figure.update_xaxes(tickformat=".0%", rangemode="tozero", title="share of items")
    figure.update_yaxes(
        autorange="reversed", showgrid=True, rangemode="normal", automargin=True, type="category"
    )
    return figure


def _point(each: Category, place: int) -> tuple[float, float, float]:
    """(share, below it, above it)."""
    count, of = ((each.before, each.of_before), (each.now, each.of_now))[place]
    share = count / of if of else 0.0
    bounds = wilson(count, of)
    return share, share - bounds.low, bounds.high - share


def _marked(name: str, *, is_chosen: bool) -> str:
    short = plain_name(name, _LONGEST)
    return f"<b>▸ {short}</b>" if is_chosen else short
