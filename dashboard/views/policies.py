"""Policies: what a rule would change, where to put its bounds, how versions come and go."""

from collections.abc import Callable

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.usecases.score_distribution import without_range
from dashboard import state
from dashboard.components.filter_bar import filter_bar
from dashboard.policies.lab import show_lab
from dashboard.policies.shadow import show_shadow
from dashboard.policies.text_bench import show_text_bench
from dashboard.policies.threshold_helper import show_helper
from dashboard.policies.versions import show_versions

_ON_HISTORY: dict[str, Callable[[ItemFilter], None]] = {
    "Lab": show_lab,
    "Thresholds": show_helper,
    "Shadow": show_shadow,
}
_OTHERS: dict[str, Callable[[], None]] = {
    "Versions": show_versions,
    "Try texts": show_text_bench,
}


def show() -> None:
    """Draws the page."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.header("Policies", anchor=False, width="content")
        part = st.segmented_control(
            "Part", [*_ON_HISTORY, *_OTHERS], default="Lab", key="policies_part", required=True,
            bind="query-params", label_visibility="collapsed", width="content",
        )  # fmt: skip
    part = part or "Lab"
    if part in _OTHERS:
        _OTHERS[part]()
        return
    from_url, problem = state.filter_from_url()
    if problem:
        st.warning(problem, icon=":material/link_off:")
    wanted = filter_bar(
        without_range(from_url), state.facets(), now=state.workbench().space.clock.now(),
        key="policies", with_scores=False,
    )  # fmt: skip
    state.filter_to_url(wanted)
    if not state.has_history():
        st.info(
            "No item has scores yet. Import a file of items: they are scored by themselves, and "
            "policies can then be tried on them.",
            icon=":material/upload:",
        )
        return
    _ON_HISTORY[part](wanted)


show()
