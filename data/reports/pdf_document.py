"""A report as PDF, set by Typst: no browser, and equal reports are equal files."""

import json
from pathlib import Path
from typing import Any

import typst

from core.domain.report_content import ModerationReport, ReportSection, ReportTable
from core.domain.report_words import number_rows, table_rows
from core.usecases.report_sections.figures import figure_frame
from data.reports.html_page import EMPTY, ROWS_MAX, head_lines
from data.reports.svg_chart import svg_chart

_TEMPLATE = Path(__file__).with_name("report.typ")
#: Columns that fit on paper; the files have all of them.
_COLUMNS_MAX = 9
#: More rows than these are not printed below their chart.
_DRAWN_ROWS_MAX = 14


def pdf_document(report: ModerationReport) -> bytes:
    """The whole document; its date is the end of the period."""
    content = {
        "title": report.definition.name,
        "lines": head_lines(report),
        "empty": EMPTY if report.is_empty else None,
        "sections": [_section(each) for each in report.sections],
    }
    made = typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"report": json.dumps(content, ensure_ascii=False)},
        timestamp=int(report.period.end.timestamp()),
    )
    assert isinstance(made, bytes)  # noqa: S101  # one file: the format is PDF
    return made


def _section(section: ReportSection) -> dict[str, Any]:
    figures = None
    if section.figures:
        heads, rows = number_rows(figure_frame(section.figures, section.earlier))
        figures = {"heads": heads, "rows": rows}
    charts = {each.table: each for each in section.charts}
    return {
        "title": section.section.words,
        "about": section.about,
        "warnings": list(section.warnings),
        "notes": list(section.notes),
        "figures": figures,
        "tables": [
            _table(each, is_drawn=each.key in charts)
            | {
                "chart": {"svg": svg_chart(charts[each.key]), "title": charts[each.key].title}
                if each.key in charts and not each.frame.is_empty()
                else None
            }
            for each in section.tables
        ],
    }


def _table(table: ReportTable, *, is_drawn: bool) -> dict[str, Any]:
    if table.frame.is_empty():
        return {"title": table.title, "empty": table.empty}
    if is_drawn and table.frame.height > _DRAWN_ROWS_MAX:
        words = f"The {table.frame.height:,} rows behind the chart are in {table.key}.csv."
        return {"title": table.title, "empty": None, "heads": [], "rows": [], "more": words}
    heads, rows = table_rows(table.frame.head(ROWS_MAX), table.units)
    more = []
    if table.frame.height > ROWS_MAX:
        more.append(f"{table.frame.height - ROWS_MAX:,} more rows")
    if len(heads) > _COLUMNS_MAX:
        more.append(f"{len(heads) - _COLUMNS_MAX} more columns")
    return {
        "title": table.title, "empty": None, "heads": heads[:_COLUMNS_MAX],
        "rows": [row[:_COLUMNS_MAX] for row in rows],
        "more": f"{' and '.join(more)} in {table.key}.csv." if more else None,
    }  # fmt: skip
