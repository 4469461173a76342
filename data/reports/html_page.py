"""A report as one HTML file: styles and charts inside, nothing is loaded from anywhere."""

from collections.abc import Sequence
from html import escape

from core.domain.report_content import ModerationReport, ReportSection
from core.domain.report_words import number_rows, period_words, scope_words, table_rows
from core.usecases.report_sections.figures import figure_frame
from data.reports.svg_chart import svg_chart

#: Longer tables are cut on paper; the CSV and Parquet files have every row.
ROWS_MAX = 40
_WORD_MAX = 28
#: What a report of an empty period says first.
EMPTY = "The period is empty: nothing arrived and nothing was decided in it."

_STYLE = """
body { font: 15px/1.5 Georgia, "Libertinus Serif", serif; color: #232833; margin: 0 auto;
  max-width: 60rem; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 1.9rem; margin: 0 0 .2rem; }
h2 { font-size: 1.35rem; margin: 2.6rem 0 .4rem; border-bottom: 2px solid #d8dce3; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
p { margin: .35rem 0; max-width: 48rem; }
.about, .meta, .more { color: #5b6474; }
.warning { border-left: 4px solid #e0883a; padding: .3rem .8rem; background: #fdf4ea; }
.note { border-left: 4px solid #5b7cfa; padding: .3rem .8rem; background: #f1f4ff; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
.wide { overflow-x: auto; }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; vertical-align: top;
  border-bottom: 1px solid #e7eaf0; }
.long { overflow-wrap: anywhere; min-width: 9rem; }
th { color: #5b6474; font-weight: 600; }
svg { max-width: 100%; height: auto; }
nav a { margin-right: 1rem; white-space: nowrap; }
@media print { nav { display: none; } body { padding: 0; font-size: 11px; max-width: none; }
  h2 { break-after: avoid; } figure, tr, svg { break-inside: avoid; } }
figure { margin: 1rem 0; }
"""


def html_page(report: ModerationReport) -> str:
    """The whole page."""
    title = escape(report.definition.name)
    links = " ".join(
        f'<a href="#{each.section.value}">{escape(each.section.words)}</a>'
        for each in report.sections
    )
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<header><h1>{title}</h1>",
        *(f'<p class="meta">{escape(line)}</p>' for line in head_lines(report)),
        f"</header><nav>{links}</nav>",
        _note(EMPTY, "warning") if report.is_empty else "",
        *(_section(each) for each in report.sections),
        "</body></html>\n",
    ]
    return "".join(parts)


def head_lines(report: ModerationReport) -> list[str]:
    """What stands below the title."""
    lines = [f"{period_words(report.period)}; {scope_words(report)}."]
    if report.earlier is not None:
        lines.append(f"Compared with {period_words(report.earlier)}.")
    lines.append(f"Policy: {', '.join(report.policies)}.")
    counts = ", ".join(f"{found.rows:,} {kind}" for kind, found in report.inputs.items())
    lines.append(f"From {counts}; manifest.json has their digests.")
    return lines


def _section(section: ReportSection) -> str:
    parts = [
        f'<section id="{section.section.value}"><h2>{escape(section.section.words)}</h2>',
        f'<p class="about">{escape(section.about)}</p>',
        *(_note(each, "warning") for each in section.warnings),
        *(_note(each, "note") for each in section.notes),
    ]
    if section.figures:
        parts.append(_table(*number_rows(figure_frame(section.figures, section.earlier))))
    by_table = {each.table: each for each in section.charts}
    for table in section.tables:
        parts.append(f"<h3>{escape(table.title)}</h3>")
        if table.frame.is_empty():
            parts.append(f'<p class="more">{escape(table.empty)}</p>')
            continue
        if chart := by_table.get(table.key):
            parts.append(f"<figure>{svg_chart(chart)}</figure>")
        parts.append(_table(*table_rows(table.frame.head(ROWS_MAX), table.units)))
        if table.frame.height > ROWS_MAX:
            parts.append(
                f'<p class="more">{table.frame.height - ROWS_MAX:,} more rows are in '
                f"{escape(table.key)}.csv.</p>"
            )
    return "".join([*parts, "</section>"])


def _note(words: str, kind: str) -> str:
    return f'<p class="{kind}">{escape(words)}</p>'


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(_cell(each) for each in row)}</tr>" for row in rows)
    whole = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table>{whole}</table></div>'


def _cell(words: str) -> str:
    """A cell; one without a place to break, such as a digest, may break anywhere."""
    is_long = any(len(each) > _WORD_MAX for each in words.split())
    kind = ' class="long"' if is_long else ""
    return f"<td{kind}>{escape(words)}</td>"
