"""Scores: how they are distributed, which items stand in a range, how far they can be believed."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.usecases.score_distribution import without_range
from dashboard import state
from dashboard.components.filter_bar import filter_bar
from dashboard.scores.calibration_tab import show_calibration
from dashboard.scores.distribution_tab import show_distribution
from dashboard.scores.harm_tab import show_harm
from dashboard.scores.two_labels_tab import show_two_labels

_PARTS = {
    "Distribution": show_distribution,
    "Two labels": show_two_labels,
    "Calibration": show_calibration,
    "Harm and samples": show_harm,
}


def show() -> None:
    """Draws the page."""
    workbench = state.workbench()
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.header("Scores", anchor=False, width="content")
        part = st.segmented_control(
            "Part", list(_PARTS), default="Distribution", key="part", required=True,
            bind="query-params", label_visibility="collapsed", width="content",
        )  # fmt: skip
    from_url, problem = state.filter_from_url()
    if problem:
        st.warning(problem, icon=":material/link_off:")
    wanted = filter_bar(
        from_url, state.facets(), now=workbench.space.clock.now(), key="scores", with_scores=False
    )
    if not state.has_history():
        _empty()
        return
    _PARTS[part or "Distribution"](_kept_for(part, wanted))


def _kept_for(part: str | None, wanted: ItemFilter) -> ItemFilter:
    """Ranges belong to the parts that draw them; the others look at everything."""
    if part == "Two labels":
        return wanted
    if part in ("Distribution", None):
        # A second label's range would shorten the list and show nowhere.
        return wanted.model_copy(update=dict.fromkeys(("also_label", "also_min", "also_max")))
    wanted = without_range(wanted)
    state.filter_to_url(wanted)
    return wanted


def _empty() -> None:
    st.info(
        "No item has scores yet. Import a file of items: they are scored by themselves, and their "
        "distribution appears here.",
        icon=":material/upload:",
    )


show()
