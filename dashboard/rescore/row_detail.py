"""One row of a trial: the text with the words behind its scores, before and after."""

import polars as pl
import streamlit as st

from core.domain.label import SCORED_LABELS
from core.domain.policy import LabelThresholds
from core.errors import WorkbenchError
from core.usecases.compare_texts import text_difference
from core.usecases.explain_trial import ExplainedRow, explain_row, whole_text
from core.usecases.trial_run import TrialRun
from core.usecases.try_text import TriedText
from dashboard import state
from dashboard.components.tried_text import VERDICTS, marked
from dashboard.components.words import plain


def show_detail(run: TrialRun, number: int, place: int) -> None:
    """Draws the panel; the words are worked out for this row alone."""
    try:
        with st.spinner("Finding the words behind the scores …", show_time=True):
            found = _explained(run, number, place)
    except WorkbenchError as error:
        st.warning(plain(str(error)), icon=":material/search_off:")
        return
    with st.container(border=True, key="trial_detail"):
        if found.before is not None:
            st.markdown(f"**{plain(text_difference(found.before, found.after))}**")
        left, right = st.columns(2, gap="medium")
        with left:
            if found.before is not None:
                _side("A: before", found.before)
            else:
                st.caption("The model in use has not scored this item: there is nothing before.")
        with right:
            _side("B: after", found.after)
        _labels(found)


def _explained(run: TrialRun, number: int, place: int) -> ExplainedRow:
    key = (run.run_id, number, place)
    known = state.kept("trial_row")
    workbench, person = state.workbench(), state.person()
    # The text is read on every run: what was removed must not be shown again.
    text = whole_text(workbench.space, run, place, person=person)
    if known is None or known[0] != key:
        after = workbench.registry.get(run.plan.models[number].name)
        known = (key, explain_row(run, number, place, text, (workbench.classifier, after)))
        state.keep("trial_row", known)
    found: ExplainedRow = known[1]
    return found


def _side(name: str, tried: TriedText) -> None:
    words, colour = VERDICTS[tried.verdict.kind]
    reasons = ", ".join(label.words.lower() for label in tried.verdict.reasons)
    st.markdown(
        f"{name} · :{colour}-badge[{words}]"
        + (f" citing {reasons}" if reasons else "")
        + f" · {plain(tried.model)} under {plain(tried.policy.display_name)}"
    )
    marked(tried)


def _labels(found: ExplainedRow) -> None:
    """Every label's score and bounds on both sides."""
    before = found.before
    labels = [
        label
        for label in SCORED_LABELS
        if label in found.after.scores or (before is not None and label in before.scores)
    ]
    was = [before.scores.get(label) if before else None for label in labels]
    now = [found.after.scores.get(label) for label in labels]
    st.dataframe(
        pl.DataFrame(
            {
                "Label": [label.words for label in labels],
                "Before": was,
                "After": now,
                "Change": [
                    None if a is None or b is None else b - a
                    for a, b in zip(was, now, strict=True)
                ],
                "Bounds before": [_bounds(before, label.value) for label in labels],
                "Bounds after": [_bounds(found.after, label.value) for label in labels],
            },
            schema_overrides=dict.fromkeys(("Before", "After", "Change"), pl.Float64),
        ),
        hide_index=True, key="trial_labels", placeholder="–", row_height=30,
        column_config={
            **{
                name: st.column_config.ProgressColumn(
                    min_value=0.0, max_value=1.0, format="%.3f", width="medium"
                )
                for name in ("Before", "After")
            },
            "Change": st.column_config.NumberColumn(format="%+.3f", width="small"),
            "Bounds before": st.column_config.TextColumn(help=_BOUNDS_HELP),
            "Bounds after": st.column_config.TextColumn(help=_BOUNDS_HELP),
        },
    )  # fmt: skip


_BOUNDS_HELP = "Reviewed from the first on, rejected above the second; –: only people reject."


def _bounds(tried: TriedText | None, label: str) -> str:
    bounds: LabelThresholds | None = None
    if tried is not None:
        bounds = {each.value: value for each, value in tried.bounds.items()}.get(label)
    if bounds is None:
        return "–"
    above = "–" if bounds.reject_above is None else f"{bounds.reject_above:.3f}"
    return f"{bounds.approve_below:.3f} / {above}"
