"""How a report's numbers are written for people: the same on pages, in HTML and in PDF."""

from collections.abc import Mapping
from datetime import date, datetime

import polars as pl

from core.domain.period import Period
from core.domain.report_content import Figure, ModerationReport, Unit

#: What stands where a number is not known.
NOT_KNOWN = "–"
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def shown(value: object, unit: Unit | None = None) -> str:
    """A cell as people read it."""
    if value is None:
        return NOT_KNOWN
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return number(value, unit)
    return str(value)


def number(value: float, unit: Unit | None = None) -> str:
    """A number in its unit."""
    match unit:
        case Unit.SHARE:
            return f"{value:.1%}" if abs(value) >= 0.01 or value == 0 else f"{value:.2%}"
        case Unit.SECONDS:
            return duration(value)
        case Unit.COUNT:
            return f"{value:,.0f}"
        case _:
            return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3g}"


def duration(seconds: float) -> str:
    """Seconds in the largest unit that leaves two figures or more."""
    sign, size = ("−" if seconds < 0 else ""), abs(seconds)
    if size < 2 * _MINUTE:
        return f"{sign}{size:.1f} s"
    if size < 2 * _HOUR:
        return f"{sign}{size / _MINUTE:.1f} min"
    if size < 2 * _DAY:
        return f"{sign}{size / _HOUR:.1f} h"
    return f"{sign}{size / _DAY:.1f} days"


def with_interval(found: Figure) -> str:
    """The value, its interval and n."""
    if found.value is None:
        return NOT_KNOWN
    text = number(found.value, found.unit)
    if found.low is not None and found.high is not None:
        text += f" ({number(found.low, found.unit)} to {number(found.high, found.unit)})"
    return text


def signed(value: float | None, unit: Unit) -> str:
    """A difference; those of shares in percentage points."""
    if value is None:
        return NOT_KNOWN
    text = f"{abs(value) * 100:.1f} pp" if unit is Unit.SHARE else number(abs(value), unit)
    if not any(each in "123456789" for each in text):
        return f"±{text}"
    return f"{'+' if value > 0 else '−'}{text}"


def difference_words(row: Mapping[str, object]) -> str:
    """The difference of a row of `figure_frame` with its interval."""
    unit = Unit(str(row["unit"]))
    value, low, high = (_float(row[f"difference{end}"]) for end in ("", "_low", "_high"))
    text = signed(value, unit)
    if low is not None and high is not None:
        text += f" ({signed(low, unit)} to {signed(high, unit)})"
    return text


def figure_of(row: Mapping[str, object], side: str = "") -> Figure:
    """The number that a row of `figure_frame` holds; `side` is `before_` for the period before."""
    return Figure(
        key=str(row["key"]), name=str(row["number"]), unit=Unit(str(row["unit"])),
        value=_float(row[f"{side}value"] if not side else row["before"]),
        low=_float(row[f"{side}low"]), high=_float(row[f"{side}high"]), n=_float(row[f"{side}n"]),
        basis=str(row["basis"]),
    )  # fmt: skip


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def number_rows(frame: pl.DataFrame) -> tuple[list[str], list[list[str]]]:
    """(heads, rows) of a `figure_frame` as a report prints it."""
    compares = "difference" in frame.columns
    heads = ["Number", "Value (95 % interval)", "n"]
    heads += ["Period before", "Difference (95 % interval)"] if compares else []
    heads.append("Rests on")
    rows = []
    for row in frame.iter_rows(named=True):
        now = figure_of(row)
        cells = [now.name, with_interval(now), shown(now.n, Unit.COUNT)]
        if compares:
            cells += [with_interval(figure_of(row, "before_")), difference_words(row)]
        rows.append([*cells, now.basis])
    return heads, rows


def table_rows(frame: pl.DataFrame, units: Mapping[str, Unit]) -> tuple[list[str], list[list[str]]]:
    """(heads, rows) of a table as a report prints it: intervals stand beside their numbers."""
    with_ends = {
        name
        for name in frame.columns
        if f"{name}_low" in frame.columns and f"{name}_high" in frame.columns
    }
    ends = {f"{name}{end}" for name in with_ends for end in ("_low", "_high")}
    names = [name for name in frame.columns if name not in ends]
    heads = [_head(name) + (" (95 % interval)" if name in with_ends else "") for name in names]
    rows = []
    for row in frame.iter_rows(named=True):
        cells = []
        for name in names:
            unit = units.get(name)
            cell = shown(row[name], unit)
            if name in with_ends and row[f"{name}_low"] is not None and row[name] is not None:
                low, high = (shown(row[f"{name}{end}"], unit) for end in ("_low", "_high"))
                cell += f" ({low} to {high})"
            cells.append(cell)
        rows.append(cells)
    return heads, rows


#: Columns whose names are no words.
_HEADS = {
    "psi": "PSI", "psi_by_chance": "PSI by chance", "n": "n", "n_before": "n before",
    "ac1": "AC1", "p90": "90th percentile",
}  # fmt: skip


def _head(name: str) -> str:
    words = name.replace("_", " ")
    return _HEADS.get(name, words[:1].upper() + words[1:])


def period_words(period: Period) -> str:
    """Such as "1 October 2026 to 31 October 2026 (UTC)"."""
    whole = all(
        (each.hour, each.minute, each.second, each.microsecond) == (0, 0, 0, 0)
        for each in (period.start, period.end)
    )
    if not whole:
        return f"{period.start:%-d %B %Y, %H:%M} to {period.end:%-d %B %Y, %H:%M} (UTC)"
    last = datetime.fromordinal(period.end.date().toordinal() - 1)
    return f"{period.start:%-d %B %Y} to {last:%-d %B %Y} (UTC)"


def scope_words(report: ModerationReport) -> str:
    """Whose items and which queues."""
    tenants = "all tenants" if report.tenants is None else f"tenants {', '.join(report.tenants)}"
    queues = sorted(set(report.definition.queues))
    return f"{tenants}; queues {', '.join(queues)}" if queues else tenants
