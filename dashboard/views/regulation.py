"""Regulation: what our reasons mean in the words of the DSA, and what the platform answers."""

import streamlit as st

from core.usecases.manage_regulation import read_mapping
from dashboard import state
from dashboard.components.words import ago, plain
from dashboard.regulation.answers_table import answers_table
from dashboard.regulation.platform_form import platform_form
from dashboard.regulation.reason_form import reason_form


def show() -> None:
    """Draws the page."""
    workbench, person = state.workbench(), state.person()
    st.header("Regulation", anchor=False)
    mapping = read_mapping(workbench.space, person)
    since = "Nobody has changed the defaults yet: categories only."
    if mapping.changed_at is not None:
        when = ago(mapping.changed_at, workbench.space.clock.now())
        since = f"Version {mapping.version}, saved by {plain(mapping.changed_by or '')} {when}."
    st.caption(
        f"What statements of reasons and the transparency report (page Export) say. {since} "
        "Grounds, explanations and restrictions are legal statements: what is not answered here "
        "is held back, never guessed."
    )
    if (said := state.kept("regulation_saved")) is not None:
        state.keep("regulation_saved", None)
        st.success(said, icon=":material/check:")
    may_change = person.tenants is None
    if not may_change:
        st.info("The mapping holds for all tenants, so it is changed by people who see all.")
    answers_table(mapping)
    reason_form(mapping, may_change=may_change)
    platform_form(mapping, may_change=may_change)


show()
