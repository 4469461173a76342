"""Every comparison's PSI as a bar, with the mark that chance may reach."""

import plotly.graph_objects as go

from core.metrics.drift import WORTH_AN_ALARM
from core.usecases.drift_report import MixDrift, SpreadDrift
from dashboard.charts.palette import OUTCOMES, SERIES, styled

_ALARM, _CALM = OUTCOMES["reject"], "#aab3c2"
_ROW = 27


def drift_bullets(
    found: tuple[SpreadDrift | MixDrift, ...], *, chosen: str | None, by_chance: bool = True
) -> go.Figure:
    """A horizontal bar for each, red where it is an alarm; a click chooses one."""
    values = [each.test.psi or 0.0 for each in found]
    names = [_name(each, chosen) for each in found]
    figure = go.Figure()
    figure.add_bar(
        x=values, y=names, orientation="h", name="PSI", width=0.58,
        marker={"color": [_ALARM if each.test.is_alarm else _CALM for each in found]},
        customdata=[[each.key, *each.counts[::-1]] for each in found],
        hovertemplate="PSI %{x:.3f}, %{customdata[1]:,} against %{customdata[2]:,} items"
        "<extra></extra>",
    )  # fmt: skip
    # Beside the mark of chance too: one would hide the other.
    figure.add_scatter(
        x=[max(value, each.test.by_chance) for value, each in zip(values, found, strict=True)],
        y=names, mode="text", text=[f" {_value(each)}" for each in found], hoverinfo="skip",
        textposition="middle right", textfont={"size": 12}, showlegend=False, cliponaxis=False,
    )  # fmt: skip
    if by_chance:
        figure.add_scatter(
            x=[each.test.by_chance for each in found if each.test.drift], mode="markers",
            y=[name for name, each in zip(names, found, strict=True) if each.test.drift],
            name="what chance explains", hovertemplate="chance explains %{x:.3f}<extra></extra>",
            marker={"symbol": "line-ns", "size": 17, "line": {"width": 2, "color": SERIES[0]}},
        )  # fmt: skip
    styled(figure, height=_ROW * len(found) + 60)
    most = max([WORTH_AN_ALARM * 2, *values, *(each.test.by_chance for each in found)])
    figure.add_vline(x=WORTH_AN_ALARM, line={"color": "#7a8699", "width": 1, "dash": "dot"})
    figure.update_layout(hovermode="closest", showlegend=by_chance, clickmode="event+select")
    figure.update_xaxes(range=[0, most * 1.18], tickformat=".2f", showgrid=False, nticks=6)
    figure.update_yaxes(autorange="reversed", showgrid=False, rangemode="normal", automargin=True)
    # A click marks what is read beside the chart; it must not fade the others.
    figure.update_traces(selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}})
    return figure


def _name(each: SpreadDrift | MixDrift, chosen: str | None) -> str:
    return f"<b>▸ {each.name}</b>" if each.key == chosen else each.name


def _value(each: SpreadDrift | MixDrift) -> str:
    if each.test.psi is None:
        return "too few"
    return "one value only" if each.test.drift and each.test.drift.before.size < 2 else (
        f"{each.test.psi:.3f}"
    )  # fmt: skip
