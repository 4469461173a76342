"""What the Digital Services Act asks for: what an export would hold, what is missing, the files."""

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.role import Permission
from core.errors import RegulationError
from core.store.job_handle import NoJob
from core.usecases.export_statements import StatementRequest, check_statements
from core.usecases.held_back import HeldGroup
from core.usecases.transparency_report import ReportRequest, build_report, days
from dashboard import state
from dashboard.components.filter_bar import page_filter
from dashboard.components.job_progress import job_progress
from dashboard.components.words import plain
from dashboard.export_file import new_export_file
from dashboard.exports.faults_table import faults_table
from dashboard.exports.held_table import held_table
from data.regulation import start_report, start_statements

_STATEMENTS, _REPORT = "Statements of reasons", "Transparency report"


def show_regulatory() -> None:
    """Draws the part."""
    kind = st.radio(
        "What", [_STATEMENTS, _REPORT], key="regulatory_kind", bind="query-params",
        captions=["One a rejection, for the DSA Transparency Database",
                  "The quantitative parts as CSV, as far as the data go"],
        horizontal=True, label_visibility="collapsed",
    ) or _STATEMENTS  # fmt: skip
    chosen = _period(kind)
    wanted = page_filter("regulatory", with_scores=False, with_period=False)
    state.filter_to_url(wanted)
    if chosen is None:
        st.info("Choose the first and the last day of a period.")
        return
    if kind == _STATEMENTS:
        _statements(*chosen, wanted)
    else:
        _report(*chosen, wanted)
    job_id = state.job_on_page("regulatory")
    if job_id is not None and (job := job_progress(job_id, key="regulatory_job")) is not None:
        _finished(job.result)


def _period(kind: str) -> tuple[date, date] | None:
    """The days, both included; those of the link, or else the last month or year."""
    today = state.workbench().space.clock.now().date()
    month = today.replace(day=1) - timedelta(days=1)
    usual = (month.replace(day=1), month)
    if kind == _REPORT:
        usual = (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    linked = (_day(state.from_url("from")), _day(state.from_url("to")))
    shown = usual if None in linked or linked[0] > linked[1] else linked  # type: ignore[operator]  # no None
    days_chosen = st.date_input(
        "Period, both days included (UTC)", shown, key=f"regulatory_period_{kind}",
        min_value=date(2020, 1, 1), max_value=date(2037, 12, 31), format="YYYY-MM-DD", width=300,
    )  # fmt: skip
    if not isinstance(days_chosen, tuple) or len(days_chosen) != 2:
        return None
    start, end = days_chosen
    state.to_url("from", start.isoformat())
    state.to_url("to", end.isoformat())
    return start, end


def _minute() -> str:
    """Decisions come into effect while somebody looks, without any change of the store."""
    return state.workbench().space.clock.now().isoformat(timespec="minutes")


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 2020 <= found.year <= 2037 else None


def _statements(start: date, end: date, wanted: ItemFilter) -> None:
    workbench, person = state.workbench(), state.person()
    request = StatementRequest(period=days(start, end), filter=wanted)
    with st.spinner("Checking every statement…"):
        found = state.recent(
            "statements", (request, person, _minute()),
            lambda: check_statements(
                workbench.space, workbench.catalogue, person, request, NoJob()
            ),
        )  # fmt: skip
    with st.container(horizontal=True):
        st.metric(
            "Ready",
            f"{found.ready_count:,}",
            border=True,
            width=160,
            help="Standing rejections in effect whose statement is complete.",
        )
        st.metric(
            "Held back",
            f"{found.held_count:,}",
            border=True,
            width=160,
            help="Rejections whose statement lacks an answer or holds personal data.",
        )
    if found.problem and not found.held_count:
        st.info(found.problem)
    is_partial = _held(found.groups, "statements", ready_count=found.ready_count)
    st.button(
        f"Write {found.ready_count:,} statements", type="primary", icon=":material/gavel:",
        disabled=not found.ready_count or (bool(found.held_count) and not is_partial),
        on_click=_start_statements, args=(request.model_copy(update={"is_partial": is_partial}),),
        key="statements_start",
    )  # fmt: skip


def _report(start: date, end: date, wanted: ItemFilter) -> None:
    workbench, person = state.workbench(), state.person()
    published = st.date_input(
        "Publication", None, key="report_published", format="YYYY-MM-DD", width=300,
        help="The day the report is published; left blank in part 1 while it is not known.",
    )  # fmt: skip
    on = published if isinstance(published, date) else None
    request = ReportRequest(start=start, end=end, filter=wanted, published_on=on)
    try:
        built = state.recent(
            "dsa_report", (request, person, _minute()),
            lambda: build_report(
                workbench.space, workbench.histories, workbench.catalogue, person, request, NoJob()
            ),
        )  # fmt: skip
    except RegulationError as error:
        st.warning(plain(str(error)), icon=":material/edit_note:")
        _link_to_mapping()
        return
    with st.container(horizontal=True):
        st.metric(
            "Measures",
            f"{built.measure_count:,}",
            border=True,
            width=160,
            help="Rejections that took effect in the period, each item once.",
        )
        st.metric(
            "Not counted",
            f"{built.held_count:,}",
            border=True,
            width=160,
            help="Rejections that cannot be placed in a row of the report.",
        )
    is_partial = _held(built.groups, "report", ready_count=built.measure_count)
    with st.expander("What our data cannot say", icon=":material/info:"):
        for note in built.not_filled:
            st.markdown(f"- {plain(note)}")
    if faults := built.faults:
        with st.expander(f"{len(faults):,} cells to fill in before filing", icon=":material/rule:"):
            faults_table(faults, key="report_to_fill")
    st.button(
        "Write the report's parts", type="primary", icon=":material/gavel:",
        disabled=bool(built.held_count) and not is_partial, on_click=_start_report,
        args=(request.model_copy(update={"is_partial": is_partial}),), key="report_start",
    )  # fmt: skip


def _held(groups: tuple[HeldGroup, ...], key: str, *, ready_count: int) -> bool:
    """Shows what is held back; whether to write the rest all the same."""
    if not groups:
        return False
    st.warning(
        "Some decisions are held back: nothing is invented for them. Answer what is missing"
        + (", or write only what is ready." if ready_count else "."),
        icon=":material/front_hand:",
    )
    held_table(groups, key=f"{key}_held")
    _link_to_mapping()
    return bool(ready_count) and st.checkbox("Write only what is ready", key=f"{key}_partial")


def _link_to_mapping() -> None:
    if state.person().may(Permission.MANAGE_POLICIES):
        st.page_link("views/regulation.py", label="Answer it on the page Regulation",
                     icon=":material/edit_note:")  # fmt: skip
    else:
        st.caption("A policy manager or an admin answers it on the page Regulation.")


def _start_statements(request: StatementRequest) -> None:
    workbench = state.workbench()
    path = _new_file("dsa-statements")
    state.show_job("regulatory", start_statements(workbench, path, request, state.person()))


def _start_report(request: ReportRequest) -> None:
    workbench = state.workbench()
    path = _new_file("dsa-report")
    state.show_job("regulatory", start_report(workbench, path, request, state.person()))


def _new_file(name: str) -> Path:
    workbench = state.workbench()
    return new_export_file(
        workbench.settings.export_folder, name, "zip", workbench.space.clock.now()
    )


def _finished(result: dict[str, Any]) -> None:
    path = Path(result["path"])
    if not path.exists():
        st.warning("This file was deleted since. Write it again.")
        return
    st.success(plain(result["sentence"]), icon=":material/check:")
    st.download_button(
        f"Download {path.name}", data=partial(path.open, "rb"), file_name=path.name,
        icon=":material/download:", on_click="ignore", key="regulatory_file",
    )  # fmt: skip
