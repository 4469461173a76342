"""A running job on a page: progress, cancel, and the result once it is over."""

import streamlit as st

from core.domain.job import Job, JobState
from dashboard import state
from dashboard.components.words import plain


def job_progress(job_id: int, *, key: str) -> Job | None:
    """Draws the job while it runs or if it failed; returns it once it is done."""
    job = _job(job_id)
    if job is None:
        return None
    if job.state is JobState.RUNNING:
        _watch(job_id, key)
        return None
    if job.state is JobState.FAILED:
        st.error(plain(job.message or "The job failed."), icon=":material/error:")
        return None
    if job.state is JobState.CANCELLED:
        st.info(plain(job.message or "Cancelled."), icon=":material/cancel:")
        return None
    return job


def _watch(job_id: int, key: str) -> None:
    @st.fragment(run_every=0.5)
    def running() -> None:
        job = _job(job_id)
        if job is None or job.state.is_over:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center", key=key):
            st.progress(job.share or 0.0, text=_words(job))
            st.button(
                "Cancelling…" if job.cancel_requested else "Cancel",
                on_click=state.workbench().jobs.cancel,
                args=(job_id,),
                disabled=job.cancel_requested,
                icon=":material/cancel:",
                key=f"{key}_cancel",
            )

    running()


def _words(job: Job) -> str:
    return f"{plain(job.title)} · {job.stage} · {done_words(job)}"


def done_words(job: Job) -> str:
    """How much is done, and of how much where that is known."""
    return f"{job.done:,} of {job.total:,}" if job.total else f"{job.done:,}"


def _job(job_id: int) -> Job | None:
    with state.workbench().space.store.reading() as parts:
        return parts.jobs.get(job_id)
