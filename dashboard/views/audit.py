"""Audit: who changed what and when, in a chain that shows when somebody rewrote it."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import streamlit as st

from core.domain.audit_event import AuditEvent, AuditFilter
from core.errors import ForbiddenError
from core.store.job_handle import JobHandle
from core.usecases.read_audit import (
    AuditPage,
    audit_names,
    read_audit,
    require_audit,
    verify_audit_for,
)
from dashboard import state
from dashboard.components.job_progress import job_progress
from dashboard.components.words import plain
from dashboard.export_file import new_export_file

_ANY = "Any"
_PERIODS = {"Any time": None, "Last hour": 1, "Last 24 hours": 24, "Last 7 days": 168,
            "Last 30 days": 720}  # fmt: skip


def show() -> None:
    """Draws the page."""
    workbench = state.workbench()
    st.header("Audit", anchor=False)
    st.caption(
        "Every change of state, by whom. Each event carries the digest of the one before, so that "
        "a changed or removed event shows."
    )
    try:
        require_audit(state.person())
    except ForbiddenError as error:
        st.info(plain(str(error)), icon=":material/lock:")
        return
    wanted = _filters()
    page = read_audit(workbench.space, state.person(), wanted, before_seq=state.audit_place(wanted))
    _actions(wanted, page.total)
    if not page.events:
        st.info("No events match these filters.")
        return
    _table(page)


def _filters() -> AuditFilter:
    names = audit_names(state.workbench().space, state.person())
    families = sorted({verb.split(".")[0] for verb in names["verb"]})
    with st.container(horizontal=True, vertical_alignment="bottom", key="audit_filters"):
        actor = st.selectbox(
            "Who", [_ANY, *names["actor"]], key="audit_who", bind="query-params", width=200
        )
        verb = st.selectbox(
            "What", [_ANY, *sorted({*families, *names["verb"]})], key="audit_what",
            bind="query-params", width=220,
        )  # fmt: skip
        subject = st.text_input(
            "On what", key="audit_on", placeholder="item:… or person:…", max_chars=200, width=240
        )
        period = st.selectbox("When", list(_PERIODS), key="audit_when", width=150)
    hours = _PERIODS[period or "Any time"]
    now = state.workbench().space.clock.now()
    return AuditFilter(
        actor=None if actor == _ANY else actor,
        verb=None if verb == _ANY else verb,
        subject=subject.strip() or None,
        # To the minute, so that the pages of one period stay the same list.
        since=(now - timedelta(hours=hours)).replace(second=0, microsecond=0) if hours else None,
    )


def _actions(wanted: AuditFilter, total: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="audit_actions"):
        st.button("Verify the chain", icon=":material/link:", on_click=_verify, key="audit_verify")
        for ending in ("csv", "parquet"):
            st.button(
                f"Export {total:,} as {ending.upper()}", icon=":material/download:",
                on_click=_export, args=(wanted, ending), disabled=not total,
                key=f"audit_export_{ending}",
            )  # fmt: skip
    job_id = state.job_on_page("audit")
    if job_id is None or (job := job_progress(job_id, key="audit_job")) is None:
        return
    if "sentence" in job.result:
        tell = st.success if job.result["whole"] else st.error
        tell(job.result["sentence"], icon=":material/link:")
    else:
        _download(job.result)


def _verify() -> None:
    workbench, person = state.workbench(), state.person()
    require_audit(person)

    def work(job: JobHandle) -> dict[str, Any]:
        job.progress("walking", 0, None)
        result = verify_audit_for(workbench.space, person)
        return {"sentence": result.sentence, "whole": result.broken_at is None}

    title = "Verifying the audit log"
    state.show_job("audit", workbench.jobs.submit("audit", title, person.name, work))


def _export(wanted: AuditFilter, ending: str) -> None:
    workbench, person = state.workbench(), state.person()
    require_audit(person)
    now = workbench.space.clock.now()
    path = new_export_file(workbench.settings.export_folder, "audit", ending, now)

    def work(job: JobHandle) -> dict[str, Any]:
        return {"path": str(path), **workbench.export_audit(path, wanted, person, job)}

    state.show_job("audit", workbench.jobs.submit("audit", "Export of the log", person.name, work))


def _download(result: dict[str, Any]) -> None:
    path = Path(result["path"])
    if not path.exists():
        st.warning("This file was deleted since. Export again.")
        return
    st.download_button(
        f"Download {path.name} ({result['rows']:,} events)", data=partial(path.open, "rb"),
        file_name=path.name, icon=":material/download:", on_click="ignore", key="audit_file",
    )  # fmt: skip


def _table(page: AuditPage) -> None:
    event = st.dataframe(
        pl.DataFrame(
            {
                "seq": [each.event_seq for each in page.events],
                "when": [each.created_at for each in page.events],
                "who": [each.actor for each in page.events],
                "what": [each.verb for each in page.events],
                "on": [each.subject for each in page.events],
                "details": [orjson.dumps(each.details).decode() for each in page.events],
            }
        ),
        hide_index=True,
        height=560,
        on_select="rerun",
        selection_mode="single-row",
        key=f"audit_{page.events[0].event_seq}_{page.events[-1].event_seq}_{len(page.events)}",
        column_config={
            "seq": st.column_config.NumberColumn("No.", format="%d", width="small"),
            "when": st.column_config.DatetimeColumn(
                "When (UTC)", format="D MMM YYYY, HH:mm:ss", timezone="UTC"
            ),
            "who": "Who", "what": "What", "on": "On what",
            "details": st.column_config.TextColumn("Details", width="large"),
        },
    )  # fmt: skip
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(page.events):
        _one(page.events[rows[0]])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{len(page.events):,} of {page.total:,} events", width="content")
        st.button(
            "Newest", on_click=state.turn_audit, args=(None,), type="tertiary", key="audit_newest"
        )
        st.button(
            "Older", icon=":material/chevron_right:", type="tertiary", key="audit_older",
            disabled=page.following is None, on_click=state.turn_audit, args=(page.following,),
        )  # fmt: skip


def _one(event: AuditEvent) -> None:
    with st.container(border=True):
        st.json(event.model_dump(mode="json"))


show()
