"""What pages about scored history say while there is none."""

import streamlit as st


def no_history(then: str) -> None:
    """Says what to do first; `then` ends the sentence with what comes of it here."""
    st.info(
        "No item has scores yet. Import a file of items: they are scored by themselves, and "
        f"{then}",
        icon=":material/upload:",
    )
