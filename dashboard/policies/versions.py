"""Versions and their lives: what each says, how it came to be, back in one step."""

import polars as pl
import streamlit as st

from core.domain.policy import PolicyChange, PolicyMode, PolicyVersion
from core.domain.role import Permission
from core.errors import WorkbenchError
from core.policies.rule_words import rule_differences, rule_words
from core.usecases.manage_policies import SeenPreview, before_live, life_of, retire, roll_back
from dashboard import state
from dashboard.components.job_progress import job_progress
from dashboard.components.words import plain
from dashboard.policies import draft
from dashboard.policies.experiment_warning import warn_of_experiments
from dashboard.policies.names import version_words, versions_in_order
from dashboard.policies.publish_dialog import preview_words


def show_versions() -> None:
    """Draws the part."""
    versions = versions_in_order()
    models = {
        each.model_version_id: each.display_name for each in state.workbench().catalogue.models
    }
    _table(list(versions.values()), models)
    job_id = state.job_on_page("policies")
    if job_id is not None and (job := job_progress(job_id, key="policies_job")) is not None:
        st.caption(f"Its verdicts are recorded on {job.result.get('concluded', 0):,} items.")
    _way_back()
    chosen = versions[
        st.selectbox(
            "Version", list(versions), key="version_chosen", bind="query-params", width=320,
            format_func=lambda each: version_words(versions[each]),
        )
    ]  # fmt: skip
    left, right = st.columns(2, gap="large")
    with left:
        _what(chosen, versions)
    with right:
        _life(chosen)


def _table(versions: list[PolicyVersion], models: dict[int, str]) -> None:
    st.dataframe(
        pl.DataFrame(
            {
                "Version": [each.display_name for each in versions],
                "Mode": [each.mode.value for each in versions],
                "Share": [
                    f"{each.share:.0%}" if each.mode is PolicyMode.LIVE else "–"
                    for each in versions
                ],
                "Since": [each.changed_at or each.created_at for each in versions],
                "By": [each.changed_by or each.author for each in versions],
                "Reads": [models.get(each.model_version_id, "unknown") for each in versions],
                "Note": [each.note or "" for each in versions],
            }
        ),
        hide_index=True,
        height=min(36 * (len(versions) + 1) + 2, 36 * 8), row_height=36,
        column_config={
            "Since": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", timezone="UTC"),
            "Note": st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip


def _way_back() -> None:
    workbench = state.workbench()
    live = workbench.catalogue.policy
    earlier = before_live(workbench.space, live)
    if earlier is None or not state.person().may(Permission.MANAGE_POLICIES):
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(
            f"**{plain(live.display_name)}** decides now; before it, "
            f"{plain(earlier.display_name)} did.",
            width="stretch",
        )
        st.button(
            f"Roll back to {plain(earlier.display_name)}", icon=":material/undo:",
            key="roll_back", on_click=_roll_back, args=(live,),
            help="One step: the earlier version is live again for everything, this one retired.",
        )  # fmt: skip
    warn_of_experiments(live)


def _roll_back(live: PolicyVersion) -> None:
    workbench, person = state.workbench(), state.person()
    try:
        earlier = roll_back(workbench.space, person, live)
    except WorkbenchError as error:
        st.toast(plain(str(error)), icon=":material/error:")
        workbench.policies_changed(by=person)
        return
    job_id = workbench.policies_changed(earlier, by=person)
    if job_id is not None:
        state.show_job("policies", job_id)
    st.toast(f"{plain(earlier.display_name)} is live again.", icon=":material/undo:")


def _what(chosen: PolicyVersion, versions: dict[int, PolicyVersion]) -> None:
    st.markdown(f"**What {plain(chosen.display_name)} says**")
    st.markdown("\n".join(f"- {plain(line)}" for line in rule_words(chosen.rule)))
    others = [each for each in versions if each != chosen.policy_version_id]
    if others:
        live = state.workbench().catalogue.policy.policy_version_id
        against = versions[
            st.selectbox(
                "Differs from", others, others.index(live) if live in others else 0,
                key=f"version_against_{chosen.policy_version_id}", width=320,
                format_func=lambda each: version_words(versions[each]),
            )
        ]  # fmt: skip
        changes = rule_differences(against.rule, chosen.rule)
        if chosen.model_version_id != against.model_version_id:
            changes = ["It reads another model version.", *changes]
        st.markdown("\n".join(f"- {plain(each)}" for each in changes or ["In nothing."]))
    with st.container(horizontal=True):
        st.button(
            "Open in the lab", icon=":material/experiment:", key="version_lab",
            on_click=_to_lab, args=(chosen,), type="primary",
        )  # fmt: skip
        _retire(chosen)


def _to_lab(version: PolicyVersion) -> None:
    draft.start_from(version)
    state.put(policies_part="Lab")


def _retire(chosen: PolicyVersion) -> None:
    decides = chosen.mode is PolicyMode.LIVE and chosen.share >= 1
    if chosen.mode is PolicyMode.RETIRED or decides:
        return
    if not state.person().may(Permission.MANAGE_POLICIES):
        return
    with st.popover("Retire", icon=":material/archive:"):
        warn_of_experiments(chosen)
        note = st.text_input("Why (optional)", key="retire_note", max_chars=200)
        if st.button("Retire", key="retire_confirm"):
            workbench = state.workbench()
            try:
                retire(workbench.space, state.person(), chosen.policy_version_id, note=note)
            except WorkbenchError as error:
                st.error(plain(str(error)), icon=":material/error:")
                return
            workbench.policies_changed(by=state.person())
            st.rerun()


def _life(chosen: PolicyVersion) -> None:
    st.markdown("**Its life**")
    for change in reversed(
        life_of(state.workbench().space, state.person(), chosen.policy_version_id)
    ):
        with st.container(border=True, gap="xsmall"):
            st.markdown(_step_words(change))
            if change.note:
                st.text(change.note)
            if change.preview:
                looked_at = SeenPreview.model_validate_json(change.preview)
                st.caption("The preview that was seen: " + preview_words(looked_at))


def _step_words(change: PolicyChange) -> str:
    share = ""
    if change.mode is PolicyMode.LIVE and change.share is not None and change.share < 1:
        share = f" for {change.share:.0%} of new items"
    return (
        f"**{change.mode.value.capitalize()}**{share} · "
        f"{change.changed_at:%-d %b %Y, %H:%M} · {plain(change.actor)}"
    )
