"""Ending an experiment: stopped, or shipped with what was known then."""

import streamlit as st

from core.domain.experiment import NOTE_MAX, NOTE_MIN
from core.domain.item_filter import ItemFilter
from core.errors import WorkbenchError
from core.experiments.split_verdict import ship_concerns
from core.policies.rule_words import rule_differences
from core.usecases.manage_policies import concerns, seen
from core.usecases.preview_policy import preview_policy
from core.usecases.read_experiment import ExperimentReport, KnownExperiment
from core.usecases.run_experiment import ship_experiment, stop_experiment
from dashboard import state
from dashboard.components.words import plain
from dashboard.policies.publish_dialog import preview_words


def show_endings(known: KnownExperiment, report: ExperimentReport) -> None:
    """Draws the two ways."""
    with st.container(horizontal=True):
        if known.broken is None and st.button(
            f"Ship {plain(known.treatment.display_name)}", key="experiment_ship",
            icon=":material/rocket_launch:",
            type="secondary" if ship_concerns(report.numbers, report.verdict) else "primary",
            help="Ends the experiment and makes the treatment live for everything.",
        ):  # fmt: skip
            _ship(known, report)
        with st.popover("Stop", icon=":material/stop_circle:"):
            st.markdown(
                "The live policy decides everything again. What was measured so far is kept."
            )
            note = st.text_area("Note (optional)", key="experiment_stop_note", max_chars=NOTE_MAX)
            if st.button("Stop the experiment", key="experiment_stop_confirm"):
                _stop(known, note)


def _stop(known: KnownExperiment, note: str) -> None:
    workbench, person = state.workbench(), state.person()
    try:
        stop_experiment(workbench.space, person, known.experiment.experiment_id, note=note)
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.toast(f"{plain(known.experiment.name)} is stopped.", icon=":material/stop_circle:")
    st.rerun()


@st.dialog("Ship the treatment", width="large")
def _ship(known: KnownExperiment, report: ExperimentReport) -> None:
    workbench = state.workbench()
    live, treatment = workbench.catalogue.policy, known.treatment
    st.markdown(
        f"**{plain(treatment.display_name)}** in place of {plain(live.display_name)}, for "
        f"everything. The verdict so far: {plain(report.verdict.headline)}"
    )
    changes = rule_differences(live.rule, treatment.rule)
    st.markdown("\n".join(f"- {plain(each)}" for each in changes or ["The rule is the same."]))
    with st.spinner("Reading history …"):
        preview = preview_policy(
            workbench.space, workbench.histories, workbench.catalogue, state.person(), ItemFilter(),
            before=live, rule=treatment.rule, model_version_id=treatment.model_version_id,
        )  # fmt: skip
    looked_at = seen(preview, ItemFilter(), live, workbench.space.clock.now())
    st.markdown(preview_words(looked_at))
    doubts = [*ship_concerns(report.numbers, report.verdict), *concerns(looked_at)]
    for doubt in doubts:
        st.warning(plain(doubt), icon=":material/warning:")
    note = st.text_area(
        f"Why all the same ({NOTE_MIN} characters or more)" if doubts else "Note (optional)",
        key="experiment_ship_note", max_chars=NOTE_MAX,
    )  # fmt: skip
    st.caption("The evidence of this moment is kept with the experiment and in the audit log.")
    if st.button("Ship", type="primary", key="experiment_ship_confirm"):
        try:
            shipped = ship_experiment(
                workbench.space, workbench.catalogue, state.person(),
                known.experiment.experiment_id, preview=looked_at, note=note,
            )  # fmt: skip
        except WorkbenchError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        workbench.policies_changed(shipped, by=state.person())
        st.toast(f"{plain(shipped.display_name)} is live now.", icon=":material/rocket_launch:")
        st.rerun()
