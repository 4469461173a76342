"""Publishing a version: what changes in words, the preview that is stored, why all the same."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.policy import PolicyMode, PolicyVersion
from core.errors import WorkbenchError
from core.policies.rule_words import rule_differences
from core.usecases.manage_policies import (
    NOTE_MAX,
    NOTE_MIN,
    SeenPreview,
    concerns,
    publish,
    seen,
)
from core.usecases.preview_policy import Preview, preview_policy
from dashboard import state
from dashboard.components.words import plain
from dashboard.policies import draft
from dashboard.policies.experiment_warning import warn_of_experiments

_MODES = {
    PolicyMode.SHADOW: "Shadow: its verdicts are recorded, nothing is enforced",
    PolicyMode.LIVE: "Live: its verdicts are enforced",
}


@st.dialog("Publish", width="large")
def publish_dialog(
    version: PolicyVersion, against: PolicyVersion, preview: Preview, wanted: ItemFilter
) -> None:
    """Asks how, and for a reason where there are concerns."""
    workbench = state.workbench()
    live = workbench.catalogue.policy
    if against.policy_version_id != live.policy_version_id:
        # The limits are about what decides now, whatever the lab was comparing with.
        preview = preview_policy(
            workbench.space, workbench.histories, workbench.catalogue, state.person(), wanted,
            before=live, rule=version.rule, model_version_id=version.model_version_id,
        )  # fmt: skip
    looked_at = seen(preview, wanted, live, workbench.space.clock.now())
    st.markdown(f"**{plain(version.display_name)}** in place of {plain(live.display_name)}:")
    changes = rule_differences(live.rule, version.rule)
    st.markdown("\n".join(f"- {plain(each)}" for each in changes or ["The rule is the same."]))
    st.markdown(preview_words(looked_at))
    modes = [mode for mode in _MODES if mode is not version.mode or mode is PolicyMode.LIVE]
    mode = st.radio("How", modes, format_func=_MODES.__getitem__, key="publish_mode")
    share = 1.0
    if mode is PolicyMode.LIVE:
        percent = st.slider(
            "For which share of new items", 1, 100, 100, format="%d %%", key="publish_share",
            help="Chosen by the item's id: the same item is always on the same side. The version "
            "that is live now decides the rest.",
        )  # fmt: skip
        share = percent / 100
        # Whatever the share: new items are decided otherwise than they were.
        warn_of_experiments(live, version)
    doubts = concerns(looked_at) if mode is PolicyMode.LIVE else []
    for doubt in doubts:
        st.warning(plain(doubt), icon=":material/warning:")
    note = st.text_area(
        f"Why all the same ({NOTE_MIN} characters or more)" if doubts else "Note (optional)",
        key="publish_note", max_chars=NOTE_MAX,
    )  # fmt: skip
    if st.button("Publish", type="primary", key="publish_confirm", icon=":material/rocket_launch:"):
        _publish(version, mode or PolicyMode.SHADOW, looked_at, share, note)


def preview_words(looked_at: SeenPreview) -> str:
    """The preview that is stored with the change, as one sentence."""
    before, after = looked_at.before, looked_at.after
    share = looked_at.flips / looked_at.items if looked_at.items else 0.0
    return (
        f"On {looked_at.items:,} items of history, against {plain(looked_at.against)}: "
        f"{looked_at.flips:,} change verdict ({share:.2%}); approved "
        f"{before['approve']:,} → {after['approve']:,}, to review "
        f"{before['review']:,} → {after['review']:,}, rejected "
        f"{before['reject']:,} → {after['reject']:,}. {looked_at.reviews:,} human decisions are "
        "behind the quality figures"
        + ("." if looked_at.is_weighted else ", which are not weighted to stand for all items.")
    )


def _publish(
    version: PolicyVersion, mode: PolicyMode, looked_at: SeenPreview, share: float, note: str
) -> None:
    workbench, person = state.workbench(), state.person()
    try:
        published = publish(
            workbench.space, person, version.policy_version_id, mode=mode, preview=looked_at,
            model=workbench.catalogue.model, share=share, note=note,
        )  # fmt: skip
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    job_id = workbench.policies_changed(published, by=person)
    if job_id is not None:
        state.show_job("policies", job_id)
    draft.start_from(published)
    st.toast(
        f"{plain(published.display_name)} is {mode.value} now.", icon=":material/rocket_launch:"
    )
    st.rerun()
