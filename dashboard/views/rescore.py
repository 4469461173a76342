"""Re-score: what items would get from other model versions or another policy, now."""

from collections.abc import Callable

import streamlit as st

from dashboard.components.rescore_link import WHOLE_PART
from dashboard.rescore.results import show_results
from dashboard.rescore.sample_part import show_sample_part
from dashboard.rescore.texts_part import show_texts_part
from dashboard.rescore.whole_part import show_whole_part

_TRIED: dict[str, Callable[[], None]] = {
    "Sample": show_sample_part,
    "Own texts": show_texts_part,
}


def show() -> None:
    """Draws the page."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.header("Re-score", anchor=False, width="content")
        part = st.segmented_control(
            "Part", [*_TRIED, WHOLE_PART], default="Sample", key="rescore_part", required=True,
            bind="query-params", label_visibility="collapsed", width="content",
        )  # fmt: skip
    if part == WHOLE_PART:
        show_whole_part()
        return
    _TRIED[part or "Sample"]()
    show_results()


show()
