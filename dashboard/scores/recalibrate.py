"""A new model version whose scores fit what people decided."""

import polars as pl
import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.model_version import ModelVersion
from core.domain.role import Permission
from core.usecases.recalibrate_model import (
    Fit,
    LabelRecalibration,
    Proposal,
    propose_recalibration,
)
from dashboard import state
from dashboard.components.job_progress import job_progress
from data.recalibrating import start_recalibrated_scores, start_recalibration

_PAGE = "recalibration"


def recalibrate(model: ModelVersion, wanted: ItemFilter) -> None:
    """Draws what decisions say about every label, and the button that makes a new version."""
    _job()
    with st.expander("Recalibrate from decisions", icon=":material/straighten:"):
        with st.spinner("Fitting …"):
            workbench = state.workbench()
            proposal = propose_recalibration(
                workbench.histories, workbench.catalogue, state.person(), wanted, model
            )
        if not proposal.review_count:
            st.info("Nobody has decided on these items yet.", icon=":material/rule:")
        else:
            _proposal(proposal)
        _catch_up(model)


def _proposal(proposal: Proposal) -> None:
    if proposal.warning is not None:
        st.warning(
            f"{proposal.warning} Each review counts once here: the new scores will fit the "
            "reviewed items, not everything.",
            icon=":material/balance:",
        )
    st.caption(
        f"From {proposal.review_count:,} reviews"
        f"{'' if proposal.filter.is_empty else ' of the filtered items'}. The new score is "
        "sigmoid(slope × logit(score) + shift), so items keep their order; before and after are "
        "measured on reviews that were set aside in five folds."
    )
    _table(proposal.labels)
    _make(proposal)


def _table(labels: tuple[LabelRecalibration, ...]) -> None:
    st.dataframe(
        pl.DataFrame(
            {
                "Label": [each.label.words for each in labels],
                "Reviews": [each.review_count for each in labels],
                "Harmful": [each.harmful_count for each in labels],
                "ECE": [_change(each.before, each.after, "ece", 3) for each in labels],
                "Brier": [_change(each.before, each.after, "brier", 4) for each in labels],
                "Slope": [f"{each.map.slope:.3f}" if each.map else "–" for each in labels],
                "Shift": [f"{each.map.shift:+.3f}" if each.map else "–" for each in labels],
                "Left alone, because": [each.left_alone or "" for each in labels],
            }
        ),
        hide_index=True,
        column_config={
            "Reviews": st.column_config.NumberColumn(format="localized", width=75),
            "Harmful": st.column_config.NumberColumn(
                format="localized", width=75, help="Rejected citing the label."
            ),
            "ECE": st.column_config.TextColumn(
                width=118, help="Mean gap between score and observed share in ten bins."
            ),
            "Brier": st.column_config.TextColumn(
                width=132, help="Mean of (score − decision)²: 0 is perfect."
            ),
            "Slope": st.column_config.TextColumn(
                width=62, help="Below 1: scores were too extreme."
            ),
            "Shift": st.column_config.TextColumn(
                width=62, help="Below 0: scores of about one half were too high."
            ),
            "Left alone, because": st.column_config.TextColumn(width=390),
        },
    )


def _change(before: Fit | None, after: Fit | None, name: str, digits: int) -> str:
    if before is None:
        return "–"
    first = f"{getattr(before, name):.{digits}f}"
    return first if after is None else f"{first} → {getattr(after, name):.{digits}f}"


def _make(proposal: Proposal) -> None:
    model = proposal.model
    if not proposal.maps:
        st.caption("No label can be recalibrated, so there is no new version to make.")
    elif not state.person().may(Permission.MANAGE_POLICIES):
        st.caption("Making a new model version needs the right to manage policies.")
    elif not state.workbench().registry.can_open(model.name, model.digest):
        st.caption(f"{model.display_name} is not installed here, so nothing can be made from it.")
    else:
        st.button(
            "Make a new model version", type="primary", icon=":material/add:",
            on_click=_start, args=(proposal,), key="recalibrate_make",
            help="Its scores for history are worked out from those of "
            f"{model.display_name}; no verdict and no decision changes.",
        )  # fmt: skip


def _start(proposal: Proposal) -> None:
    state.show_job(_PAGE, start_recalibration(state.workbench(), proposal, state.person()))


def _catch_up(model: ModelVersion) -> None:
    """For a recalibrated version: scores for what came since, without running the text model."""
    recalibration = state.workbench().registry.recalibration(model.digest)
    if recalibration is None or not state.person().may(Permission.MANAGE_POLICIES):
        return
    st.button(
        f"Add scores for what {recalibration.base} scored since", icon=":material/playlist_add:",
        on_click=_add_scores, args=(model,), key="recalibrate_more",
    )  # fmt: skip


def _add_scores(model: ModelVersion) -> None:
    state.show_job(_PAGE, start_recalibrated_scores(state.workbench(), model, state.person()))


def _job() -> None:
    job_id = state.job_on_page(_PAGE)
    if job_id is None or (job := job_progress(job_id, key="recalibrate_job")) is None:
        return
    made = job.result
    st.success(
        f"{made['sentence']} Look at it here: choose it under *Scored by*. Policies read one model "
        f"version, so draft one for it on the page Policies. New items are scored by "
        f"`MODDESK_MODEL`: set it to `{made['name']}` to use it for them.",
        icon=":material/check:",
    )
