"""Items, scores or decisions of any filter, in any format, with a manifest."""

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.labeler import NO_LABELER
from core.domain.role import Permission
from core.store.job_handle import JobHandle
from core.usecases.export_records import FOREIGN, ExportFormat, ExportKind
from core.usecases.list_items import count_items
from dashboard import state
from dashboard.components.filter_bar import page_filter
from dashboard.components.job_progress import job_progress
from dashboard.export_file import new_export_file
from dashboard.exports.format_choice import choose_format

_WORDS = {
    ExportKind.ITEMS: "Items, with their status and what was decided",
    ExportKind.SCORES: "Scores, one row per item and model version",
    ExportKind.DECISIONS: "Decisions, the whole ledger of the selected items",
}


def show_records() -> None:
    """Draws the part."""
    workbench = state.workbench()
    st.caption("Writes everything that matches the filter, however much it is.")
    wanted = page_filter("export")
    state.filter_to_url(wanted)
    kind = st.radio("What", list(ExportKind), format_func=_WORDS.__getitem__, key="export_kind")
    kind = kind or ExportKind.ITEMS
    written_as, labeler = choose_format(kind)
    count = count_items(workbench.space, workbench.catalogue, wanted, person=state.person())
    st.button(
        f"Export {count:,} item{'s' if count != 1 else ''}"
        if kind is ExportKind.ITEMS
        else f"Export the {kind.value} of {count:,} items",
        type="primary",
        icon=":material/download:",
        disabled=count == 0 or labeler is None,
        on_click=_start,
        args=(kind, written_as, labeler, wanted),
        key="export_start",
    )
    if count == 0:
        st.info("No items match these filters.")
    job_id = state.job_on_page("export")
    if job_id is not None and (job := job_progress(job_id, key="export_job")) is not None:
        _finished(job.result)


def _start(
    kind: ExportKind, written_as: ExportFormat, labeler: str | None, wanted: ItemFilter
) -> None:
    workbench = state.workbench()
    now = workbench.space.clock.now()
    name = written_as.value if written_as in FOREIGN else kind.value
    path = new_export_file(workbench.settings.export_folder, name, written_as.ending, now)

    def work(job: JobHandle) -> dict[str, Any]:
        manifest = workbench.export(
            path, kind=kind, wanted=wanted, person=person, job=job, written_as=written_as,
            labeler=labeler or NO_LABELER,
        )  # fmt: skip
        return {"path": str(path), **manifest.model_dump(mode="json")}

    person = state.person()
    person.require(Permission.EXPORT)
    state.show_job(
        "export", workbench.jobs.submit("export", f"Export of {kind.value}", person.name, work)
    )


def _finished(result: dict[str, Any]) -> None:
    path = Path(result["path"])
    manifest = path.with_name(f"{path.name}.manifest.json")
    if not path.exists():
        st.warning("This file was deleted since. Export again.")
        return
    st.success(
        f"{result['row_count']:,} rows, {result['size_bytes'] / 1e6:,.1f} MB, "
        f"SHA-256 {result['sha256'][:16]}…",
        icon=":material/check:",
    )
    with st.container(horizontal=True):
        st.download_button(
            f"Download {path.name}",
            data=partial(path.open, "rb"),
            file_name=path.name,
            icon=":material/download:",
            on_click="ignore",
            key="export_file",
        )
        st.download_button(
            "Manifest",
            data=partial(manifest.open, "rb"),
            file_name=manifest.name,
            icon=":material/verified:",
            on_click="ignore",
            key="export_manifest",
        )
