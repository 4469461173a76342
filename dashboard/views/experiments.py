"""Experiments: a policy tried on part of the traffic, and what may be concluded from it."""

import streamlit as st

from core.usecases.read_experiment import list_experiments
from dashboard import state
from dashboard.components.page_head import page_head
from dashboard.experiments.listing import choose_experiment
from dashboard.experiments.report import show_report
from dashboard.experiments.start_form import show_start

_RESULTS, _START = "Results", "Start one"


def show() -> None:
    """Draws the page."""
    part = page_head("Experiments", [_RESULTS, _START], key="experiments_part")
    if part == _START:
        show_start()
        return
    experiments = list_experiments(state.workbench().space, state.person())
    if not experiments:
        st.info(
            "No experiment was started yet. An experiment splits new items by author or thread: "
            "part of them gets the verdicts of a draft, the rest those of the live policy, and "
            "what people then decide shows which is better.",
            icon=":material/science:",
        )
        return
    show_report(choose_experiment(experiments))


show()
