"""The lab: a rule is changed, and what it would have done to history appears beside it."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.policy import PolicyMode, PolicyVersion
from core.domain.role import Permission
from core.errors import WorkbenchError
from core.policies.rule_words import rule_differences
from core.usecases.manage_policies import save_draft
from core.usecases.preview_policy import Preview, preview_policy
from dashboard import state
from dashboard.components.rescore_link import rescore_link
from dashboard.components.words import plain
from dashboard.policies import draft
from dashboard.policies.draft import Draft
from dashboard.policies.flips_panel import show_flips
from dashboard.policies.impact import show_by, show_impact
from dashboard.policies.names import version_words, versions_in_order
from dashboard.policies.publish_dialog import publish_dialog
from dashboard.policies.rule_form import rule_form


@st.fragment
def show_lab(wanted: ItemFilter) -> None:
    """Draws the part; a moved handle runs this alone."""
    work = draft.current()
    if problem := draft.link_problem():
        st.warning(problem, icon=":material/link_off:")
    left, right = st.columns([5, 9], gap="medium")
    with left:
        _base(work)
        rule = rule_form(work)
        actions = st.container()
    if rule is None:
        return
    work = draft.note_rule(rule)
    with right:
        against = _against()
        preview = _preview(work, against, wanted)
        if preview is not None:
            _effect(preview, work, against)
    with actions:
        _actions(work, against, preview, wanted)


def _base(work: Draft) -> None:
    versions = versions_in_order()
    ids = list(versions)
    # The key names the version, so that a draft from elsewhere (a link, a save) is shown chosen.
    key = f"lab_base_{work.base.policy_version_id}_{work.revision}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Start from", ids, ids.index(work.base.policy_version_id), key=key,
            format_func=lambda each: version_words(versions[each]), width="stretch",
            on_change=_start_from, args=(key, versions),
        )  # fmt: skip
        st.button(
            "Start over", icon=":material/restart_alt:", disabled=not work.is_changed,
            on_click=draft.start_from, args=(work.base,), key="lab_reset",
        )  # fmt: skip


def _start_from(key: str, versions: dict[int, PolicyVersion]) -> None:
    draft.start_from(versions[int(state.value_of(key))])


def _against() -> PolicyVersion:
    versions = versions_in_order()
    ids = list(versions)
    live = state.workbench().catalogue.policy.policy_version_id
    chosen = st.selectbox(
        "Compared with", ids, ids.index(live), key="lab_against",
        format_func=lambda each: version_words(versions[each]), width=300,
    )  # fmt: skip
    return versions[chosen]


def _preview(work: Draft, against: PolicyVersion, wanted: ItemFilter) -> Preview | None:
    workbench = state.workbench()
    with st.spinner("Reading history …", show_time=True):
        preview = preview_policy(
            workbench.space, workbench.histories, workbench.catalogue, state.person(), wanted,
            before=against, rule=work.rule, model_version_id=work.base.model_version_id,
        )  # fmt: skip
    models = {each.model_version_id: each for each in workbench.catalogue.models}
    model = models[work.base.model_version_id]
    if preview.unscored and preview.history.size:
        st.warning(
            f"{preview.unscored:,} of {preview.history.selected:,} selected items have no scores "
            f"of {plain(model.display_name)}, which this policy reads. They are left out here; new "
            "ones like them would go to review.",
            icon=":material/hourglass_empty:",
        )
        rescore_link(wanted, model.name)
    if preview.history.size:
        return preview
    if preview.history.selected:
        st.info(
            f"None of the {preview.history.selected:,} selected items has scores of "
            f"{plain(model.display_name)}, which this policy reads. Score them, then look again.",
            icon=":material/hourglass_empty:",
        )
        rescore_link(wanted, model.name)
    else:
        st.info("No item matches the filter above. Widen it.", icon=":material/filter_alt_off:")
    return None


def _effect(preview: Preview, work: Draft, against: PolicyVersion) -> None:
    show_impact(preview)
    st.markdown("**Items that change verdict**")
    show_flips(preview, work.rule, key="lab_flips", name=f"flips-{against.display_name}")
    show_by(preview)


def _actions(
    work: Draft, against: PolicyVersion, preview: Preview | None, wanted: ItemFilter
) -> None:
    changes = rule_differences(work.base.rule, work.rule)
    if changes:
        st.caption("Changed: " + " ".join(plain(each) for each in changes))
    if not state.person().may(Permission.MANAGE_POLICIES):
        st.caption("Policy managers and admins save and publish. The link shares this rule.")
        return
    with st.container(horizontal=True):
        with st.popover(
            "Save as draft", icon=":material/save:", disabled=not work.is_changed,
            help=None if work.is_changed else "Nothing differs from the version it starts from.",
        ):  # fmt: skip
            name = st.text_input("Policy", work.base.name, max_chars=80, key="lab_name")
            if st.button("Save", type="primary", key="lab_save"):
                _save(work, name)
        decides = work.base.mode is PolicyMode.LIVE and work.base.share >= 1
        is_open = not decides and work.base.mode is not PolicyMode.RETIRED
        can_publish = is_open and not work.is_changed and preview is not None
        if st.button(
            "Publish …", type="primary", icon=":material/rocket_launch:", key="lab_publish",
            disabled=not can_publish,
            help="Save the rule as a draft first." if work.is_changed else None,
        ) and preview is not None:  # fmt: skip
            publish_dialog(work.base, against, preview, wanted)


def _save(work: Draft, name: str) -> None:
    workbench = state.workbench()
    models = {each.model_version_id: each for each in workbench.catalogue.models}
    try:
        version = save_draft(
            workbench.space, state.person(), name=name, rule=work.rule,
            model=models[work.base.model_version_id],
        )  # fmt: skip
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    workbench.policies_changed(by=state.person())
    draft.start_from(version)
    st.toast(f"{plain(version.display_name)} is saved as a draft.", icon=":material/save:")
    st.rerun()
