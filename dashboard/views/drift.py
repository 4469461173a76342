"""Drift: whether what comes in, how it scores and what is made of it changed."""

from dashboard import state
from dashboard.components.filter_bar import page_filter
from dashboard.components.no_history import no_history
from dashboard.components.page_head import page_head
from dashboard.drift.periods_part import show_periods
from dashboard.drift.versions_part import show_versions

_PERIODS, _VERSIONS = "Periods", "Model versions"


def show() -> None:
    """Draws the page."""
    part = page_head("Drift", [_PERIODS, _VERSIONS], key="compare", label="Compare")
    wanted = page_filter("drift", with_scores=False, with_period=part == _VERSIONS)
    state.filter_to_url(wanted)
    if not state.has_history():
        no_history("what changes from then on appears here.")
        return
    if part == _VERSIONS:
        show_versions(wanted)
    else:
        show_periods(wanted)


show()
