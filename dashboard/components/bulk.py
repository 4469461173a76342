"""Decisions on many items from a list: carried out, told, and taken back as a whole."""

from collections.abc import Collection
from uuid import UUID

import streamlit as st

from core.usecases.decide_in_bulk import BulkDecision, decide_in_bulk
from core.usecases.review_item import undo_batch
from dashboard import state
from dashboard.components.decision_dialog import VERBS


def decide_all(item_ids: list[int], decision: BulkDecision, *, blind: Collection[int] = ()) -> None:
    """Decides the items as one batch and keeps what became of it for the banner.

    `blind` are those that were listed without their scores.
    """
    workbench = state.workbench()
    result = decide_in_bulk(
        workbench.space, state.person(), item_ids, decision,
        policy_version_id=workbench.catalogue.policy.policy_version_id, blind=blind,
    )  # fmt: skip
    state.remember_batch(
        result.batch_id,
        f"{VERBS[decision.outcome]}: {result.decided_count:,} of {len(item_ids):,} items.",
        workbench.space.clock.now() + workbench.space.rules.undo_window,
        sorted(set(result.refused.values())),
    )


def batch_banner() -> None:
    """What the last bulk decision did, with a way back while there is one."""
    batch = state.last_batch()
    if batch is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="batch"):
        st.markdown(f":material/done_all: {batch.sentence}", width="stretch")
        if state.workbench().space.clock.now() < batch.undo_until:
            st.button(
                "Undo all",
                icon=":material/undo:",
                on_click=_undo_batch,
                args=(batch.batch_id,),
                key="undo_batch",
            )
        st.button("Dismiss", on_click=state.forget_batch, key="dismiss_batch", type="tertiary")
    for sentence in batch.refusals:
        st.warning(f"Left as they were: {sentence}", icon=":material/pan_tool:")


def _undo_batch(batch_id: UUID) -> None:
    done, refused = undo_batch(state.workbench().space, state.person(), batch_id)
    sentence = f"Taken back: {done:,} decisions."
    if refused:
        sentence += f" {refused:,} could not be: they were decided again or are in effect."
    state.remember_batch(batch_id, sentence, state.workbench().space.clock.now(), [])
