"""The counting rules of Annex II over a set of report files, whoever made them."""

import re
from collections.abc import Sequence
from datetime import date

from core.domain.dsa_mapping import FORMULA_START
from core.domain.report_part import ReportPart
from core.domain.report_template import (
    ACCURACY,
    ALL,
    COLUMNS,
    IDENTIFICATION,
    IMPLEMENTED,
    LONG_ROWS,
    MEDIAN,
    NOT_TAKEN,
    NUMBER,
    OWN_INITIATIVE,
    PERIOD,
    PRECISION,
    RECALL,
    SOLELY_TAKEN,
    category_rows,
)
from core.policies.category_rules import check_categories
from core.policies.report_table import CountingRule, ReportFault, Table, TableRow, plain_name

TEXT_MAX = 5_000
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_QUALITY = tuple(plain_name(each) for each in (ACCURACY, PRECISION, RECALL))


def check_parts(parts: Sequence[ReportPart]) -> tuple[ReportFault, ...]:
    """Every cell that breaks a rule, part by part and line by line."""
    faults: list[ReportFault] = []
    period = _identified_period(parts)
    for part in sorted(parts, key=lambda each: each.number):
        table = _checked(part)
        _check_form(table)
        _check_period(table, period)
        # What concerns a part as a whole comes after its lines.
        faults += sorted(table.faults, key=lambda each: (each.line == 0, each.line))
    return tuple(faults)


def _checked(part: ReportPart) -> Table:
    match part.number:
        case 1:
            return _check_identification(part)
        case 2:
            return _check_names(part)
        case 3 | 4 | 5 | 6:
            return check_categories(part)
        case 7 | 8 | 9:
            return _check_long(part)
        case _:
            return Table(part, ("Indicator", "Scope"))


def _check_form(table: Table) -> None:
    number = table.part.number
    wanted = [plain_name(each) for each in COLUMNS.get(number, ())]
    if wanted and table.columns != wanted:
        lacking = [each for each in wanted if each not in table.columns]
        extra = [each for each in table.columns if each not in wanted]
        said = [f"misses “{each}”" for each in lacking] + [f"adds “{each[:60]}”" for each in extra]
        table.fault(None, "header", CountingRule.FORMAT, "; ".join(said) or "has another order")
    for row in table.rows:
        for column, cell in row.cells.items():
            if len(cell) > TEXT_MAX:
                table.fault(
                    row,
                    column,
                    CountingRule.TEXTS,
                    f"has {len(cell):,} characters; at most {TEXT_MAX:,}",
                )
            if cell.lstrip(" ").startswith(FORMULA_START) and cell.strip() not in ("-", "+"):
                table.fault(
                    row,
                    column,
                    CountingRule.FORMAT,
                    "starts like a formula, which a spreadsheet would run",
                )


def _check_period(table: Table, identified: tuple[date, date] | None) -> None:
    if plain_name(PERIOD) not in table.columns:
        return
    for row in table.rows:
        text = row.cell(PERIOD)
        found = _period(text)
        if found is None:
            table.fault(
                row, PERIOD, CountingRule.NUMBERS, f"“{text[:30]}” is not YYYY-MM-DD/YYYY-MM-DD"
            )
        elif identified is not None and found != identified:
            table.fault(row, PERIOD, CountingRule.NUMBERS, "is not the period of part 1")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _period(text: str) -> tuple[date, date] | None:
    start, _, end = text.partition("/")
    one, two = _day(start), _day(end)
    return (one, two) if one is not None and two is not None and one <= two else None


def _identified_period(parts: Sequence[ReportPart]) -> tuple[date, date] | None:
    for part in parts:
        if part.number == 1:
            said = {row.name.lower(): row.cell("Value") for row in Table(part, ("Indicator",)).rows}
            start, end = (said.get(plain_name(name), "") for name in IDENTIFICATION[3:])
            return _period(f"{start}/{end}")
    return None


def _check_identification(part: ReportPart) -> Table:
    table = Table(part, ("Indicator",))
    known = {row.name.lower(): row for row in table.rows}
    for name in IDENTIFICATION:
        row = known.get(plain_name(name))
        value = row.cell("Value") if row else ""
        if row is None:
            table.fault(None, name, CountingRule.FORMAT, "the row is missing")
        elif not value.strip():
            # The first report has none before it.
            if "latest previous" not in name:
                table.fault(row, "Value", CountingRule.BLANK, "is blank and must be filled in")
        elif name != IDENTIFICATION[0] and _day(value) is None:
            table.fault(row, "Value", CountingRule.NUMBERS, f"“{value[:20]}” is not YYYY-MM-DD")
    return table


def _check_names(part: ReportPart) -> Table:
    column = COLUMNS[2][2]
    table = Table(part, (column,))
    known = {code for _, code in category_rows(2)}
    for row in table.rows:
        if row.cell(column).strip() not in known:
            table.fault(row, column, CountingRule.SUMS, "is not in the list, which is closed")
    for code in sorted(known - {row.cell(column).strip() for row in table.rows}):
        table.fault(None, column, CountingRule.FORMAT, f"the row {code} is missing")
    return table


def _check_long(part: ReportPart) -> Table:
    table = Table(part, ("Indicator", "Scope"))
    wanted = {
        (plain_name(indicator), plain_name(scope)): applies
        for applies, _, indicator, scope in LONG_ROWS[part.number]
    }
    rows: dict[tuple[str, str], TableRow] = {}
    for row in table.rows:
        key = (plain_name(row.cell("Indicator")), plain_name(row.cell("Scope")))
        rows.setdefault(key, row)
        if key not in wanted:
            _check_language(table, row, {indicator for indicator, _ in wanted})
        _check_value(table, row, key)
    for key in wanted:
        if key not in rows and part.number != 9:
            table.fault(None, " · ".join(key), CountingRule.FORMAT, "the row is missing")
    for key, applies in wanted.items():
        row_of = rows.get(key) if applies == ALL and key[0] not in _QUALITY else None
        if row_of is not None and not row_of.cell("Value"):
            table.fault(
                row_of,
                "Value",
                CountingRule.BLANK,
                "is blank although the row applies to all: write 0 where there was none",
            )
    if part.number == 8:
        _check_means(table, rows)
    return table


def _check_language(table: Table, row: TableRow, indicators: set[str]) -> None:
    scope = row.cell("Scope").strip()
    if plain_name(row.cell("Indicator")) not in indicators:
        table.fault(row, "Indicator", CountingRule.FORMAT, "is not an indicator of the template")
    elif not _LANGUAGE.fullmatch(scope):
        table.fault(
            row,
            "Scope",
            CountingRule.CODES,
            f"“{scope[:20]}” is no language in lower case, such as sv",
        )


def _check_value(table: Table, row: TableRow, key: tuple[str, str]) -> None:
    indicator, scope = key
    if indicator in _QUALITY or scope == plain_name(IMPLEMENTED):
        table.check_share(row, "Value")
    elif scope == plain_name(MEDIAN):
        table.check_hours(row, "Value")
    else:
        table.check_count(row, "Value")
    # The scopes of single languages may refer to the total.
    needs_context = indicator in _QUALITY and not _LANGUAGE.fullmatch(row.cell("Scope").strip())
    if needs_context and row.cell("Value") and not row.cell("Contextual information"):
        table.fault(
            row,
            "Contextual information",
            CountingRule.AUTOMATED,
            "must say how the indicator was measured",
        )


def _check_means(table: Table, rows: dict[tuple[str, str], TableRow]) -> None:
    """Own initiative is part of everything; automated removal is measured or it says why not."""
    for name in (SOLELY_TAKEN, NOT_TAKEN):
        everything, own = (
            rows.get((plain_name(name), plain_name(scope))) for scope in (NUMBER, OWN_INITIATIVE)
        )
        whole, part = (row.count("Value") if row else None for row in (everything, own))
        if own is not None and whole is not None and part is not None and part > whole:
            table.fault(
                own, "Value", CountingRule.OWN, f"is {part:,}, more than the total ({whole:,})"
            )
    solely = rows.get((plain_name(SOLELY_TAKEN), plain_name(NUMBER)))
    if solely is None or not solely.count("Value"):
        return
    for quality in _QUALITY:
        row = rows.get((quality, plain_name(NUMBER)))
        if row is not None and not row.cell("Value") and not row.cell("Contextual information"):
            table.fault(
                row,
                "Value",
                CountingRule.AUTOMATED,
                "is blank although content was removed automatically; measure it, or say "
                "in the last column why it is not known",
            )
