"""What drifted, on Overview: looked for after everything else is on screen."""

import streamlit as st

from core.domain.role import Permission
from core.usecases.drift_alarms import DriftAlarms, drift_alarms
from dashboard import state
from dashboard.components.md_escape import md_escape
from dashboard.components.words import plain
from dashboard.drift.choose_periods import USUAL
from data.bootstrap import Workbench

#: Seconds for which an answer is believed: it looks at days, and Overview is opened often.
_BELIEVED = 60.0


def overview_alarms() -> None:
    """Draws the alarms; nothing for who may not see scores."""
    person = state.person()
    if not person.may(Permission.SEE_SCORES) or not state.has_history():
        return
    workbench = state.workbench()
    catalogue = workbench.catalogue
    in_use = catalogue.policy.policy_version_id, catalogue.model.model_version_id
    _draw(_alarms(workbench, workbench.settings.store_name, person.tenants, in_use))


@st.cache_data(ttl=_BELIEVED, show_spinner="Looking for drift …")
def _alarms(
    _workbench: Workbench,
    store: str,  # noqa: ARG001  # part of the key
    tenants: tuple[str, ...] | None,  # noqa: ARG001  # part of the key
    in_use: tuple[int, int],  # noqa: ARG001  # part of the key: policy and model version
) -> DriftAlarms:
    return drift_alarms(_workbench.space, _workbench.catalogue, state.person())


def _draw(found: DriftAlarms) -> None:
    if not found.alarms:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f":material/ssid_chart: {plain(found.summary)}", width="content")
            _link("Drift", None)
        return
    with st.container(border=True, gap="xsmall"):
        count = "One thing" if len(found.alarms) == 1 else f"{len(found.alarms)} things"
        st.markdown(f"**{count} drifted** {plain(found.summary)}")
        for alarm in found.alarms:
            words, link = st.columns([11, 1], vertical_alignment="center", gap="small")
            words.markdown(f":red[:material/error:] {md_escape(alarm.sentence)}")
            with link:
                _link("Look", alarm.key)


def _link(name: str, look: str | None) -> None:
    """To the same comparison on Drift."""
    st.page_link(
        "views/drift.py", label=name,
        query_params={"span": USUAL} | ({"look": look} if look else {}),
    )  # fmt: skip
