"""Scoring a whole selection with another model: a job that keeps what it scores."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.job import Job, JobState
from core.usecases.list_models import ModelRow
from core.usecases.rescore_items import rescoring_size
from dashboard import state
from dashboard.components.filter_bar import page_filter
from dashboard.components.job_progress import done_words, job_progress
from dashboard.components.words import ago, plain
from dashboard.rescore.choices import runnable_models
from data.bootstrap import RESCORING

_PAGE = "rescore"


def show_whole_part() -> None:
    """Draws the part."""
    st.caption(
        "Adds a model's scores to items that lack them, so that models can be compared. "
        "No verdict and no decision changes. It runs on when you leave, and can go on later."
    )
    wanted = page_filter("rescore")
    state.filter_to_url(wanted)
    able, _ = runnable_models()
    if not able:
        st.info("No model can score here. See the Models page.", icon=":material/neurology:")
        return
    names = {row.name: row for row in able}
    fresh = next((row.name for row in able if not row.is_in_use), able[0].name)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = names[
            st.selectbox(
                "Model", list(names), list(names).index(fresh), key="rescore_model", width=320,
                bind="query-params",
            )
        ]  # fmt: skip
        _button(chosen, wanted)
    job_id = state.job_on_page(_PAGE)
    if job_id is not None and (job := job_progress(job_id, key="rescore_job")) is not None:
        st.success(plain(job.result["sentence"]), icon=":material/check:")
    _earlier()


def _button(chosen: ModelRow, wanted: ItemFilter) -> None:
    workbench = state.workbench()
    selected, lacking = rescoring_size(
        workbench.space, workbench.catalogue, chosen.digest, wanted, person=state.person()
    )
    st.button(
        f"Score {lacking:,} item{'' if lacking == 1 else 's'}", type="primary",
        icon=":material/play_arrow:", disabled=not lacking, key="rescore_start",
        on_click=_start, args=(chosen.name, wanted),
    )  # fmt: skip
    if not selected:
        st.caption("No item matches the filter above.")
    elif selected > lacking:
        st.caption(f"{selected - lacking:,} of {selected:,} have its scores.")


def _start(name: str, wanted: ItemFilter) -> None:
    state.show_job(_PAGE, state.workbench().start_rescoring(name, wanted, state.person()))


def _earlier() -> None:
    workbench = state.workbench()
    with workbench.space.store.reading() as parts:
        jobs = [job for job in parts.jobs.recent(50) if job.kind == RESCORING][:5]
    if not jobs:
        return
    st.subheader("Earlier runs", anchor=False)
    for job in jobs:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_words(job))
            if job.state in (JobState.CANCELLED, JobState.FAILED):
                st.button(
                    "Go on", on_click=_resume, args=(job,), icon=":material/resume:",
                    key=f"resume_{job.job_id}",
                    help="What was scored stays; only what is missing is scored.",
                )  # fmt: skip


def _words(job: Job) -> str:
    when = ago(job.started_at, state.workbench().space.clock.now())
    return f"**{job.state.value.capitalize()}** · {plain(job.title)} · {done_words(job)} · {when}"


def _resume(job: Job) -> None:
    request = job.result["request"]
    state.show_job(_PAGE, state.workbench().resume_rescoring(request, state.person()))
