"""The widgets that edit a rule: bounds of each label, weights, what other places have instead."""

import streamlit as st
from pydantic import ValidationError

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import LabelThresholds, Override, Rule, ThresholdRule, WeightedRule
from dashboard import state
from dashboard.components.words import plain
from dashboard.policies import draft
from dashboard.policies.draft import Draft

_EVERYWHERE = "everywhere"
_SELF = "itself"


def rule_form(work: Draft) -> Rule | None:
    """The rule as the widgets show it; None, with the reason on screen, when it cannot be."""
    try:
        if isinstance(work.rule, WeightedRule):
            return _weighted(work.rule, work.revision)
        return _thresholds(work.rule, work.revision)
    except ValidationError as error:
        for problem in error.errors():
            st.error(
                plain(str(problem["msg"]).removeprefix("Value error, ").capitalize()) + ".",
                icon=":material/rule:",
            )
        return None


def _weighted(rule: WeightedRule, revision: int) -> WeightedRule:
    weights: dict[Label, float] = {}
    for label in SCORED_LABELS:
        weight = st.slider(
            label.words, 0.0, 1.0, rule.weights.get(label, 0.0), 0.05,
            key=f"lab_{revision}_w_{label}",
        )  # fmt: skip
        if weight > 0:
            weights[label] = weight
    low, high = st.slider(
        "Review between", 0.0, 1.0, (rule.approve_below, rule.reject_above), 0.01,
        key=f"lab_{revision}_band",
        help="Below the first bound the rule approves, above the second it rejects.",
    )  # fmt: skip
    total = sum(weights.values())
    st.caption(
        f"The weights sum to {total:.2f}."
        + ("" if total >= 0.999 else f" The highest score that can be reached is {total:.2f}.")
    )
    return WeightedRule(weights=weights, approve_below=low, reject_above=high)


def _thresholds(rule: ThresholdRule, revision: int) -> ThresholdRule:
    thresholds = {
        label: _label(label, bounds, f"lab_{revision}_{label}")
        for label, bounds in rule.thresholds.items()
    }
    _more_labels(rule)
    overrides = _overrides(rule, revision)
    # Bounds for labels that were left out go with them.
    return ThresholdRule(thresholds=thresholds, overrides=overrides)


def _label(label: Label, bounds: LabelThresholds, key: str) -> LabelThresholds:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{label.words}**", width="stretch")
            rejects = st.toggle(
                "rejects by itself", value=bounds.reject_above is not None, key=f"{key}_rejects",
                help="Off: a high score goes to review, and only people reject.",
            )  # fmt: skip
            with st.popover("", icon=":material/more_horiz:", type="tertiary"):
                reasons = [_SELF, *(each.value for each in Label if each is not label)]
                cites = st.selectbox(
                    "Reason it cites", reasons,
                    reasons.index(bounds.cites) if bounds.cites in reasons else 0,
                    key=f"{key}_cites", format_func=_reason_words,
                )  # fmt: skip
                st.button(
                    "Leave this label out", on_click=_leave_out, args=(label,), key=f"{key}_out",
                    icon=":material/remove:",
                )  # fmt: skip
        low, high = _bounds_slider(label.words, bounds, key, rejects=rejects)
    return LabelThresholds(
        approve_below=low, reject_above=high, cites=None if cites == _SELF else Label(cites)
    )


def _bounds_slider(
    words: str, bounds: LabelThresholds, key: str, *, rejects: bool
) -> tuple[float, float | None]:
    if rejects:
        known = bounds.reject_above
        high_first = max(0.9, bounds.approve_below) if known is None else known
        low, high = st.slider(
            f"{words}: review between", 0.0, 1.0, (bounds.approve_below, high_first), 0.005,
            format="%.3f", key=f"{key}_band", label_visibility="collapsed",
        )  # fmt: skip
        return low, high
    low = st.slider(
        f"{words}: review from", 0.0, 1.0, bounds.approve_below, 0.005,
        format="%.3f", key=f"{key}_low", label_visibility="collapsed",
    )  # fmt: skip
    return low, None


def _reason_words(value: str) -> str:
    return _SELF if value == _SELF else Label(value).words


def _leave_out(label: Label) -> None:
    rule = draft.current().rule
    assert isinstance(rule, ThresholdRule)  # noqa: S101  # only those have this button
    rest = {each: bounds for each, bounds in rule.thresholds.items() if each is not label}
    if not rest:
        st.toast("A rule needs at least one label.")
        return
    kept = tuple(
        Override(tenant=each.tenant, language=each.language, thresholds=bounds)
        for each in rule.overrides
        if (bounds := {name: value for name, value in each.thresholds.items() if name != label})
    )
    draft.put_rule(ThresholdRule(thresholds=rest, overrides=kept))


def _more_labels(rule: ThresholdRule) -> None:
    missing = [label for label in SCORED_LABELS if label not in rule.thresholds]
    if missing:
        with st.container(horizontal=True):
            for label in missing:
                st.button(
                    label.words, icon=":material/add:", type="tertiary", key=f"lab_add_{label}",
                    on_click=draft.put_bounds, args=(label, LabelThresholds(approve_below=0.5)),
                )  # fmt: skip


def _overrides(rule: ThresholdRule, revision: int) -> tuple[Override, ...]:
    with st.expander(
        f"Other bounds for some tenants or languages ({len(rule.overrides)})",
        expanded=bool(rule.overrides),
    ):
        found = []
        for number, override in enumerate(rule.overrides):
            found.append(_override(override, number, f"lab_{revision}_o{number}"))
        _add_override(rule)
    return tuple(found)


def _override(override: Override, number: int, key: str) -> Override:
    where = " · ".join(part for part in (override.tenant, override.language) if part)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(where)}**", width="stretch")
        st.button(
            "Remove", icon=":material/delete:", type="tertiary", key=f"{key}_remove",
            on_click=_remove, args=(number,),
        )  # fmt: skip
    bounds = {}
    for label, each in override.thresholds.items():
        st.caption(label.words)
        low, high = _bounds_slider(
            f"{label.words} for {where}", each, f"{key}_{label}",
            rejects=each.reject_above is not None,
        )  # fmt: skip
        bounds[label] = LabelThresholds(approve_below=low, reject_above=high, cites=each.cites)
    return override.model_copy(update={"thresholds": bounds})


def _remove(number: int) -> None:
    rule = draft.current().rule
    assert isinstance(rule, ThresholdRule)  # noqa: S101  # only those have this button
    kept = tuple(each for place, each in enumerate(rule.overrides) if place != number)
    draft.put_rule(rule.model_copy(update={"overrides": kept}))


def _add_override(rule: ThresholdRule) -> None:
    facets = state.facets()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tenant = st.selectbox(
            "Tenant", [_EVERYWHERE, *facets["tenant"]], key="lab_new_tenant", width=150
        )
        language = st.selectbox(
            "Language", [_EVERYWHERE, *facets["language"]], key="lab_new_language", width=130
        )
        labels = list(rule.thresholds)
        label = st.selectbox(
            "Label", labels, key="lab_new_label", width=150, format_func=lambda each: each.words
        )
        st.button(
            "Add", icon=":material/add:", key="lab_new_add",
            disabled=tenant == language == _EVERYWHERE,
            help="Choose a tenant, a language or both.",
            on_click=_put_override,
            args=(_or_none(tenant), _or_none(language), label),
        )  # fmt: skip


def _or_none(chosen: str) -> str | None:
    return None if chosen == _EVERYWHERE else chosen


def _put_override(tenant: str | None, language: str | None, label: Label) -> None:
    rule = draft.current().rule
    assert isinstance(rule, ThresholdRule)  # noqa: S101  # only those have this button
    added = Override(
        tenant=tenant, language=language, thresholds={label: rule.thresholds[label]}
    )  # fmt: skip
    draft.put_rule(rule.model_copy(update={"overrides": (*rule.overrides, added)}))
