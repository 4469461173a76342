"""Policies: what a rule would change, where to put its bounds, how versions come and go."""

from collections.abc import Callable

from core.domain.item_filter import ItemFilter
from core.usecases.score_distribution import without_range
from dashboard import state
from dashboard.components.filter_bar import page_filter
from dashboard.components.no_history import no_history
from dashboard.components.page_head import page_head
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
    part = page_head("Policies", [*_ON_HISTORY, *_OTHERS], key="policies_part")
    if part in _OTHERS:
        _OTHERS[part]()
        return
    wanted = page_filter("policies", kept=without_range, with_scores=False)
    state.filter_to_url(wanted)
    if not state.has_history():
        no_history("policies can then be tried on them.")
        return
    _ON_HISTORY[part](wanted)


show()
