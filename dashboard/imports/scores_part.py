"""Scores that an outside model gave to items: upload, look, map, run, then compare."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.domain.import_run import ImportRun
from core.domain.outside_labels import Target, likely_source
from core.domain.score_mapping import ScoreColumns, find_columns
from core.errors import WorkbenchError
from core.store.reader import FileShape
from core.usecases.list_imports import find_import
from core.usecases.outside_models import NAME_MAX, VERSION_MAX, OutsideModel, outside_model
from dashboard import state
from dashboard.components.job_progress import job_progress
from dashboard.components.words import plain
from dashboard.imports.chosen_file import chosen_file
from dashboard.imports.refused_part import show_refused
from dashboard.imports.score_mapping_form import columns_form, labels_form
from dashboard.pages import pages_for
from data.score_imports import ScoreFile, ScoreFileLook, look_at_scores, start_score_import

_PAGE = "score_import"


def show_scores() -> None:
    """Draws the part."""
    st.caption(
        "Scores that another model gave to items which are here already: Perspective, OpenAI "
        "moderation, a vendor. One row per item with a column per label, one row per item and "
        "label, or lines with the service's own answers. They are kept as a model version that "
        "does not run here; no verdict and no decision changes."
    )
    if (chosen := chosen_file("File with scores", key="scores")) is not None:
        _prepare(*chosen)
    _running()


def _prepare(upload: Any, codec: str | None) -> None:
    try:
        path = state.uploaded_file(
            upload.file_id, upload.name, upload.getbuffer, kind="score_upload"
        )
        shape: FileShape = _once(
            "shape", (path, codec), lambda: state.workbench().look_at(path, codec)
        )
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    columns = columns_form(shape.columns, _guess(shape))
    try:
        with st.spinner("Reading the labels …"):
            look: ScoreFileLook = _once(
                "look", (path, codec, tuple(columns.items())),
                lambda: look_at_scores(path, codec, columns),
            )  # fmt: skip
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/rule:")
        _first_rows(shape)
        return
    size = f"{shape.size_bytes / 1e6:,.1f} MB"
    st.markdown(
        f"**{shape.format.upper()}**, {size}: {look.columns.layout.words}, "
        f"{len(look.labels)} labels. First rows:"
    )
    _first_rows(shape)
    targets = labels_form(look.labels)
    problem = _problem(look, targets)
    file = ScoreFile(path=path, name=upload.name, encoding=codec, columns=columns, targets=targets)
    _start_form(file, look, problem)


def _first_rows(shape: FileShape) -> None:
    st.dataframe(shape.preview, hide_index=True, height=180, key="scores_preview")
    for notice in shape.notices:
        st.warning(plain(notice))


def _once(what: str, key: object, make: Callable[[], Any]) -> Any:
    """What `make` answers for the key: a file is not read anew whenever something is clicked."""
    known = state.kept(f"score_{what}")
    if known is None or known[0] != key:
        known = (key, make())
        state.keep(f"score_{what}", known)
    return known[1]


def _guess(shape: FileShape) -> ScoreColumns | None:
    try:
        return find_columns(shape.columns, {})
    except WorkbenchError:
        return None


def _problem(look: ScoreFileLook, targets: dict[str, Target]) -> str | None:
    try:
        look.mapping(targets)
    except WorkbenchError as error:
        return str(error)
    return None


def _start_form(file: ScoreFile, look: ScoreFileLook, problem: str | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Model", likely_source(look.labels), max_chars=NAME_MAX, key="scores_model", width=220,
            placeholder="perspective",
        )  # fmt: skip
        version = st.text_input(
            "Version", max_chars=VERSION_MAX, key="scores_version", width=180,
            placeholder="2024-11",
            help="The version or month it stands for. Files with other items can be added to the "
            "same version; other scores of the same items need another one.",
        )  # fmt: skip
        tenant = st.text_input(
            "Tenant of rows that name none", key="scores_tenant", max_chars=200, width=260,
            placeholder="any: the id is looked for",
        )  # fmt: skip
    model = OutsideModel(name=name, version=version)
    unnamed = _name_problem(model)
    if problem:
        st.error(plain(problem), icon=":material/rule:")
    elif unnamed:
        # What was not typed yet is no mistake.
        (st.error if name.strip() and version.strip() else st.info)(plain(unnamed))
    st.button(
        "Import scores", type="primary", icon=":material/upload:",
        disabled=bool(problem or unnamed),
        on_click=_start, args=(file, model, tenant.strip() or None), key="scores_start",
    )  # fmt: skip


def _name_problem(model: OutsideModel) -> str | None:
    try:
        outside_model(model.name, model.version, state.workbench().registry.names())
    except WorkbenchError as error:
        return str(error)
    return None


def _start(file: ScoreFile, model: OutsideModel, tenant: str | None) -> None:
    job_id = start_score_import(state.workbench(), file, model, state.person(), tenant=tenant)
    state.show_job(_PAGE, job_id)


def _running() -> None:
    job_id = state.job_on_page(_PAGE)
    if job_id is None or (job := job_progress(job_id, key="scores_job")) is None:
        return
    run = find_import(state.workbench().space, state.person(), int(job.result["import_id"]))
    if run is None:
        return
    (st.success if run.new_count or not run.rejected_count else st.warning)(plain(run.sentence))
    _compare_link(run)
    if run.rejected_count:
        show_refused(run)


def _compare_link(run: ImportRun) -> None:
    number = run.model_version_id
    if number is None or not any(entry.view == "compare" for entry in pages_for(state.person())):
        return
    st.page_link(
        "views/compare.py", label=f"Compare with {plain(run.scores_of or '')}",
        icon=":material/compare_arrows:", query_params={"b": str(number)},
    )  # fmt: skip
