"""Adopting a translated policy: one button, and what has to happen before it decides."""

import streamlit as st

from core.domain.model_version import ModelVersion
from core.domain.policy import PolicyMode, PolicyVersion
from core.domain.role import Permission
from core.errors import WorkbenchError
from core.usecases.translate_policy import Translation, adopt
from dashboard import state
from dashboard.components.words import plain


def adopt_form(found: Translation) -> None:
    """Draws the button and, once adopted, the way to the draft."""
    if found.model.is_external:
        st.info(
            f"{plain(found.model.display_name)} runs elsewhere: nothing would score new items, so "
            "a policy for it could never decide and is not adopted. To leave it, swap A and B "
            "above: its policy is then translated to a model that runs here.",
            icon=":material/swap_horiz:",
        )
        return
    if not state.person().may(Permission.MANAGE_POLICIES):
        st.caption("Policy managers and admins adopt it as a draft. The link shares this view.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Policy", _usual_name(found), max_chars=80, key="translation_name", width=220,
            help="The draft becomes its next version.",
        )  # fmt: skip
        if st.button(
            "Adopt as draft policy", type="primary", icon=":material/assignment_add:",
            key="translation_adopt",
        ):  # fmt: skip
            _adopt(found, name)
    _adopted(found)


def _usual_name(found: Translation) -> str:
    policies = {each.policy_version_id: each for each in state.workbench().catalogue.policies}
    known = policies.get(found.a.policy_version_id or 0)
    return known.name if known is not None else "translated"


def _adopt(found: Translation, name: str) -> None:
    workbench = state.workbench()
    try:
        draft = adopt(workbench.space, state.person(), found, name=name)
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    workbench.policies_changed(by=state.person())
    state.keep("translation_adopted", draft)
    st.toast(f"{plain(draft.display_name)} is saved as a draft.", icon=":material/save:")


def _adopted(found: Translation) -> None:
    draft: PolicyVersion | None = state.kept("translation_adopted")
    if draft is None or draft.rule != found.rule:
        return
    st.success(
        f"**{plain(draft.display_name)}** is saved as a draft that reads "
        f"{plain(found.model.display_name)}. {_next_step(found.model)}",
        icon=":material/check:",
    )
    st.page_link(
        "views/policies.py", label=f"Open {plain(draft.display_name)} in the lab",
        icon=":material/tune:", query_params={"base": str(draft.policy_version_id)},
    )  # fmt: skip


def _next_step(model: ModelVersion) -> str:
    catalogue = state.workbench().catalogue
    if model.model_version_id == catalogue.model.model_version_id:
        return (
            "It reads the model in use: look at its effect on the page Policies, then publish it, "
            "in shadow first if you like."
        )
    lines = [
        f"New items are still scored by {plain(catalogue.model.display_name)}. To put "
        f"{plain(model.name)} in use, set `MODDESK_MODEL={model.name}` and start ModDesk again; "
        "then publish the draft on the page Policies."
    ]
    if not state.workbench().registry.can_open(model.name, model.digest):
        lines.append("This version is not installed here: install it first.")
    is_live = any(
        each.mode is PolicyMode.LIVE and each.model_version_id == model.model_version_id
        for each in catalogue.policies
    )
    if not is_live:
        lines.append("Publish it at once: on its first start a model has its built-in policy live.")
    return " ".join(lines)
