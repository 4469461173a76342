"""The counting rules for the tables by category: parts 3 to 6 of a transparency report."""

from collections import defaultdict
from itertools import pairwise

from core.domain.dsa_enums import EU, NOT_SPECIFIED_ORDER, OTHER, Category
from core.domain.report_part import ReportPart
from core.domain.report_template import (
    DESCRIPTION,
    ILLEGAL,
    INCOMPATIBLE,
    MEASURES,
    NOTICES,
    ORDERS,
    RESTRICTIONS,
    SOLELY,
    TOTAL,
    category_rows,
)
from core.policies.report_table import CountingRule, Table, TableRow

PLACEHOLDER = 'text to detail the "other" keyword'

#: Member States as Eurostat writes them: Greece is EL.
_STATES = frozenset({*EU, "EL"} - {"GR"})
_ONLY_IN = {
    Category.OTHER_VIOLATION_TC.value: (15, 6),
    NOT_SPECIFIED_ORDER: (16, 3),
    Category.NOT_SPECIFIED_NOTICE.value: (17, 4),
}
_VALUES = {
    3: ORDERS,
    4: NOTICES,
    5: (MEASURES, SOLELY, *RESTRICTIONS),
    6: (MEASURES, SOLELY, *RESTRICTIONS),
}


def check_categories(part: ReportPart) -> Table:
    """Every rule that parts 3 to 6 can break."""
    column = INCOMPATIBLE if part.number == 6 else ILLEGAL
    table = Table(part, (column, "Scope") if part.number == 3 else (column,))
    for rows in _by_scope(table, column):
        codes = [row.cell(column).strip() for row in rows]
        is_total = part.number != 3 or rows[0].cell("Scope").strip() == TOTAL
        _check_codes(table, rows, codes, is_whole=is_total)
        _check_numbers(table, rows)
        _check_blanks(table, rows, codes)
        _check_sums(table, rows, codes)
        _check_descriptions(table, rows, codes)
    for row in table.rows:
        if part.number == 4:
            _check_notices(table, row)
        elif part.number in (5, 6):
            _check_measures(table, row)
    return table


def _by_scope(table: Table, column: str) -> list[list[TableRow]]:
    """The rows of each scope in their order; one list where the part has no scopes."""
    scopes: dict[str, list[TableRow]] = defaultdict(list)
    for row in table.rows:
        scope = row.cell("Scope").strip() if table.part.number == 3 else ""
        if table.part.number == 3 and scope != TOTAL and scope not in _STATES:
            hint = ": Greece is EL in this report" if scope == "GR" else ""
            table.fault(
                row,
                "Scope",
                CountingRule.CODES,
                f"“{scope[:20]}” is neither TOTAL nor a Member State in upper case{hint}",
            )
        if row.cell(column).strip():
            scopes[scope].append(row)
        else:
            table.fault(row, column, CountingRule.FORMAT, "the row names no category")
    return list(scopes.values())


def _check_codes(table: Table, rows: list[TableRow], codes: list[str], *, is_whole: bool) -> None:
    part = table.part.number
    wanted = [code for _, code in category_rows(part)]
    for row, code in zip(rows, codes, strict=True):
        if code in wanted:
            continue
        if code in _ONLY_IN:
            number, home = _ONLY_IN[code]
            table.fault(
                row, "", CountingRule.CATEGORIES, f"category {number} belongs in part {home} only"
            )
        else:
            table.fault(
                row,
                "",
                CountingRule.SUMS,
                "is not in the list, which is closed; use KEYWORD_OTHER and describe it",
            )
    if not is_whole:
        return
    # A category may have several rows "Other"; they stand together.
    seen = [
        code
        for code, before in zip(codes, ["", *codes], strict=False)
        if code in wanted and not (code == before == OTHER)
    ]
    missing = [code for code in wanted if code not in seen]
    for code in missing:
        table.fault(None, "", CountingRule.FORMAT, f"the row {code} is missing")
    if not missing and seen != wanted:
        table.fault(None, "", CountingRule.FORMAT, "the rows are not in the order of the template")


def _check_numbers(table: Table, rows: list[TableRow]) -> None:
    for row in rows:
        for column in _VALUES[table.part.number]:
            if column.startswith("Median"):
                table.check_hours(row, column)
            else:
                table.check_count(row, column)


def _check_blanks(table: Table, rows: list[TableRow], codes: list[str]) -> None:
    """A column that is used at all applies to every row: none is 0, not blank.

    A restriction that a service never imposes stays blank from top to bottom.
    """
    columns = [each for each in _VALUES[table.part.number] if not each.startswith("Median")]
    used = [each for each in columns if any(row.cell(each).strip() for row in rows)]
    for column in used:
        for row in rows:
            if not row.cell(column):
                table.fault(
                    row,
                    column,
                    CountingRule.BLANK,
                    "is blank although the column applies: write 0 where there was none",
                )
    if used and columns[0] not in used and TOTAL in codes:
        table.fault(None, columns[0], CountingRule.BLANK, "is blank although the part is filled in")


def _check_sums(table: Table, rows: list[TableRow], codes: list[str]) -> None:
    """TOTAL is the sum of its categories, a category the sum of its keywords."""
    columns = [each for each in _VALUES[table.part.number] if not each.startswith("Median")]
    total = next((row for row, code in zip(rows, codes, strict=True) if code == TOTAL), None)
    groups: list[tuple[TableRow, list[TableRow]]] = []
    for row, code in zip(rows, codes, strict=True):
        if code.startswith("STATEMENT_CATEGORY_"):
            groups.append((row, []))
        elif code.startswith("KEYWORD_") and groups:
            groups[-1][1].append(row)
    for column in columns:
        for category, keywords in groups:
            if keywords:
                _check_sum(table, category, keywords, column, "its keyword rows sum to")
        if total is not None:
            members = [category for category, _ in groups]
            _check_sum(table, total, members, column, "its categories sum to")


def _check_sum(
    table: Table, whole: TableRow, members: list[TableRow], column: str, words: str
) -> None:
    said = whole.count(column)
    found = sum(row.count(column) or 0 for row in members)
    if said is not None and said != found:
        table.fault(whole, column, CountingRule.SUMS, f"is {said:,}, but {words} {found:,}")


def _check_descriptions(table: Table, rows: list[TableRow], codes: list[str]) -> None:
    first = _VALUES[table.part.number][0]
    for row, code in zip(rows, codes, strict=True):
        text = row.cell(DESCRIPTION).strip()
        if PLACEHOLDER in text.lower():
            table.fault(
                row,
                DESCRIPTION,
                CountingRule.SUMS,
                "still has the template's placeholder: describe it or leave it blank",
            )
        elif code == OTHER and not text and (row.count(first) or 0) > 0:
            table.fault(
                row,
                DESCRIPTION,
                CountingRule.SUMS,
                "says nothing of what was counted here: “Other” is no catch-all",
            )
    for (one, one_code), (two, two_code) in pairwise(zip(rows, codes, strict=True)):
        text = one.cell(DESCRIPTION).strip().lower()
        if one_code == two_code == OTHER and text == two.cell(DESCRIPTION).strip().lower():
            table.fault(two, DESCRIPTION, CountingRule.SUMS, "repeats the description above it")


def _check_notices(table: Table, row: TableRow) -> None:
    for all_of, flaggers in zip(NOTICES[::2], NOTICES[1::2], strict=True):
        if all_of.startswith("Median"):
            continue
        whole, part = row.count(all_of), row.count(flaggers)
        if whole is not None and part is not None and part > whole:
            table.fault(
                row,
                flaggers,
                CountingRule.NOTICES,
                f"is {part:,}, more than all notices together ({whole:,})",
            )
    for notices, items in (NOTICES[0], NOTICES[2]), (NOTICES[1], NOTICES[3]):
        received, named = row.count(notices), row.count(items)
        if received is not None and named is not None and named < received:
            table.fault(
                row,
                items,
                CountingRule.NOTICES,
                f"is {named:,} for {received:,} notices: each names one item at least",
            )


def _check_measures(table: Table, row: TableRow) -> None:
    measures, solely = row.count(MEASURES), row.count(SOLELY)
    if measures is not None and solely is not None and solely > measures:
        table.fault(row, SOLELY, CountingRule.OWN, f"is {solely:,} of only {measures:,} measures")
    imposed = [row.count(column) or 0 for column in RESTRICTIONS]
    if measures and not any(imposed):
        table.fault(
            row,
            MEASURES,
            CountingRule.SUMS,
            f"counts {measures:,}, but no column says which restriction was imposed",
        )
