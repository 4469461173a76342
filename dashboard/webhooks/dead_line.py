"""Dead letters where nobody looks for them: on top of Webhooks, and on Overview."""

from collections.abc import Mapping

import streamlit as st

from core.domain.role import Permission
from core.usecases.follow_deliveries import dead_letters
from dashboard import state
from dashboard.components.md_escape import md_escape

#: The state filter's key, which is its name in the address too.
STATE = "delivery_state"


def dead_line(counts: Mapping[str, int]) -> None:
    """Says on Webhooks how many there are, with a way to them; nothing when there are none."""
    if not any(counts.values()):
        return
    with st.container(border=True, key="dead_letters", horizontal=True,
                      vertical_alignment="center", horizontal_alignment="distribute"):  # fmt: skip
        st.markdown(f":red[:material/error:] {_sentence(counts)}", width="content")
        if st.button("Show them", key="show_dead", on_click=_show):
            st.rerun()


def _show() -> None:
    state.put(webhook_chosen=None, **{STATE: "dead"})
    state.to_url("webhook", None)
    state.to_url("delivery", None)


def overview_dead_letters() -> None:
    """Says it on Overview to who may do something about it."""
    person = state.person()
    if not person.may(Permission.MANAGE_WEBHOOKS):
        return
    counts = dead_letters(state.workbench().space, person)
    if not counts:
        return
    with st.container(border=True, key="overview_dead_letters", horizontal=True,
                      vertical_alignment="center", horizontal_alignment="distribute"):  # fmt: skip
        st.markdown(f":red[:material/error:] {_sentence(counts)}", width="content")
        st.page_link("views/webhooks.py", label="Look", query_params={STATE: "dead"})


def _sentence(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    names = ", ".join(md_escape(name) for name, count in counts.items() if count)
    if total == 1:
        return f"**One dead letter** of {names}: a decision that your platform was not told of."
    return f"**{total:,} dead letters** of {names}: decisions that your platform was not told of."
