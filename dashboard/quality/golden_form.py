"""Settling the right answer of one item."""

import streamlit as st

from core.domain.decision import Outcome
from core.domain.golden_item import GoldenAnswer
from core.domain.label import CITABLE_LABELS, Label
from core.domain.role import Permission
from core.errors import WorkbenchError
from core.usecases.golden_items import mark_golden
from dashboard import state


def golden_form(item_id: int, *, key: str) -> None:
    """Draws the form; nothing for who may not settle answers."""
    person, workbench = state.person(), state.workbench()
    if not person.may(Permission.REVIEW_ESCALATIONS):
        return
    if state.kept("golden_settled") == item_id:
        state.keep("golden_settled", None)
        st.success(
            "Settled. First answers on it count on the part Golden items from now on, also those "
            "that were given before; yours do not.",
            icon=":material/verified:",
        )
    with st.form(f"{key}_golden_{item_id}", border=True):
        st.markdown("**Make it a golden item.** What is the right answer?")
        outcome = st.radio(
            "Right answer", [Outcome.APPROVE.value, Outcome.REJECT.value], horizontal=True,
            label_visibility="collapsed", key=f"{key}_outcome_{item_id}",
        )  # fmt: skip
        reasons = st.pills(
            "Reasons that are right to cite, if it is rejected", list(CITABLE_LABELS),
            selection_mode="multi", format_func=lambda each: Label(each).words,
            key=f"{key}_reasons_{item_id}",
        )  # fmt: skip
        sent = st.form_submit_button("Settle it", icon=":material/verified:")
    if not sent:
        return
    is_rejected = outcome == Outcome.REJECT.value
    if is_rejected and not reasons:
        st.error(
            "Not saved: a rejection needs a reason that is right to cite. Choose one.",
            icon=":material/label:",
        )
        return
    answer = GoldenAnswer(
        outcome=Outcome(outcome), reasons=tuple(reasons) if is_rejected else ()
    )  # fmt: skip
    try:
        mark_golden(workbench.space, workbench.catalogue, person, item_id, answer)
    except WorkbenchError as error:
        st.error(str(error), icon=":material/error:")
        return
    # Drawn anew, so that what stands above counts it.
    state.keep("golden_settled", item_id)
    st.rerun()
