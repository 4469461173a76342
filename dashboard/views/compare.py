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
from dashboard.components.filter_bar import page_filter
from dashboard.components.no_history import no_history
from dashboard.components.page_head import page_head
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
    part = page_head("Compare", list(_PARTS), key="tab")
    wanted = page_filter("compare", kept=without_range, with_scores=False)
    state.filter_to_url(wanted)
    if not state.has_history():
        no_history("two models or two policies can then be compared on them.")
        return
    chosen = choose_sides()
    try:
        with st.spinner("Reading both sides …", show_time=True):
            found = compared(chosen, wanted)
    except ComparisonError as error:
        st.error(plain(str(error)), icon=":material/join_inner:")
        return
    if show_overlap(found, chosen, wanted):
        _PARTS[part](chosen, wanted)


show()
