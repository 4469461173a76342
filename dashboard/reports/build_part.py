"""Building a report from the page, and what to do with it."""

import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from core.domain.report import ReportDefinition
from core.usecases.keep_reports import remove_report, save_report
from dashboard import state
from dashboard.components.job_progress import job_progress
from dashboard.components.words import plain
from dashboard.export_file import new_export_file
from data.reports.building import start_report


def build_part(definition: ReportDefinition) -> None:
    """Buttons to build and to save, the running job, and the files once it is done."""
    saved = state.from_url("report")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Build the report", type="primary", icon=":material/description:", on_click=_start,
            args=(definition,), key="report_build",
        )  # fmt: skip
        st.button(
            f"Save as “{plain(definition.name)}”", icon=":material/bookmark_add:", on_click=_save,
            args=(definition,), key="report_save",
            help="Under its title, in the place of an earlier one of that name. Others can open "
            "it by the address of this page, and `moddesk report --saved` builds it by a timer.",
        )  # fmt: skip
        if saved is not None:
            st.button(
                "Remove the saved one", icon=":material/bookmark_remove:", on_click=_remove,
                args=(saved,), key="report_remove",
            )  # fmt: skip
    if (said := state.kept("report_said")) is not None:
        state.keep("report_said", None)
        st.toast(plain(said))
    job_id = state.job_on_page("reports")
    if job_id is not None and (job := job_progress(job_id, key="report_job")) is not None:
        _finished(job.result)


def _start(definition: ReportDefinition) -> None:
    workbench = state.workbench()
    now = workbench.space.clock.now()
    path = new_export_file(workbench.settings.export_folder, definition.name, "zip", now)
    state.show_job("reports", start_report(workbench, definition, path, state.person()))


def _save(definition: ReportDefinition) -> None:
    save_report(state.workbench().space, state.person(), definition)
    state.keep("report_taken", definition.name)
    state.put(report_chosen=definition.name)
    state.to_url("report", definition.name)
    state.keep("report_said", f"Saved as {definition.name}.")


def _remove(name: str) -> None:
    remove_report(state.workbench().space, state.person(), name)
    state.to_url("report", None)
    state.put(report_chosen="Not saved")
    state.keep("report_taken", None)
    state.keep("report_said", f"Removed {name}. Reports that were built stay.")


def _finished(result: dict[str, Any]) -> None:
    path = Path(result["path"])
    if not path.exists():
        st.warning("This file was deleted since. Build the report again.")
        return
    st.success(
        f"{path.stat().st_size / 1e6:,.1f} MB, SHA-256 {result['sha256'][:16]}…",
        icon=":material/check:",
    )
    downloads(path, "built")


def downloads(path: Path, key: str) -> None:
    """The zip, and what people open first of it."""
    with st.container(horizontal=True):
        st.download_button(
            "Download all (zip)", data=partial(path.open, "rb"), file_name=path.name,
            icon=":material/folder_zip:", on_click="ignore", key=f"report_zip_{key}",
        )  # fmt: skip
        for ending, icon in (("html", "html"), ("pdf", "picture_as_pdf")):
            st.download_button(
                ending.upper(), data=partial(_member, path, f"report.{ending}"),
                file_name=f"{path.stem}.{ending}", icon=f":material/{icon}:", on_click="ignore",
                key=f"report_{ending}_{key}",
            )  # fmt: skip


def _member(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as whole:
        return whole.read(name)
