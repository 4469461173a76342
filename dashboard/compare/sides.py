"""The choice of what is compared; it lives in the address, so that a comparison can be shared."""

from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from core.domain.comparison import ComparedSide
from core.domain.model_version import ModelVersion
from core.domain.policy import PolicyVersion
from core.usecases.compare_sides import policy_for, scored_models, side_of, usual_sides
from dashboard import state
from dashboard.components.words import plain
from dashboard.policies.names import version_words, versions_in_order

_T = TypeVar("_T")

#: More than this many candidates say more about the looker than about the models.
_MOST_CANDIDATES = 5
#: No number of a version has so many; Python refuses to read numbers of thousands.
_DIGITS = 20
#: The names in the address: of A's model and policy, of B's, and of further candidates.
_NAMES = {"a": ("a", "pa"), "b": ("b", "pb")}


@dataclass(frozen=True)
class Chosen:
    """What the person compares."""

    a: ComparedSide
    b: ComparedSide
    more: tuple[ComparedSide, ...]
    """Further candidates beside B."""
    models: dict[int, ModelVersion]
    scored: dict[int, int]

    @property
    def model_a(self) -> ModelVersion:
        """A's model version."""
        return self.models[self.a.model_version_id]

    @property
    def model_b(self) -> ModelVersion:
        """B's model version."""
        return self.models[self.b.model_version_id]


def choose_sides() -> Chosen:
    """Draws the choice; without one in the address: what is live, and the usual other side."""
    catalogue = state.workbench().catalogue
    scored = scored_models(state.workbench().space, catalogue, state.person())
    models = {each.model_version_id: each for each in catalogue.models}
    policies = versions_in_order()
    usual = dict(zip("ab", usual_sides(catalogue, scored), strict=True))
    _say_what_is_gone(models, policies)
    with st.container(
        horizontal=True, vertical_alignment="bottom", key="compare_sides", gap="small"
    ):
        a = _side("a", usual["a"], models, policies, scored)
        st.button(
            "", icon=":material/swap_horiz:", key="compare_swap", help="Swap A and B",
            on_click=_swap, args=(a,),
        )  # fmt: skip
        b = _side("b", usual["b"], models, policies, scored)
        more = _more(a, b, models, policies, scored)
    return Chosen(a, b, more, models, scored)


def _side(
    which: str,
    usual: ComparedSide,
    models: dict[int, ModelVersion],
    policies: dict[int, PolicyVersion],
    scored: dict[int, int],
) -> ComparedSide:
    model_name, policy_name = _NAMES[which]
    model = _from_url(model_name, models) or models[usual.model_version_id]
    policy = _from_url(policy_name, policies)
    if policy is None:
        is_usual = model.model_version_id == usual.model_version_id
        usual_policy = policies.get(usual.policy_version_id or 0)
        live = state.workbench().catalogue.policy
        policy = usual_policy if is_usual and usual_policy else None
        policy = policy or policy_for(state.workbench().catalogue, model, live)
    ids = sorted(models, key=lambda each: (-scored.get(each, 0), each))
    # The keys name what is chosen: what comes with a link or a swap is shown chosen.
    key = f"compare_{which}_{model.model_version_id}"
    st.selectbox(
        f"{which.upper()}: scores of", ids, ids.index(model.model_version_id), key=key, width=212,
        format_func=lambda each: _model_words(models[each], scored), on_change=_choose,
        args=(model_name, key, policy_name),
    )  # fmt: skip
    key = f"compare_{policy_name}_{policy.policy_version_id}"
    numbers = list(policies)
    st.selectbox(
        "under policy", numbers, numbers.index(policy.policy_version_id), key=key, width=158,
        format_func=lambda each: version_words(policies[each]), on_change=_choose,
        args=(policy_name, key),
    )  # fmt: skip
    return side_of(model, policy)


def _model_words(model: ModelVersion, scored: dict[int, int]) -> str:
    count = scored.get(model.model_version_id, 0)
    return f"{model.display_name} · {count:,} items" if count else f"{model.display_name} · none"


def _choose(name: str, key: str, also: str | None = None) -> None:
    """Another model starts with the policy that reads it."""
    state.to_url(name, str(state.value_of(key)))
    if also is not None:
        state.to_url(also, None)


def _swap(a: ComparedSide) -> None:
    """Both sides are written out: what was usual for B is not for A."""
    b: ComparedSide | None = state.kept("compare_b")
    for side, (model, policy) in zip((b or a, a), _NAMES.values(), strict=True):
        state.to_url(model, str(side.model_version_id))
        state.to_url(policy, str(side.policy_version_id))


def _more(
    a: ComparedSide,
    b: ComparedSide,
    models: dict[int, ModelVersion],
    policies: dict[int, PolicyVersion],
    scored: dict[int, int],
) -> tuple[ComparedSide, ...]:
    state.keep("compare_b", b)
    options = _candidates(a, b, models, policies, scored)
    linked = [each for each in (state.from_url("more") or "").split(",") if each in options]
    with st.popover(
        f"More candidates ({len(linked)})" if linked else "More candidates",
        icon=":material/playlist_add:",
    ):
        if not options:
            st.caption("No other model has scores, and there is no other policy.")
        chosen = st.multiselect(
            "Also compare with A", list(options), linked, key=f"compare_more_{hash((*options,))}",
            format_func=lambda each: options[each].name, max_selections=_MOST_CANDIDATES,
            disabled=not options,
            help="Each gets a row on the Verdict tab. Looking at many is corrected for (Holm).",
        )  # fmt: skip
    state.to_url("more", ",".join(chosen) or None)
    return tuple(options[each] for each in chosen)


def _candidates(
    a: ComparedSide,
    b: ComparedSide,
    models: dict[int, ModelVersion],
    policies: dict[int, PolicyVersion],
    scored: dict[int, int],
) -> dict[str, ComparedSide]:
    """Every model with scores under A's rule and under the policies that read it."""
    found: dict[str, ComparedSide] = {}
    for number in sorted(scored):
        for policy in policies.values():
            is_as_for_a = policy.policy_version_id == a.policy_version_id
            side = side_of(models[number], policy)
            if (is_as_for_a or policy.model_version_id == number) and side not in (a, b):
                found[f"{number}.{policy.policy_version_id}"] = side
    return found


def _from_url(name: str, known: dict[int, _T]) -> _T | None:
    value = state.from_url(name)
    return known.get(_number(value)) if value is not None else None


def _number(value: str) -> int:
    """The number in the address; -1, which nothing has, where it is none that could be meant."""
    return int(value) if value.isdecimal() and len(value) < _DIGITS else -1


def _say_what_is_gone(models: dict[int, ModelVersion], policies: dict[int, PolicyVersion]) -> None:
    for model, policy in _NAMES.values():
        for name, known in ((model, models), (policy, policies)):
            value = state.from_url(name)
            if value is not None and _number(value) not in known:
                st.warning(
                    plain(f"The link names something unknown ({name}={value}): it was left out."),
                    icon=":material/link_off:",
                )
                state.to_url(name, None)
