"""Models: which can score, what they reach, where they are used; try a text, score history."""

import polars as pl
import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.job import Job, JobState
from core.usecases.list_items import count_items
from core.usecases.list_models import ModelRow
from dashboard import state
from dashboard.components.filter_bar import filter_bar
from dashboard.components.job_progress import job_progress
from dashboard.components.tried_text import marked, scores_table, verdict_line
from dashboard.components.words import ago
from data.bootstrap import RESCORING

_HISTORY = "Score history"


def show() -> None:
    """Draws the page."""
    st.header("Models", anchor=False)
    rows = state.workbench().models()
    _table(rows)
    usable = {row.name: row for row in rows if row.is_installed}
    # Links that lead here from other pages are about scoring what is missing.
    linked = bool(state.from_url("model_chosen")) or not state.filter_from_url()[0].is_empty
    chosen = usable[
        st.selectbox(
            "Model", list(usable), format_func=lambda name: usable[name].display_name,
            key="model_chosen", width=320, bind="query-params",
        )
    ]  # fmt: skip
    trying, quality, history = st.tabs(
        ["Try a text", "Quality", _HISTORY], default=_HISTORY if linked else None
    )
    with trying:
        _try(chosen)
    with quality:
        _quality(chosen)
    with history:
        _history(chosen)


def _table(rows: list[ModelRow]) -> None:
    st.dataframe(
        pl.DataFrame(
            {
                "Model": [row.display_name for row in rows],
                "In use": [row.is_in_use for row in rows],
                "Kind": [row.kind for row in rows],
                "Items scored": [row.item_count for row in rows],
                "Read by": [", ".join(row.policies) or "–" for row in rows],
                "Digest": [row.digest[:12] for row in rows],
                "Origin": [row.note for row in rows],
                "Labels": [", ".join(label.words for label in row.labels) for row in rows],
            }
        ),
        hide_index=True,
        column_config={
            "Items scored": st.column_config.NumberColumn(format="localized"),
            "Digest": st.column_config.TextColumn(
                help="SHA-256 over everything that decides the scores; checked at load."
            ),
        },
    )


def _try(chosen: ModelRow) -> None:
    st.caption("Nothing is stored. The words in colour raised the score.")
    with st.form("try_form", border=False):
        text = st.text_area(
            "Text", max_chars=10_000, key="try_text", height=120,
            placeholder="Paste a text and press Score",
        )  # fmt: skip
        pressed = st.form_submit_button("Score", type="primary", icon=":material/science:")
    if not pressed:
        return
    if not text.strip():
        st.info("Type or paste a text first.")
        return
    with st.spinner("Scoring and explaining …"):
        tried = state.workbench().try_text(chosen.name, text)
    verdict_line(tried)
    marked(tried)
    scores_table(tried)


def _quality(chosen: ModelRow) -> None:
    _held_out(chosen)
    if st.button("Measure speed here", icon=":material/speed:", key="models_speed"):
        with st.spinner("Scoring 200 short posts …"):
            rate = state.workbench().speed(chosen.name)
        st.markdown(
            f"{chosen.name} scores **{rate:,.0f} short posts a second** on this machine now."
        )


def _held_out(chosen: ModelRow) -> None:
    if not chosen.held_out:
        st.info(
            "This model's quality was not measured here. Run it on labelled rows: "
            f"`moddesk evaluate --model {chosen.name} FILE.parquet`."
        )
        return
    st.caption(
        "On rows that nothing was trained on. Scores are probabilities at the stated base rate; "
        "the model card has the data, their licences and the limits."
    )
    results = chosen.held_out
    st.dataframe(
        pl.DataFrame(
            {
                "Label": [label.words for label in results],
                "Rows": [result.count for result in results.values()],
                "Positives": [result.positives for result in results.values()],
                "Base rate": [result.base_rate for result in results.values()],
                "AUROC": [result.auroc for result in results.values()],
                "AUPRC": [result.auprc for result in results.values()],
                "Calibration error": [result.ece for result in results.values()],
            }
        ),
        hide_index=True,
    )


def _history(chosen: ModelRow) -> None:
    workbench = state.workbench()
    st.caption(
        "Adds this model's scores to items that lack them, so that it can be compared. "
        "No verdict and no decision changes."
    )
    wanted = filter_bar(
        state.filter_from_url()[0], state.facets(), now=workbench.space.clock.now(), key="rescore"
    )
    count = count_items(workbench.space, workbench.catalogue, wanted, person=state.person())
    st.button(
        f"Score {count:,} item{'s' if count != 1 else ''} with {chosen.name}",
        type="primary",
        icon=":material/play_arrow:",
        disabled=count == 0,
        on_click=_start,
        args=(chosen.name, wanted),
        key="rescore_start",
    )
    job_id = state.job_on_page("models")
    if job_id is not None and (job := job_progress(job_id, key="rescore_job")) is not None:
        st.success(job.result["sentence"], icon=":material/check:")
    _earlier()


def _start(name: str, wanted: ItemFilter) -> None:
    state.show_job("models", state.workbench().start_rescoring(name, wanted, state.person()))


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
    done = f"{job.done:,} of {job.total:,}" if job.total else f"{job.done:,}"
    when = ago(job.started_at, state.workbench().space.clock.now())
    return f"**{job.state.value.capitalize()}** · {job.title} · {done} · {when}"


def _resume(job: Job) -> None:
    request = job.result["request"]
    state.show_job("models", state.workbench().resume_rescoring(request, state.person()))


show()
