"""Charts as static SVG, for files that must be readable without a script or a browser."""

from collections.abc import Callable, Sequence
from html import escape
from math import floor, log10

from core.domain.report_content import ChartKind, ReportChart
from core.domain.report_words import number

#: Where a value or a place lies, in pixels.
Scale = Callable[[float], float]

WIDTH, HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 14, 30, 34
_COLOURS = ("#5b7cfa", "#20a39e", "#e0883a", "#b565d9", "#d9566b", "#7a8699")
_OUTCOMES = {
    "Approved": "#2f9e6e", "Rejected": "#d9566b", "Escalated": "#e0883a",
    "Invalidated": "#7a8699", "Not decided": "#aab3c2",
}  # fmt: skip
_GREY, _INK = "#d8dce3", "#3a4150"
_ROW = 26
_NAME_WIDTH = 150
#: Longer names are cut on the axis; the table has them whole.
_NAME_MAX = 22


def svg_chart(chart: ReportChart) -> str:
    """The chart as one SVG element; an empty one has no marks and says so."""
    if not chart.places:
        return _svg(
            chart.title, 60, [_text(WIDTH / 2, 34, "Nothing to draw in this period.", "middle")]
        )
    if chart.kind is ChartKind.INTERVALS:
        return _intervals(chart)
    return _upright(chart)


def colour_of(chart: ReportChart, place: int) -> str:
    """The colour of a series."""
    return _OUTCOMES.get(chart.series[place].name, _COLOURS[place % len(_COLOURS)])


def ticks(most: float, least: float = 0.0) -> list[float]:
    """Round numbers from `least` to `most` or just above it, four or so."""
    span = most - least or 1.0
    raw = span / 4
    size = 10 ** floor(log10(raw))
    step = next(each * size for each in (1, 2, 2.5, 5, 10) if each * size >= raw)
    count = int(-(-span // step))
    return [round(least + step * place, 10) for place in range(count + 1)]


def _upright(chart: ReportChart) -> str:
    stacked = chart.kind is ChartKind.STACKED
    tops = [
        sum(each.values[place] or 0.0 for each in chart.series)
        if stacked
        else max((each.values[place] or 0.0 for each in chart.series), default=0.0)
        for place in range(len(chart.places))
    ]
    marks = ticks(max(tops) or 1.0)
    high = marks[-1]
    drawn = _frame(chart, marks)
    band = (WIDTH - _LEFT - _RIGHT) / len(chart.places)

    def across(place: float) -> float:
        return _LEFT + band * (place + 0.5)

    def up(value: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / high

    if chart.kind is ChartKind.LINES:
        drawn += _lines(chart, across, up)
    else:
        drawn += _bars(chart, band, across, up, stacked=stacked)
    drawn += _place_names(chart.places, across)
    return _svg(chart.title, HEIGHT, drawn)


def _frame(chart: ReportChart, marks: Sequence[float]) -> list[str]:
    """Grid, axis and legend."""
    high = marks[-1]
    drawn = []
    for mark in marks:
        y = HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * mark / high
        drawn.append(_line(_LEFT, y, WIDTH - _RIGHT, y, _GREY))
        drawn.append(_text(_LEFT - 6, y + 4, number(mark, chart.unit), "end"))
    return drawn + _legend(chart)


def _legend(chart: ReportChart) -> list[str]:
    x, drawn = float(_LEFT), []
    for place, each in enumerate(chart.series):
        drawn.append(_box(x, 6, 11, 11, colour_of(chart, place)))
        drawn.append(_text(x + 16, 16, each.name))
        x += 34 + 6.6 * len(each.name)
    return drawn


def _lines(chart: ReportChart, across: Scale, up: Scale) -> list[str]:
    drawn = []
    for place, each in enumerate(chart.series):
        points = [
            f"{across(at):.1f},{up(value):.1f}"
            for at, value in enumerate(each.values)
            if value is not None
        ]
        colour = colour_of(chart, place)
        if len(points) == 1:
            x, y = points[0].split(",")
            drawn.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>')
        drawn.append(
            f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" '
            'stroke-width="2" stroke-linejoin="round"/>'
        )
    return drawn


def _bars(chart: ReportChart, band: float, across: Scale, up: Scale, *, stacked: bool) -> list[str]:
    drawn = []
    width = min(band * 0.7, 60.0)
    each_width = width if stacked else width / len(chart.series)
    floor_y = up(0)
    for at in range(len(chart.places)):
        below = 0.0
        for place, each in enumerate(chart.series):
            value = each.values[at] or 0.0
            left = across(at) - width / 2 + (0 if stacked else place * each_width)
            top = up(below + value)
            height = (up(below) if stacked else floor_y) - top
            if height > 0:
                drawn.append(_box(left, top, each_width, height, colour_of(chart, place)))
            below += value if stacked else 0.0
    return drawn


def _place_names(places: Sequence[str], across: Scale) -> list[str]:
    longest = min(_NAME_MAX, max(len(each) for each in places))
    fitting = max(1, int((WIDTH - _LEFT - _RIGHT) / (6.2 * longest + 10)))
    step = max(1, -(-len(places) // fitting))
    return [
        _text(across(at), HEIGHT - _BOTTOM + 18, _cut(places[at], _NAME_MAX), "middle")
        for at in range(0, len(places), step)
    ]


def _intervals(chart: ReportChart) -> str:
    (series,) = chart.series
    highs = series.high or series.values
    marks = ticks(max([each or 0.0 for each in [*highs, *series.values]] + [1e-9]))
    height = _ROW * len(chart.places) + 34
    left = _NAME_WIDTH + 10

    def across(value: float) -> float:
        return left + (WIDTH - left - 60) * value / marks[-1]

    drawn = [_line(across(mark), 8, across(mark), height - 24, _GREY) for mark in marks]
    drawn += [_text(across(mark), height - 8, number(mark, chart.unit), "middle") for mark in marks]
    for at, name in enumerate(chart.places):
        y, value = 20 + _ROW * at, series.values[at]
        drawn.append(_text(left - 10, y + 4, _cut(name, _NAME_MAX), "end"))
        if value is None:
            continue
        low = (series.low or series.values)[at]
        drawn.append(_line(across(low or 0.0), y, across(highs[at] or 0.0), y, _COLOURS[0], 3))
        drawn.append(f'<circle cx="{across(value):.1f}" cy="{y}" r="4.5" fill="{_COLOURS[0]}"/>')
    return _svg(chart.title, height, drawn)


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _svg(title: str, height: float, drawn: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" '
        f'height="{height:g}" font-family="Libertinus Serif, Georgia, serif" font-size="12" '
        f'role="img" aria-label="{escape(title)}">{"".join(drawn)}</svg>'
    )


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}">{escape(words)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}" stroke-linecap="round"/>'
    )


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
    )
