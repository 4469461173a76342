"""The head of a page that has parts: its title, and which part is shown."""

from collections.abc import Sequence

import streamlit as st


def page_head(title: str, parts: Sequence[str], *, key: str, label: str = "Part") -> str:
    """Draws the head; the chosen part, at first the first one. The choice is in the address."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.header(title, anchor=False, width="content")
        part = st.segmented_control(
            label, parts, default=parts[0], key=key, required=True,
            bind="query-params", label_visibility="collapsed", width="content",
        )  # fmt: skip
    return part or parts[0]
