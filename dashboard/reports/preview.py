"""A report on the page: one section at a time, with its charts and the tables behind them."""

import streamlit as st

from core.domain.report import ReportDefinition, Section
from core.domain.report_content import ModerationReport, ReportSection, ReportTable
from core.domain.report_words import number_rows, period_words, scope_words, table_rows
from core.store.job_handle import NoJob
from core.usecases.build_report import build_report
from core.usecases.report_sections.figures import figure_frame
from dashboard import state
from dashboard.charts.report_chart import report_chart
from dashboard.components.words import plain
from data.reports.building import this_hour


def preview(definition: ReportDefinition) -> None:
    """Draws the chosen section of the report."""
    sections = {each.words: each for each in definition.ordered_sections}
    if state.value_of("report_show") not in sections:
        state.put(report_show=next(iter(sections)))
    chosen = st.selectbox(
        "Section to look at", list(sections), key="report_show", bind="query-params", width=320
    )
    section = sections[chosen or next(iter(sections))]
    with st.spinner("Counting …"):
        found: ModerationReport = state.recent(
            "report", (definition, section, state.person()), lambda: _built(definition, section)
        )
    st.caption(plain(f"{period_words(found.period)}; {scope_words(found)}."))
    if found.is_empty:
        st.info(
            "The period is empty: nothing arrived and nothing was decided in it. Choose another "
            "one, or import items of it.",
            icon=":material/event_busy:",
        )
    _draw(found.sections[0])


def _built(definition: ReportDefinition, section: Section) -> ModerationReport:
    workbench = state.workbench()
    return build_report(
        workbench.space, workbench.histories, workbench.catalogue, state.person(),
        definition.model_copy(update={"sections": (section,)}),
        as_of=this_hour(workbench), job=NoJob(), with_digests=False,
    )  # fmt: skip


def _draw(section: ReportSection) -> None:
    st.caption(plain(section.about))
    for words in section.warnings:
        st.warning(plain(words), icon=":material/balance:")
    for words in section.notes:
        st.info(plain(words))
    if section.figures:
        frame = figure_frame(section.figures, section.earlier)
        _show("numbers", *number_rows(frame))
    charts = {each.table: each for each in section.charts}
    for table in section.tables:
        st.markdown(f"**{plain(table.title)}**")
        if table.frame.is_empty():
            st.caption(plain(table.empty))
            continue
        if chart := charts.get(table.key):
            st.plotly_chart(
                report_chart(chart), key=f"report_chart_{chart.key}",
                config={"displayModeBar": False},
            )  # fmt: skip
        _table(table)


def _table(table: ReportTable) -> None:
    _show(table.key, *table_rows(table.frame, table.units))


def _show(key: str, heads: list[str], rows: list[list[str]]) -> None:
    """As text: the numbers stand beside their intervals, as the files have them."""
    st.dataframe(
        [dict(zip(heads, row, strict=True)) for row in rows], hide_index=True,
        key=f"report_table_{key}",
    )  # fmt: skip
