"""Which model versions and which policy are tried; both are in the link."""

from dataclasses import dataclass

import streamlit as st

from core.domain.policy import PolicyVersion, ThresholdRule
from core.usecases.list_models import ModelRow
from core.usecases.trial_run import MOST_MODELS, TrialModel
from core.usecases.try_rescoring import runnable
from dashboard import state
from dashboard.components.words import plain
from dashboard.policies.names import version_words, versions_in_order

_POLICY = "policy"
#: No number of a version has so many; Python refuses to read numbers of thousands.
_DIGITS = 20


@dataclass(frozen=True)
class Choices:
    """What items are scored with and judged by."""

    models: tuple[TrialModel, ...]
    policy: PolicyVersion


def choices() -> Choices:
    """Draws both choices, into a row; models that cannot run here are not among them."""
    rows, others = runnable_models()
    names = {row.display_name: row for row in rows}
    fresh = next((row.display_name for row in rows if not row.is_in_use), None)
    chosen = st.multiselect(
        "Model versions", list(names), default=[fresh] if fresh else list(names)[:1],
        key="try_models", bind="query-params", max_selections=MOST_MODELS,
        placeholder="Choose at least one", help=_why_not(others), width="stretch", wrap=True,
    )  # fmt: skip
    return Choices(tuple(_trial_model(names[each]) for each in chosen), _policy())


def runnable_models() -> tuple[list[ModelRow], list[ModelRow]]:
    """The model versions that can score here, and those that cannot."""
    workbench = state.workbench()
    rows = workbench.models(state.person())
    able = runnable(rows, workbench.registry)
    return able, [row for row in rows if row not in able]


def _trial_model(row: ModelRow) -> TrialModel:
    return TrialModel(name=row.name, version=row.version, digest=row.digest)


def _why_not(others: list[ModelRow]) -> str | None:
    if not others:
        return None
    names = ", ".join(f"{plain(row.display_name)} ({plain(row.note)})" for row in others[:6])
    return f"Not offered, because they cannot score here: {names}."


def _policy() -> PolicyVersion:
    versions = versions_in_order()
    ids = list(versions)
    live = state.workbench().catalogue.policy.policy_version_id
    linked = state.from_url(_POLICY)
    number = int(linked) if linked and linked.isdecimal() and len(linked) < _DIGITS else live
    first = number if number in versions else live
    chosen = st.selectbox(
        "Policy", ids, ids.index(first), key="try_policy", width=210,
        format_func=lambda each: version_words(versions[each]),
    )  # fmt: skip
    state.to_url(_POLICY, None if chosen == live else str(chosen))
    return versions[chosen]


def caution(chosen: Choices) -> None:
    """Says when the policy's bounds were made for the scores of another model."""
    models = {each.model_version_id: each for each in state.workbench().catalogue.models}
    read = models.get(chosen.policy.model_version_id)
    if read is not None and any(model.digest != read.digest for model in chosen.models):
        st.caption(
            f"The bounds of {plain(chosen.policy.display_name)} were chosen for the scores of "
            f"{plain(read.display_name)}: this is what changes if only the model is changed."
        )


def has_overrides(policy: PolicyVersion) -> bool:
    """Whether where an item is from changes its bounds."""
    return isinstance(policy.rule, ThresholdRule) and bool(policy.rule.overrides)
