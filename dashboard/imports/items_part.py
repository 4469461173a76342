"""Items from a file: upload, look, map, run, and what came of it."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.domain.role import Permission
from core.errors import WorkbenchError
from core.store.job_handle import JobHandle
from core.usecases.list_imports import find_import
from dashboard import state
from dashboard.components.job_progress import job_progress
from dashboard.components.mapping_form import mapping_form, tenant_input
from dashboard.imports.chosen_file import chosen_file
from dashboard.imports.refused_part import show_refused


def show_items() -> None:
    """Draws the part."""
    st.caption(
        "CSV, JSONL or Parquet; tasks of Label Studio, records of Argilla, labels of the AT "
        "Protocol and decisions of Coop are known by what is in them. Good rows are kept, bad "
        "rows are listed with row, field and problem, and importing the same file again changes "
        "nothing."
    )
    if (chosen := chosen_file("File with items", key="import")) is not None:
        _prepare(*chosen)
    _running()


def _prepare(upload: Any, encoding: str | None) -> None:
    try:
        path = state.uploaded_file(upload.file_id, upload.name, upload.getbuffer)
        shape = state.workbench().look_at(path, encoding)
    except WorkbenchError as error:
        st.error(str(error), icon=":material/error:")
        return
    size = f"{shape.size_bytes / 1e6:,.1f} MB"
    st.markdown(f"**{shape.words}**, {len(shape.columns)} columns, {size}. First rows:")
    st.dataframe(shape.preview, hide_index=True, height=220, key="import_preview")
    for notice in shape.notices:
        st.warning(notice)
    if shape.brings_only_decisions:
        st.caption(
            "These are decisions on items that are here already: nothing new comes in, and what a "
            "person decided here stands."
        )
        pairs: list[str] = []
        tenant = tenant_input(state.workbench().settings.tenant)
    else:
        pairs, tenant = mapping_form(shape, state.workbench().settings.tenant)
    problem = state.workbench().mapping_problem(shape, pairs)
    if problem:
        st.error(problem, icon=":material/rule:")
    st.button(
        "Import",
        type="primary",
        icon=":material/upload:",
        disabled=problem is not None,
        on_click=_start,
        args=(path, upload.name, pairs, tenant, encoding),
        key="import_start",
    )


def _start(path: Path, name: str, pairs: list[str], tenant: str, encoding: str | None) -> None:
    workbench = state.workbench()
    person = state.person()
    person.require(Permission.IMPORT)

    def work(job: JobHandle) -> dict[str, Any]:
        run = workbench.import_file(
            path, mapping=pairs, tenant=tenant, encoding=encoding, job=job, name=name,
            person=person,
        )  # fmt: skip
        summary = workbench.score(job)
        return {"import_id": str(run.import_id), **summary.model_dump()}

    state.show_job(
        "import", workbench.jobs.submit("import", f"Import of {name}", person.name, work)
    )


def _running() -> None:
    job_id = state.job_on_page("import")
    if job_id is None:
        return
    job = job_progress(job_id, key="import_job")
    if job is None:
        return
    run = find_import(state.workbench().space, state.person(), int(job.result["import_id"]))
    if run is None:
        return
    came_in = run.new_count or run.decision_count
    (st.success if came_in or not run.rejected_count else st.warning)(run.sentence)
    if job.result["scored_count"]:
        st.markdown(
            f":material/rule: Scored **{job.result['scored_count']:,}**: "
            f"{job.result['approved_count']:,} approved and {job.result['rejected_count']:,} "
            f"rejected by the policy, **{job.result['task_count']:,} wait for review**."
        )
        st.page_link("views/review.py", label="Review them", icon=":material/inbox:")
    if run.rejected_count:
        show_refused(run)
