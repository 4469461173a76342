"""Export: records of any filter, what the Digital Services Act asks for, and its checks."""

from dashboard.components.page_head import page_head
from dashboard.exports.check_part import show_check
from dashboard.exports.records_part import show_records
from dashboard.exports.regulatory_part import show_regulatory

_PARTS = {"Records": show_records, "Regulatory": show_regulatory, "Check a report": show_check}


def show() -> None:
    """Draws the page."""
    part = page_head("Export", list(_PARTS), key="export_part")
    _PARTS[part]()


show()
