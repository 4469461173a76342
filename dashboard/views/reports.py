"""Reports: what is handed to a lead, the regulator or the public, and what it rests on."""

import streamlit as st

from dashboard import state
from dashboard.components.no_history import no_history
from dashboard.reports.build_part import build_part
from dashboard.reports.choose_report import choose_report
from dashboard.reports.past_runs import past_runs
from dashboard.reports.preview import preview


def show() -> None:
    """Draws the page."""
    st.header("Reports", anchor=False)
    st.caption(
        "A period in one HTML and one PDF file, with every table as CSV and Parquet and a manifest "
        "that says what it rests on. The same report of the same facts has the same bytes."
    )
    if not state.has_history():
        no_history("there is something to report.")
        past_runs()
        return
    definition = choose_report()
    if definition is not None:
        build_part(definition)
        preview(definition)
    past_runs()


show()
