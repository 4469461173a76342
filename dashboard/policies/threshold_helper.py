"""Finds a label's bounds: by target precision or recall, by what people can review, by cost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.policy import LabelThresholds, Rule, ThresholdRule
from core.usecases.choose_threshold import (
    Offer,
    by_capacity,
    by_cost,
    by_precision,
    by_recall,
    with_band,
    with_reject_above,
    with_review_from,
)
from core.usecases.history import days_of
from core.usecases.preview_policy import handling
from core.usecases.score_quality import LabelQuality, label_quality
from dashboard import state
from dashboard.charts.palette import SERIES
from dashboard.charts.threshold_curves import threshold_curves
from dashboard.components.evidence_note import evidence_note
from dashboard.components.label_choice import label_choice
from dashboard.components.words import plain
from dashboard.policies import draft
from dashboard.policies.threshold_words import (
    backwards_words,
    calibration_words,
    capacity_words,
    cost_words,
    cuts_of,
    number,
    precision_words,
    recall_words,
)

_USUAL_CAPACITY = 200


@dataclass(frozen=True)
class _Advice:
    """What one way of choosing says."""

    lines: list[str]
    cuts: tuple[float, ...] = ()
    offer: Callable[[LabelThresholds], Offer] | None = None
    """The label's new bounds from its bounds in the draft; None: nothing to offer."""
    warnings: list[str] = field(default_factory=list)


def show_helper(wanted: ItemFilter) -> None:
    """Draws the part; what is found becomes the draft's bounds on request."""
    workbench, base = state.workbench(), draft.current().base
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        label = Label(label_choice(wanted, key="helper_label", keep=True))
        way = st.segmented_control(
            "Choose by",
            list(_WAYS),
            default="Target precision",
            key="helper_way",
            required=True,
            persist_state="session",
        )
    with st.spinner("Reading scores and decisions …"):
        found = label_quality(
            workbench.histories, workbench.catalogue, state.person(), wanted, label,
            model_version_id=base.model_version_id,
        )  # fmt: skip
    with row:
        advice = _WAYS[way or "Target precision"](found, wanted)
    evidence_note(found.evidence)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _curves(found, advice.cuts)
    with right:
        for line in advice.lines:
            st.markdown(line)
        for warning in advice.warnings:
            st.warning(warning, icon=":material/balance:")
        if advice.offer is not None:
            _use(label, advice.offer)


def _curves(found: LabelQuality, cuts: tuple[float, ...]) -> None:
    if found.problem is not None:
        st.info(found.problem, icon=":material/rule:")
        return
    figure = threshold_curves(found.curves(), chosen=cuts[0] if cuts else None)
    for cut in cuts[1:]:
        figure.add_vline(x=cut, line={"color": SERIES[4], "width": 1.5, "dash": "dash"})
    st.plotly_chart(
        figure, key="helper_curves", config={"displayModeBar": False},
        alt=f"Precision, recall and share of items by the threshold of {found.label.words.lower()}",
    )  # fmt: skip
    models = {each.model_version_id: each for each in state.workbench().catalogue.models}
    model = models.get(draft.current().base.model_version_id)
    st.caption(
        "Bands are 95 % intervals; dashed lines are cuts. A rejection that cites other "
        f"reasons only counts as not {found.label.words.lower()}."
        + (f" Scores of {plain(model.display_name)}, which the draft reads." if model else "")
    )


def _precision(found: LabelQuality, _wanted: ItemFilter) -> _Advice:
    target = st.number_input(
        "Target precision, %", 1.0, 100.0, 90.0, 1.0, format="%.1f", key="helper_precision",
        persist_state="session", width=170,
        help="Of what is rejected without a person: the share people would reject.",
    )  # fmt: skip
    choice = by_precision(found, target / 100)
    return _Advice(
        lines=precision_words(choice, found.label),
        cuts=cuts_of(choice),
        offer=partial(with_reject_above, cut=choice.found.at) if choice.found else None,
    )


def _recall(found: LabelQuality, _wanted: ItemFilter) -> _Advice:
    target = st.number_input(
        "Target recall, %", 1.0, 100.0, 90.0, 1.0, format="%.1f", key="helper_recall",
        persist_state="session", width=170,
        help="Of all harm of this kind: the share that is reviewed or rejected.",
    )  # fmt: skip
    choice = by_recall(found, target / 100)
    return _Advice(
        lines=recall_words(choice, found.label),
        cuts=cuts_of(choice),
        offer=partial(with_review_from, cut=choice.found.at) if choice.found else None,
    )


def _capacity(found: LabelQuality, wanted: ItemFilter) -> _Advice:
    workbench = state.workbench()
    days = days_of(found.history, wanted, workbench.space.clock.now())
    handled, _ = handling(workbench.space, found.history, state.person())
    per_day = st.number_input(
        "Reviews a day", 0, 1_000_000, round(handled / days) or _USUAL_CAPACITY, 10,
        key="helper_capacity", persist_state="session", width=170,
        help="How many items people can look at in a day. At first: what they did until now.",
    )  # fmt: skip
    if not found.history.size:
        return _Advice(lines=[])
    bounds = _bounds_of(draft.current().rule, found.label)
    reject_above = bounds.reject_above if bounds else None
    choice = by_capacity(found, days=days, per_day=per_day, reject_above=reject_above)
    return _Advice(
        lines=capacity_words(choice, found.label, reject_above),
        cuts=cuts_of(choice),
        offer=partial(with_review_from, cut=choice.found.at) if choice.found else None,
    )


def _cost(found: LabelQuality, _wanted: ItemFilter) -> _Advice:
    missed, wrong, review = (
        st.number_input(
            name, 0.01, 1e6, default, step, key=key, width=125, help=words, persist_state="session"
        )
        for name, default, step, key, words in _COSTS
    )  # fmt: skip
    choice = by_cost(found, missed=missed, wrong=wrong, review=review)
    policy = state.workbench().catalogue.policy
    live = _bounds_of(policy.rule, found.label)
    caution, is_serious = calibration_words(choice, found.label)
    band = choice.band
    return _Advice(
        lines=[
            *cost_words(choice, review),
            *([] if is_serious else [caution]),
            *backwards_words(found.label, plain(policy.display_name), live),
        ],
        cuts=tuple(dict.fromkeys((band.approve_below, band.reject_above))),
        offer=partial(with_band, band=band),
        warnings=[caution] if is_serious else [],
    )


_COSTS = (
    ("Harm left up", 10.0, 1.0, "helper_missed", "What one harmful item costs that stays."),
    ("Wrong removal", 2.0, 1.0, "helper_wrong", "What one harmless item costs that is removed."),
    ("One review", 0.4, 0.1, "helper_review", "In the same unit as the two mistakes."),
)
_WAYS: dict[str, Callable[[LabelQuality, ItemFilter], _Advice]] = {
    "Target precision": _precision,
    "Target recall": _recall,
    "Review capacity": _capacity,
    "Cost": _cost,
}


def _bounds_of(rule: Rule, label: Label) -> LabelThresholds | None:
    """The label's bounds for whatever no override is for."""
    return rule.thresholds.get(label) if isinstance(rule, ThresholdRule) else None


def _use(label: Label, offer: Callable[[LabelThresholds], Offer]) -> None:
    rule = draft.current().rule
    bounds = _bounds_of(rule, label)
    refusal = None
    if not isinstance(rule, ThresholdRule):
        refusal = "The draft is a weighted rule: its bounds are of the sum, not of one label."
    elif bounds is None:
        refusal = f"The draft has no bounds for {label.words.lower()}: add the label in the lab."
    made = offer(bounds) if bounds is not None else None
    st.button(
        "Use in the lab", icon=":material/tune:", type="primary", key="helper_use",
        disabled=made is None or made.bounds == bounds,
        on_click=_put, args=(label, made),
    )  # fmt: skip
    if refusal is not None:
        st.caption(refusal)
    elif made is not None:
        st.caption(_effect(label, bounds, made))


def _effect(label: Label, bounds: LabelThresholds | None, made: Offer) -> str:
    """What the button changes in the draft."""
    if made.bounds == bounds:
        return "The draft has these bounds already."
    words = f"Sets {label.words.lower()} in the draft to {_bounds(made.bounds)}"
    if bounds is not None:
        words += f"; it has {_bounds(bounds)}"
    if made.moved is not None:
        words += ". The other bound moves along, to stay in order"
    rule = draft.current().rule
    if isinstance(rule, ThresholdRule) and any(
        label in override.thresholds for override in rule.overrides
    ):
        words += ". Overrides for this label keep their own bounds"
    return words + "."


def _bounds(bounds: LabelThresholds) -> str:
    rejects = (
        "only people reject"
        if bounds.reject_above is None
        else f"reject above {number(bounds.reject_above)}"
    )
    return f"review from {number(bounds.approve_below)}, {rejects}"


def _put(label: Label, made: Offer) -> None:
    draft.put_bounds(label, made.bounds)
    st.toast(
        f"{label.words} is set in the draft. Next: see in the lab what it changes, then save it.",
        icon=":material/tune:",
    )
