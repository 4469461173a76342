"""Scores: how they are distributed, which items stand in a range, how far they can be believed."""

from core.domain.item_filter import ItemFilter
from core.usecases.score_distribution import without_range
from dashboard import state
from dashboard.components.filter_bar import page_filter
from dashboard.components.no_history import no_history
from dashboard.components.page_head import page_head
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
    part = page_head("Scores", list(_PARTS), key="part")
    wanted = page_filter("scores", with_scores=False)
    if not state.has_history():
        no_history("their distribution appears here.")
        return
    _PARTS[part](_kept_for(part, wanted))


def _kept_for(part: str, wanted: ItemFilter) -> ItemFilter:
    """Ranges belong to the parts that draw them; the others look at everything."""
    if part == "Two labels":
        return wanted
    if part == "Distribution":
        # A second label's range would shorten the list and show nowhere.
        return wanted.model_copy(update=dict.fromkeys(("also_label", "also_min", "also_max")))
    wanted = without_range(wanted)
    state.filter_to_url(wanted)
    return wanted


show()
