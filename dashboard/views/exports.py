"""Export: records of any filter, what the Digital Services Act asks for, and its checks."""

import streamlit as st

from dashboard.exports.check_part import show_check
from dashboard.exports.records_part import show_records
from dashboard.exports.regulatory_part import show_regulatory

_PARTS = {"Records": show_records, "Regulatory": show_regulatory, "Check a report": show_check}


def show() -> None:
    """Draws the page."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.header("Export", anchor=False, width="content")
        part = st.segmented_control(
            "Part", list(_PARTS), default="Records", key="export_part", required=True,
            bind="query-params", label_visibility="collapsed", width="content",
        )  # fmt: skip
    _PARTS[part or "Records"]()


show()
