"""Every counting rule: files that keep it, and the cell that breaks it."""

from collections.abc import Callable
from datetime import date

import pytest

from core.domain.dsa_enums import NOT_SPECIFIED_ORDER, OTHER
from core.domain.report_part import ReportPart, read_part
from core.domain.report_template import (
    COLUMNS,
    DESCRIPTION,
    ILLEGAL,
    LONG_ROWS,
    MEASURES,
    NOTICES,
    ORDERS,
    SOLELY,
    TOTAL,
    category_rows,
)
from core.policies.report_rules import check_parts
from core.policies.report_table import CountingRule
from core.usecases import fill_report
from core.usecases.count_measures import Measures, ReportRow
from core.usecases.fill_report import Heading
from core.usecases.measure_automation import AutomationQuality
from core.usecases.validate_report import validate_report

HEADING = Heading("Plaza", date(2026, 1, 1), date(2026, 12, 31))
PERIOD = "2026-01-01/2026-12-31"
REMOVAL = "Visibility restriction Removal"
PHISHING = ReportRow(5, "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "KEYWORD_PHISHING", "")
SPAM = ReportRow(6, "STATEMENT_CATEGORY_OTHER_VIOLATION_TC", OTHER, "Spam")


def _measures() -> Measures:
    measures = Measures()
    for place, count in ((PHISHING, 3), (SPAM, 7)):
        measures.own[place] = count
        measures.detected[place] = 2
        measures.imposed[place, REMOVAL] = count
    measures.automated[True, True] = 4
    measures.automated[True, False] = 6
    return measures


def _report() -> dict[int, ReportPart]:
    """A report that breaks no rule."""
    measures = _measures()
    quality = AutomationQuality(None, None, None, "words-1", "Nobody reviewed.")
    imposed = frozenset({REMOVAL})
    blank = fill_report.notices(HEADING, {})
    counts = ["0"] * len(NOTICES)
    notices = blank.model_copy(
        update={"rows": tuple((*row[:5], *counts, *row[5 + len(counts) :]) for row in blank.rows)}
    )
    orders = fill_report.orders(HEADING)
    parts = [
        ReportPart(
            number=1,
            columns=COLUMNS[1],
            rows=tuple(
                ("All", "Plaza", name, value)
                for name, value in zip(
                    fill_report.IDENTIFICATION,
                    ("Plaza Ltd", "2027-02-01", "", "2026-01-01", "2026-12-31"),
                    strict=True,
                )
            ),
        ),
        fill_report.names(),
        orders.model_copy(
            update={"rows": tuple((*r[:6], *["0"] * len(ORDERS), *r[13:]) for r in orders.rows)}
        ),
        notices,
        fill_report.own_initiative(5, HEADING, measures, imposed),
        fill_report.own_initiative(6, HEADING, measures, imposed),
        fill_report.appeals(HEADING, {"approve": 1, "reject": 2}, is_complete=True),
        fill_report.automated_means(HEADING, measures, quality),
        fill_report.human_resources(HEADING),
    ]
    return {part.number: part for part in parts}


Change = Callable[[list[list[str]]], None]


def _changed(number: int, change: Change) -> list[ReportPart]:
    parts = _report()
    rows = [list(row) for row in parts[number].rows]
    change(rows)
    parts[number] = parts[number].model_copy(update={"rows": tuple(map(tuple, rows))})
    return list(parts.values())


def _cell(number: int, row: str, column: str, text: str, scope: str = "") -> Change:
    """Writes one cell of the first row that has this name (and scope)."""
    names = [each.strip() for each in COLUMNS[number]]
    place = names.index(column.strip())

    def change(rows: list[list[str]]) -> None:
        for cells in rows:
            said = [each.strip() for each in cells]
            if row.strip() in said and (not scope or scope.strip() in said):
                cells[place] = text
                return
        raise AssertionError(f"no row {row}")

    return change


def _add(text: str) -> Change:
    """A further row under the first one, named so."""
    return lambda rows: rows.insert(1, [*rows[0][:3], text, *rows[0][4:]])


def _both(*changes: Change) -> Change:
    def change(rows: list[list[str]]) -> None:
        for each in changes:
            each(rows)

    return change


def _without(row: str) -> Change:
    return lambda rows: rows.__setitem__(slice(None), [each for each in rows if row not in each])


def test_a_report_that_keeps_the_rules_is_accepted() -> None:
    assert [each.sentence for each in check_parts(list(_report().values()))] == []


#: part, what is changed, the rule that is broken, where, and words of the problem.
BROKEN: list[tuple[int, Change, CountingRule, str, str]] = [
    (8, _cell(8, "Accuracy of the automated means - Accuracy", "Value", "97.27%"),
     CountingRule.NUMBERS, "Value", "97.27%"),
    (8, _cell(8, "Number of notices solely processed by automated means ", "Value", "0 "),
     CountingRule.NUMBERS, "Value", "whole number"),
    (8, _cell(8, "Accuracy of the automated means - Recall", "Value", "/", "NAM Total"),
     CountingRule.NUMBERS, "Value", "leave what does not apply blank"),
    (8, _cell(8, "Accuracy of the automated means - Recall", "Value", "1.2"),
     CountingRule.NUMBERS, "Value", "between 0 and 1"),
    (5, _cell(5, "KEYWORD_PHISHING", MEASURES, "3.0"), CountingRule.NUMBERS, MEASURES, "whole"),
    (5, _cell(5, "KEYWORD_PHISHING", MEASURES, "-3"), CountingRule.NUMBERS, MEASURES, "whole"),
    (5, _cell(5, "KEYWORD_PHISHING", MEASURES, "1,000"), CountingRule.NUMBERS, MEASURES, "whole"),
    (4, _cell(4, "KEYWORD_PHISHING", "Median time to take action", "5 h"),
     CountingRule.NUMBERS, "Median time to take action", "hours"),
    (5, _cell(5, "KEYWORD_PHISHING", "Reporting period", "2026"),
     CountingRule.NUMBERS, "Reporting period", "YYYY-MM-DD/YYYY-MM-DD"),
    (5, _cell(5, "KEYWORD_PHISHING", "Reporting period", "2026-01-01/2026-06-30"),
     CountingRule.NUMBERS, "Reporting period", "part 1"),
    (1, _cell(1, "Starting date of reporting period", "Value", "2026/1/1"),
     CountingRule.NUMBERS, "Value", "YYYY-MM-DD"),
    (1, _cell(1, "Name of the service provider", "Value", ""),
     CountingRule.BLANK, "Value", "filled in"),
    (5, _cell(5, "KEYWORD_SUICIDE", MEASURES, ""), CountingRule.BLANK, MEASURES, "write 0"),
    (8, _cell(8, "Number of measures not taken by automated means", "Value", ""),
     CountingRule.BLANK, "Value", "write 0"),
    (5, _cell(5, "KEYWORD_PHISHING", MEASURES, "2"), CountingRule.SUMS, MEASURES, "sum to 2"),
    (5, _cell(5, TOTAL, MEASURES, "9"), CountingRule.SUMS, MEASURES, "categories sum to 3"),
    (6, _cell(6, "Spam", DESCRIPTION, ""), CountingRule.SUMS, DESCRIPTION, "no catch-all"),
    (6, _cell(6, OTHER, DESCRIPTION, 'Text to detail the "Other" keyword.'),
     CountingRule.SUMS, DESCRIPTION, "placeholder"),
    (6, lambda rows: rows.append(rows[-1]), CountingRule.SUMS, DESCRIPTION, "repeats"),
    (5, _add("KEYWORD_RUDE"), CountingRule.SUMS, "", "closed"),
    (5, _cell(5, "KEYWORD_PHISHING", REMOVAL, "0"), CountingRule.SUMS, MEASURES, "which restriction"),
    (5, _add("STATEMENT_CATEGORY_OTHER_VIOLATION_TC"), CountingRule.CATEGORIES, "", "part 6 only"),
    (5, _add(NOT_SPECIFIED_ORDER), CountingRule.CATEGORIES, "", "part 3 only"),
    (5, _add("STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE"), CountingRule.CATEGORIES, "", "part 4 only"),
    (4, _both(*(_cell(4, row, NOTICES[0], "11") for row in (
        TOTAL, "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE"))),
     CountingRule.NOTICES, NOTICES[2], "at least"),
    (4, _cell(4, TOTAL, NOTICES[1], "4"), CountingRule.NOTICES, NOTICES[1], "more than all"),
    (5, _cell(5, "KEYWORD_PHISHING", SOLELY, "4"), CountingRule.OWN, SOLELY, "of only 3"),
    (8, _cell(8, "Number of measures solely taken by automated means ", "Value", "5",
              "Own-initiative "), CountingRule.OWN, "Value", "more than the total"),
    (8, _both(_cell(8, "Accuracy of the automated means - Accuracy", "Value", "0.9"),
              _cell(8, "Accuracy of the automated means - Accuracy", "Contextual Information", "")),
     CountingRule.AUTOMATED, "Contextual information", "how the indicator was measured"),
    (8, _cell(8, "Accuracy of the automated means - Recall", "Contextual Information", ""),
     CountingRule.AUTOMATED, "Value", "measure it"),
    (8, _cell(8, "Number of measures solely taken by automated means ",
              "Contextual Information", "x" * 5_001), CountingRule.TEXTS, "contextual information",
     "5,001"),
    (3, _cell(3, TOTAL, "Scope", "GR"), CountingRule.CODES, "Scope", "Greece is EL"),
    (8, lambda rows: rows.append([*rows[0][:5], "SV", "1", ""]), CountingRule.CODES, "Scope", "sv"),
    (5, _without("KEYWORD_PHISHING"), CountingRule.FORMAT, "", "KEYWORD_PHISHING is missing"),
    (5, lambda rows: rows.reverse(), CountingRule.FORMAT, "", "order of the template"),
    (7, lambda rows: rows.pop(), CountingRule.FORMAT, "manifestly unfounded complaints",
     "missing"),
    (5, lambda rows: rows[3].append("more"), CountingRule.FORMAT, "", "38 cells"),
    (5, _cell(5, "KEYWORD_PHISHING", DESCRIPTION, "=1+1"), CountingRule.FORMAT, DESCRIPTION,
     "formula"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "change", "rule", "column", "words"),
    BROKEN,
    ids=[f"{n}-part{each[0]}-{each[2].name}" for n, each in enumerate(BROKEN)],
)
def test_each_rule_names_the_cell_that_breaks_it(
    part: int, change: Change, rule: CountingRule, column: str, words: str
) -> None:
    faults = check_parts(_changed(part, change))
    assert {each.part for each in faults} == {part}
    matching = [
        each for each in faults
        if each.rule is rule and words in each.problem + each.column
        and column.strip().lower() in each.column.lower()
    ]  # fmt: skip
    assert matching, [each.sentence for each in faults]
    assert f"Part {part}" in matching[0].sentence


def test_a_report_with_figures_of_languages_and_states_is_accepted() -> None:
    def by_language(rows: list[list[str]]) -> None:
        rows.append(["Only for VLOPs", *rows[0][1:5], "sv", "4", ""])
        quality = "Accuracy of the automated means - Recall"
        rows.append(["Only for VLOPs", *rows[0][1:4], quality, "el", "0.99", ""])

    def by_state(rows: list[list[str]]) -> None:
        rows += [[*each[:5], "EL", *each[6:]] for each in rows[:2]]

    assert check_parts(_changed(8, by_language)) == ()
    assert check_parts(_changed(3, by_state)) == ()


def _aliexpress_means() -> ReportPart:
    """Part 8 of AliExpress for the first half of 2026, as filed."""
    filed = {
        "Number of measures solely taken by automated means ": "127516347",
        "Number of measures not taken by automated means": "2140493",
        "Accuracy of the automated means - Accuracy": "97.27%",
        "Accuracy of the automated means - Precision": "96.96%",
        "Accuracy of the automated means - Recall": "99.86%",
        "Number of notices solely processed by automated means ": "0 ",
        "Number of notices not processed by automated means": "547070",
    }
    rows = [
        (applies, "Aliexpress", "2026-01-01/2026-06-30", section, indicator, scope,
         "/" if scope.startswith("NAM") and "Accuracy" in indicator else filed[indicator], "")
        for applies, section, indicator, scope in LONG_ROWS[8]
    ]  # fmt: skip
    return ReportPart(number=8, columns=COLUMNS[8], rows=tuple(rows))


def test_the_filing_with_percent_signs_is_rejected() -> None:
    part = _aliexpress_means()
    verdict = validate_report({"8_automated_means.csv": part.to_csv()})
    assert not verdict.is_accepted
    said = [each.sentence for each in verdict.faults if each.rule is CountingRule.NUMBERS]
    assert any("“97.27%” is no fraction" in each for each in said)
    assert any("“0 ” is no whole number" in each for each in said)
    assert any("“/”" in each for each in said)
    assert len(said) == 14  # six percentages, six slashes, two zeros with a space


def test_the_filing_with_blank_rows_and_a_lone_category_is_rejected() -> None:
    """Part 5 of Booking.com for the first half of 2026, as filed: one count and its total."""
    blank = [""] * (len(COLUMNS[5]) - 6)
    rows = [
        ("All", "Booking.com", "2026-01-01/2026-06-30", code,
         'Text to detail the "Other" keyword.' if code == OTHER else "",
         "1" if code in (TOTAL, "STATEMENT_CATEGORY_SCAMS_AND_FRAUD") else "", *blank)
        for _, code in category_rows(5)
    ]  # fmt: skip
    part = ReportPart(number=5, columns=COLUMNS[5], rows=tuple(rows))
    verdict = validate_report({"5_own_initiative_illegal.csv": part.to_csv()})
    problems = [(each.row, each.problem) for each in verdict.faults]
    assert ("KEYWORD_PHISHING", "is blank although the column applies: write 0 where there was none") in problems  # fmt: skip
    scams = [text for row, text in problems if row == "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"]
    assert "is 1, but its keyword rows sum to 0" in scams
    assert any("which restriction" in text for text in scams)
    assert sum("placeholder" in text for _, text in problems) == 14


def test_files_that_are_no_tables_are_named() -> None:
    verdict = validate_report(
        {"notes.csv": b"a,b", "5_own.csv": b"\xff\xfe", "6_tc.csv": b"", "7_x.csv": b'"a'}
    )
    assert {each.file: each.problem for each in verdict.unreadable}["5_own.csv"].endswith("UTF-8")
    assert not verdict.is_accepted
    assert not validate_report({}).is_accepted
    assert "no part" in validate_report({}).sentence


def test_a_table_survives_its_file() -> None:
    part = _report()[6]
    assert read_part(part.file_name, part.to_csv()) == part
    assert read_part("x_Part_6_own.csv", b"\xef\xbb\xbf" + part.to_csv()) == part
    assert part.to_csv().count(b"\r\n") == len(part.rows) + 1


def test_the_tables_have_the_size_of_the_official_templates() -> None:
    report = _report()
    sizes = {number: (len(part.rows), len(part.columns)) for number, part in report.items()}
    assert sizes == {
        1: (5, 4), 2: (100, 4), 3: (91, 20), 4: (91, 25), 5: (90, 37), 6: (98, 37), 7: (47, 8),
        8: (20, 8), 9: (3, 8),
    }  # fmt: skip
    assert report[5].columns[3] == ILLEGAL
