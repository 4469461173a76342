"""Import: items, or an outside model's scores; then what came in, what was refused, and undo."""

import streamlit as st

from dashboard.components.rescore_link import SCORES_PART
from dashboard.imports.items_part import show_items
from dashboard.imports.runs_part import show_runs
from dashboard.imports.scores_part import show_scores

_PARTS = {"Items": show_items, SCORES_PART: show_scores}


def show() -> None:
    """Draws the page."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.header("Import", anchor=False, width="content")
        part = st.segmented_control(
            "Part", list(_PARTS), default="Items", key="import_part", required=True,
            bind="query-params", label_visibility="collapsed", width="content",
        )  # fmt: skip
    _PARTS[part or "Items"]()
    show_runs()


show()
