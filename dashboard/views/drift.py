"""Drift: whether what comes in, how it scores and what is made of it changed."""

import streamlit as st

from dashboard import state
from dashboard.components.filter_bar import filter_bar
from dashboard.drift.periods_part import show_periods
from dashboard.drift.versions_part import show_versions

_PERIODS, _VERSIONS = "Periods", "Model versions"


def show() -> None:
    """Draws the page."""
    workbench = state.workbench()
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.header("Drift", anchor=False, width="content")
        part = st.segmented_control(
            "Compare", [_PERIODS, _VERSIONS], default=_PERIODS, key="compare", required=True,
            bind="query-params", label_visibility="collapsed", width="content",
        )  # fmt: skip
    from_url, problem = state.filter_from_url()
    if problem:
        st.warning(problem, icon=":material/link_off:")
    wanted = filter_bar(
        from_url, state.facets(), now=workbench.space.clock.now(), key="drift",
        with_scores=False, with_period=part == _VERSIONS,
    )  # fmt: skip
    state.filter_to_url(wanted)
    if not state.has_history():
        st.info(
            "No item has scores yet. Import a file of items: they are scored by themselves, and "
            "what changes from then on appears here.",
            icon=":material/upload:",
        )
        return
    if part == _VERSIONS:
        show_versions(wanted)
    else:
        show_periods(wanted)


show()
