"""Import: upload, look, map, run; then what came in, what was refused, and undo."""

from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from core.domain.import_run import ImportRun, ImportState
from core.domain.role import Permission
from core.errors import WorkbenchError
from core.store.job_handle import JobHandle
from core.usecases.list_imports import (
    find_import,
    list_imports,
    may_see_refused,
    refused_rows,
)
from dashboard import state
from dashboard.components.job_progress import job_progress
from dashboard.components.mapping_form import mapping_form
from dashboard.components.words import ago, plain

_SHOWN_PROBLEMS = 200


def show() -> None:
    """Draws the page."""
    st.header("Import", anchor=False)
    st.caption(
        "CSV, JSONL or Parquet. Good rows are kept, bad rows are listed with row, field and "
        "problem, and importing the same file again changes nothing."
    )
    upload = st.file_uploader(
        "File with items", type=["csv", "tsv", "txt", "jsonl", "ndjson", "json", "parquet"],
        key="import_file", max_upload_size=state.workbench().settings.max_upload_mb,
    )  # fmt: skip
    if upload is not None:
        _prepare(upload)
    _running()
    _history()


def _prepare(upload: Any) -> None:
    encoding = st.selectbox(
        "Encoding", ["utf-8", "cp1252", "latin-1", "utf-16", "cp1251", "shift_jis", "gb18030"],
        key="import_encoding", help="Only matters for CSV and JSONL.", width=180,
    )  # fmt: skip
    try:
        path = state.uploaded_file(upload.file_id, upload.name, upload.getbuffer)
        shape = state.workbench().look_at(path, None if encoding == "utf-8" else encoding)
    except WorkbenchError as error:
        st.error(str(error), icon=":material/error:")
        return
    size = f"{shape.size_bytes / 1e6:,.1f} MB"
    st.markdown(f"**{shape.format.upper()}**, {len(shape.columns)} columns, {size}. First rows:")
    st.dataframe(shape.preview, hide_index=True, height=220, key="import_preview")
    for notice in shape.notices:
        st.warning(notice)
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
        args=(path, upload.name, pairs, tenant, None if encoding == "utf-8" else encoding),
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
    (st.success if run.new_count or not run.rejected_count else st.warning)(run.sentence)
    if job.result["scored_count"]:
        st.markdown(
            f":material/rule: Scored **{job.result['scored_count']:,}**: "
            f"{job.result['approved_count']:,} approved and {job.result['rejected_count']:,} "
            f"rejected by the policy, **{job.result['task_count']:,} wait for review**."
        )
        st.page_link("views/review.py", label="Review them", icon=":material/inbox:")
    if run.rejected_count:
        _problems(run)


def _problems(run: ImportRun) -> None:
    if not may_see_refused(state.person(), run):
        st.caption(f"Its refused rows are for {plain(run.actor)}, who brought the file.")
        return
    rows = refused_rows(
        state.workbench().space, state.person(), run.import_id, limit=_SHOWN_PROBLEMS
    )
    st.markdown(f"**{run.rejected_count:,} problems** in rows that were left out:")
    st.dataframe(
        rows,
        hide_index=True,
        key=f"problems_{run.import_id}",
        column_config={
            "row": st.column_config.NumberColumn("Row", format="%d"),
            "field": "Field",
            "problem": st.column_config.TextColumn("Problem", width="large"),
            "excerpt": "Value",
        },
    )
    st.download_button(
        "Download all problems (CSV)",
        data=partial(state.rejected_csv, run.import_id),
        file_name=f"{Path(run.file_name).stem}-problems.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"problems_file_{run.import_id}",
    )


def _history() -> None:
    runs = list_imports(state.workbench().space, state.person())
    if not runs:
        if state.job_on_page("import") is None:
            st.info(
                "Nothing was imported yet. The file needs one column with the text; ids, authors, "
                "languages, dates and old decisions are used when they are there."
            )
        return
    st.subheader("Earlier imports", anchor=False)
    now = state.workbench().space.clock.now()
    frame = pl.DataFrame(
        [
            {
                "file": run.file_name,
                "result": run.sentence,
                "by": run.actor,
                "when": ago(run.finished_at, now),
                "state": run.state.value,
            }
            for run in runs
        ]
    )
    event = st.dataframe(
        frame, hide_index=True, on_select="rerun", selection_mode="single-row",
        key=f"runs_{runs[0].import_id}",
        column_config={"result": st.column_config.TextColumn("Result", width="large")},
    )  # fmt: skip
    chosen = [runs[row] for row in event["selection"]["rows"]]
    if not chosen:
        st.caption("Select an import to see its problems or to take it back.")
        return
    run = chosen[0]
    if run.rejected_count:
        _problems(run)
    if run.state is ImportState.DONE and run.new_count:
        st.button(
            f"Take back {run.new_count:,} items",
            icon=":material/undo:",
            on_click=_undo,
            args=(run.import_id,),
            key="undo_import",
            help="Possible while nobody decided on its items.",
        )


def _undo(import_id: int) -> None:
    try:
        removed = state.workbench().undo_import(import_id, state.person())
    except WorkbenchError as error:
        st.toast(str(error), icon=":material/error:")
    else:
        st.toast(f"Removed {removed:,} items.", icon=":material/undo:")


show()
