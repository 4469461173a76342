"""Agreement of parts: three measures that fail in different ways, with their intervals."""

from collections.abc import Callable, Sequence

import plotly.graph_objects as go

from core.metrics.agreement import Agreement
from core.metrics.intervals import Interval
from core.usecases.rated_items import AgreementPart
from dashboard.charts.palette import SERIES, styled
from dashboard.charts.plain_name import plain_name

#: Key, name, value and interval of each measure, in the order of table and chart.
MEASURES: tuple[
    tuple[
        str, str, Callable[[Agreement], float | None], Callable[[Agreement], Interval | None]
    ], ...
] = (
    ("percent", "Percent", lambda each: each.percent, lambda each: each.percent_interval),
    ("alpha", "Alpha", lambda each: each.alpha, lambda each: each.alpha_interval),
    ("ac1", "AC1", lambda each: each.ac1, lambda each: each.ac1_interval),
)  # fmt: skip
_COLOURS = (SERIES[5], SERIES[0], SERIES[1])
_GAP = 0.22


def agreement_parts(parts: Sequence[AgreementPart]) -> go.Figure:
    """One row a part, the first on top; three points in each, with interval bars."""
    figure = go.Figure()
    for number, (_, name, value_of, interval_of) in enumerate(MEASURES):
        drawn = [
            (place, each, value_of(each.found), None if each.is_rare else interval_of(each.found))
            for place, each in enumerate(parts)
            if each.found is not None and value_of(each.found) is not None
        ]
        x = [value or 0.0 for _, _, value, _ in drawn]
        lows = [
            interval.low if interval else at
            for at, (_, _, _, interval) in zip(x, drawn, strict=True)
        ]
        highs = [
            interval.high if interval else at
            for at, (_, _, _, interval) in zip(x, drawn, strict=True)
        ]
        figure.add_scatter(
            x=x, y=[place + (number - 1) * _GAP for place, *_ in drawn], mode="markers", name=name,
            marker={"size": 9, "color": _COLOURS[number]},
            error_x={
                "type": "data", "symmetric": False, "thickness": 2, "width": 4,
                "array": [high - at for at, high in zip(x, highs, strict=True)],
                "arrayminus": [at - low for at, low in zip(x, lows, strict=True)],
            },
            customdata=[
                [each.name, low, high, each.found.units if each.found else 0]
                for (_, each, _, _), low, high in zip(drawn, lows, highs, strict=True)
            ],
            hovertemplate="%{customdata[0]}: " + name.lower() + " %{x:.3f} "
            "(%{customdata[1]:.3f} to %{customdata[2]:.3f}, %{customdata[3]:,} items)"
            "<extra></extra>",
        )  # fmt: skip
    styled(figure, height=90 + 56 * len(parts))
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(
        title="0: as by chance, 1: always", zeroline=True, zerolinecolor="#7a8699",
        rangemode="normal", showgrid=True, gridcolor="rgba(128,136,150,.18)",
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(parts))), ticktext=[_shown(each) for each in parts],
        range=[len(parts) - 0.5, -0.5], rangemode="normal", showgrid=False, automargin=True,
    )  # fmt: skip
    return figure


def _shown(part: AgreementPart) -> str:
    """Name and n."""
    return f"{plain_name(part.name, 28)} (n = {part.found.units if part.found else 0:,})"
