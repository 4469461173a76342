"""Saving a changed mapping, with what was refused said beside the form."""

from collections.abc import Callable

import streamlit as st
from pydantic import ValidationError

from core.domain.dsa_mapping import DsaMapping
from core.usecases.manage_regulation import save_mapping
from dashboard import state
from dashboard.components.words import plain
from dashboard.problem import in_words


def save_button(
    words: str, change: Callable[[], DsaMapping], *, may_change: bool, key: str
) -> None:  # fmt: skip
    """A button that saves what `change` makes of the form."""
    if not st.button(words, type="primary", icon=":material/save:", disabled=not may_change,
                     key=key):  # fmt: skip
        return
    try:
        mapping = change()
    except ValidationError as error:
        st.error(plain(in_words(error)), icon=":material/error:")
        return
    saved = save_mapping(state.workbench().space, state.person(), mapping)
    state.keep("regulation_saved", f"Saved as version {saved.version}.")
    st.rerun()
