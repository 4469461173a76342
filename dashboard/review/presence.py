"""Who else works on the queue just now."""

import streamlit as st

from core.usecases.claim_tasks import WorkRequest, also_looking
from dashboard import state

#: Presence is a courtesy, not a lock: claims keep people apart.
_SECONDS = 10
_NAMED = 3


def show_presence(work: WorkRequest) -> None:
    """One quiet line above the card; nothing when nobody else is there."""

    @st.fragment(run_every=_SECONDS)
    def line() -> None:
        others = also_looking(state.workbench().space, state.person(), work.queue)
        if others:
            more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
            st.text(f"Also looking: {', '.join(others[:_NAMED])}{more}")

    line()
