"""Compare: is model B better than A on the same items, and what would settle it."""

from collections.abc import Callable

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.errors import ComparisonError
from core.usecases.score_distribution import without_range
from dashboard import state
from dashboard.compare.compared import compared
from dashboard.compare.disagreements_tab import show_disagreements
from dashboard.compare.flips_tab import show_flips
from dashboard.compare.overlap import show_overlap
from dashboard.compare.quality_tab import show_quality
from dashboard.compare.scores_tab import show_scores
from dashboard.compare.sides import Chosen, choose_sides
from dashboard.compare.slices_tab import show_slices
from dashboard.compare.translation_tab import translation_tab
from dashboard.compare.verdict_tab import show_verdict
from dashboard.components.filter_bar import filter_bar
from dashboard.components.words import plain

_PARTS: dict[str, Callable[[Chosen, ItemFilter], None]] = {
    "Verdict": show_verdict,
    "Flips": show_flips,
    "Scores": show_scores,
    "Quality": show_quality,
    "Slices": show_slices,
    "Disagreements": show_disagreements,
    "Thresholds": translation_tab,
}


def show() -> None:
    """Draws the page."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.header("Compare", anchor=False, width="content")
        part = st.segmented_control(
            "Part", list(_PARTS), default="Verdict", key="tab", required=True,
            bind="query-params", label_visibility="collapsed", width="content",
        )  # fmt: skip
    from_url, problem = state.filter_from_url()
    if problem:
        st.warning(problem, icon=":material/link_off:")
    wanted = filter_bar(
        without_range(from_url), state.facets(), now=state.workbench().space.clock.now(),
        key="compare", with_scores=False,
    )  # fmt: skip
    state.filter_to_url(wanted)
    if not state.has_history():
        st.info(
            "No item has scores yet. Import a file of items: they are scored by themselves, and "
            "two models or two policies can then be compared on them.",
            icon=":material/upload:",
        )
        return
    chosen = choose_sides()
    try:
        with st.spinner("Reading both sides …", show_time=True):
            found = compared(chosen, wanted)
    except ComparisonError as error:
        st.error(plain(str(error)), icon=":material/join_inner:")
        return
    if show_overlap(found, chosen, wanted):
        _PARTS[part or "Verdict"](chosen, wanted)


show()
