"""All experiments, and which one is looked at."""

from datetime import datetime

import polars as pl
import streamlit as st

from core.usecases.read_experiment import KnownExperiment, idle_words
from dashboard import state
from dashboard.components.words import plain
from dashboard.experiments.words import UNITS

#: The widget's key, and the name in the address.
CHOSEN, NAME = "experiment_chosen", "experiment"


def choose_experiment(experiments: list[KnownExperiment]) -> KnownExperiment:
    """Draws the table and the choice: the one in the address, else the newest that runs."""
    _table(experiments)
    by_id = {str(each.experiment.experiment_id): each for each in experiments}
    linked = state.from_url(NAME)
    if linked is not None and linked not in by_id:
        st.warning("The link's experiment is not in this store.", icon=":material/link_off:")
    if state.value_of(CHOSEN) not in by_id:
        running = [key for key, each in by_id.items() if each.is_running]
        first = next(iter(running or by_id))
        state.put(**{CHOSEN: linked if linked in by_id else first})
    chosen = st.selectbox(
        "Experiment", list(by_id), key=CHOSEN, width=420,
        format_func=lambda key: f"{by_id[key].experiment.name} · {by_id[key].state.value}",
    )  # fmt: skip
    state.to_url(NAME, chosen)
    return by_id[chosen]


def _table(experiments: list[KnownExperiment]) -> None:
    st.dataframe(
        pl.DataFrame(
            {
                "Experiment": [each.experiment.name for each in experiments],
                "State": [_state(each) for each in experiments],
                "Mode": [each.experiment.mode.value for each in experiments],
                "Control": [each.control.display_name for each in experiments],
                "Treatment": [each.treatment.display_name for each in experiments],
                "Split": [
                    f"{each.experiment.treatment_share} % of "
                    f"{each.experiment.participation} % of {UNITS[each.experiment.unit].lower()}"
                    for each in experiments
                ],
                "Units": [sum(each.units) for each in experiments],
                "Since": [_when(each.started_at) for each in experiments],
                "Until": [_when(each.ended_at) for each in experiments],
                "By": [each.experiment.actor for each in experiments],
            }
        ),
        hide_index=True,
        height=min(36 * (len(experiments) + 1) + 2, 36 * 6), row_height=36,
        column_config={"Units": st.column_config.NumberColumn(format="localized")},
    )  # fmt: skip


def _when(moment: datetime | None) -> str:
    return "–" if moment is None else f"{moment:%-d %b %Y, %H:%M}"


def _state(known: KnownExperiment) -> str:
    if known.is_running and known.broken is not None:
        return "running, broken"
    if idle_words(known, state.workbench().catalogue) is not None:
        return "running, without its model"
    return known.state.value


def state_words(known: KnownExperiment) -> str:
    """Who ended it and when; empty while it runs."""
    if known.is_running:
        return ""
    last = known.changes[-1]
    return (
        f"{last.state.value.capitalize()} by {plain(last.actor)} on "
        f"{last.changed_at:%-d %B %Y, %H:%M} UTC."
    )
