"""What a trial found: while it runs row by row, afterwards with what to do about it."""

from datetime import timedelta

import streamlit as st

from core.usecases.trial_changes import changed_rows, trial_changes
from core.usecases.trial_run import TrialProgress, TrialRun, TrialState
from dashboard import state
from dashboard.components.words import ago, plain, span
from dashboard.rescore.actions import show_actions
from dashboard.rescore.change_facts import show_changes
from dashboard.rescore.change_table import choose_row, show_rows
from dashboard.rescore.row_detail import show_detail
from dashboard.rescore.start import follow, followed, trial_problem

#: As many rows as a running trial shows: every half second they are sent anew.
_SHOWN_RUNNING = 100


def show_results() -> None:
    """Draws the run that this tab follows, or what to do to get one."""
    if (problem := trial_problem()) is not None:
        st.error(plain(problem), icon=":material/error:")
    run = followed()
    if run is None:
        _nothing_yet()
    elif run.progress.is_over:
        _finished(run)
    else:
        _running(run)


def _nothing_yet() -> None:
    mine = state.workbench().trials.of(state.person())
    st.info(
        "Choose items and press the button: what they would get appears here row by row, those "
        "whose verdict changes first. Nothing is stored until you keep it.",
        icon=":material/science:",
    )
    if mine:
        st.caption("Your trials that are still in memory:")
        _others(mine)


def _others(runs: list[TrialRun]) -> None:
    now = state.workbench().space.clock.now()
    with st.container(horizontal=True):
        for run in runs[:6]:
            names = ", ".join(plain(each.name) for each in run.plan.models)
            st.button(
                f"{run.plan.title} · {names} · {ago(run.started_at, now)}",
                key=f"trial_{run.run_id}", on_click=follow, args=(run.run_id,), type="tertiary",
                icon=":material/history:",
            )  # fmt: skip


def _running(run: TrialRun) -> None:
    @st.fragment(run_every=0.5)
    def watch() -> None:
        progress = run.progress
        if progress.is_over or followed() is not run:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center", key="trial_progress"):
            st.progress(progress.share, text=progress_words(progress))
            st.button(
                "Cancelling …" if run.is_cancelled else "Cancel", on_click=run.cancel,
                disabled=run.is_cancelled, icon=":material/cancel:", key="trial_cancel",
            )  # fmt: skip
        if progress.done:
            number = _chosen_model(run)
            show_changes(trial_changes(run, number))
            rows = changed_rows(run, number)
            show_rows(run, number, rows.head(_SHOWN_RUNNING))
            if rows.height > _SHOWN_RUNNING:
                st.caption(f"The first {_SHOWN_RUNNING} of {rows.height:,}, flips first.")

    watch()


def _finished(run: TrialRun) -> None:
    progress = run.progress
    said, done = st.columns([3, 2], vertical_alignment="center")
    with said:
        _outcome(run, progress)
    with (
        done,
        st.container(
            horizontal=True, horizontal_alignment="right", key="trial_actions", gap="small"
        ),
    ):
        show_actions(run)
    if not progress.done:
        return

    @st.fragment
    def explore() -> None:
        number = _chosen_model(run)
        show_changes(trial_changes(run, number))
        place = choose_row(run, number, changed_rows(run, number))
        if place is not None:
            show_detail(run, number, place)

    explore()
    others = [each for each in state.workbench().trials.of(run.person) if each is not run]
    if others:
        with st.expander(f"Earlier trials in memory ({len(others)})", icon=":material/history:"):
            _others(others)


def _chosen_model(run: TrialRun) -> int:
    """The model whose changes are shown."""
    models = run.plan.models
    if len(models) == 1:
        return 0
    names = [each.display_name for each in models]
    chosen = st.segmented_control(
        "Model shown", names, default=names[0], required=True, key=f"trial_model_{run.run_id}",
        label_visibility="collapsed",
    )  # fmt: skip
    return names.index(chosen) if chosen in names else 0


def _outcome(run: TrialRun, progress: TrialProgress) -> None:
    if progress.state is TrialState.FAILED:
        st.error(
            f"{plain(progress.message or 'It failed.')} {_kept_words(progress)}",
            icon=":material/error:",
        )
        return
    pace = f" ({progress.per_second:,.0f} a second)" if progress.per_second else ""
    names = ", ".join(plain(model.name) for model in run.plan.models)
    policy = plain(run.plan.policy.display_name)
    words = [f"**{run.plan.title}** by **{names}** under **{policy}**"]
    if progress.state is TrialState.CANCELLED:
        words.append(f"cancelled. {_kept_words(progress)}")
    else:
        words.append(f"{max(progress.seconds, 0.1):,.1f} s{pace}")
    st.markdown(" · ".join(words))
    notes = [
        f"{count:,} had scores of {plain(run.plan.models[number].name)} already: read, not scored."
        for number, count in progress.reused.items()
        if count
    ]
    notes += [f"{progress.gone:,} were removed meanwhile."] if progress.gone else []
    notes += _left_out(run)
    if notes:
        st.caption(" ".join(notes))


def _left_out(run: TrialRun) -> list[str]:
    sample = run.plan.sample
    if sample is None or not sample.left_out:
        return []
    return [f"{sample.left_out:,} selected items have no scores to spread the sample by."]


def _kept_words(progress: TrialProgress) -> str:
    if not progress.done:
        return "Nothing was scored."
    return f"The {progress.done:,} of {progress.total:,} that were scored are below."


def progress_words(progress: TrialProgress) -> str:
    """How far a running trial is, such as "320 of 2,000 · 354 a second · 5 s left"."""
    if not progress.done:
        return f"{progress.stage.capitalize()} …"
    words = [f"{progress.done:,} of {progress.total:,}"]
    if progress.per_second:
        words.append(f"{progress.per_second:,.0f} a second")
    if progress.seconds_left is not None:
        words.append(f"{span(timedelta(seconds=progress.seconds_left + 0.5))} left")
    return " · ".join(words)
