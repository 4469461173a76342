"""Import: items, or an outside model's scores; then what came in, what was refused, and undo."""

from dashboard.components.page_head import page_head
from dashboard.components.rescore_link import SCORES_PART
from dashboard.imports.items_part import show_items
from dashboard.imports.runs_part import show_runs
from dashboard.imports.scores_part import show_scores

_PARTS = {"Items": show_items, SCORES_PART: show_scores}


def show() -> None:
    """Draws the page."""
    part = page_head("Import", list(_PARTS), key="import_part")
    _PARTS[part]()
    show_runs()


show()
