"""Re-score: what items would get from other model versions or another policy, now."""

from collections.abc import Callable

from dashboard.components.page_head import page_head
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
    part = page_head("Re-score", [*_TRIED, WHOLE_PART], key="rescore_part")
    if part == WHOLE_PART:
        show_whole_part()
        return
    _TRIED[part]()
    show_results()


show()
