"""The evaluation rule as SQL, for previews of millions of items; a property test holds it equal.

The same rule is written for one item (core.policies.evaluate) and for frames (evaluate_frame).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Double,
    FromClause,
    SmallInteger,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
)

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import LabelThresholds, Rule, ThresholdRule, WeightedRule
from core.domain.verdict import VerdictKind

#: The verdicts as small numbers, which group faster than words.
CODES: dict[VerdictKind, int] = {
    VerdictKind.APPROVE: 0,
    VerdictKind.REVIEW: 1,
    VerdictKind.REJECT: 2,
}
KINDS: dict[int, str] = {code: kind.value for kind, code in CODES.items()}


@dataclass(frozen=True)
class VerdictColumns:
    """A rule's conclusion on a row of scores."""

    code: ColumnElement[int]
    overall: ColumnElement[float]
    distance: ColumnElement[float]
    cited: dict[Label, ColumnElement[bool]]
    """Whether a reason is cited."""


def verdict_columns(rule: Rule, scores: FromClause, items: FromClause) -> VerdictColumns:
    """The rule on columns of `scores`; overrides look at tenant_id and language of `items`."""
    match rule:
        case WeightedRule():
            return _weighted(rule, scores)
        case ThresholdRule():
            return _thresholds(rule, scores, items)
        case _:
            assert_never(rule)


def _score(scores: FromClause, label: Label) -> ColumnElement[float]:
    return cast(scores.c[label.value], Double)


def _number(value: float) -> ColumnElement[float]:
    return cast(literal(value, Double), Double)


def _kind(
    *conditions: tuple[ColumnElement[bool], VerdictKind], otherwise: VerdictKind
) -> ColumnElement[int]:
    small = [(condition, cast(CODES[kind], SmallInteger)) for condition, kind in conditions]
    return case(*small, else_=cast(CODES[otherwise], SmallInteger))


def _weighted(rule: WeightedRule, scores: FromClause) -> VerdictColumns:
    labels = [label for label in SCORED_LABELS if label in rule.weights]
    overall: ColumnElement[float] = _number(0.0)
    for label in labels:
        overall = overall + _number(rule.weights[label]) * _score(scores, label)
    low, high = _number(rule.approve_below), _number(rule.reject_above)
    is_missing = overall.is_(None)
    return VerdictColumns(
        code=_kind(
            (is_missing, VerdictKind.REVIEW),
            (overall < low, VerdictKind.APPROVE),
            (overall > high, VerdictKind.REJECT),
            otherwise=VerdictKind.REVIEW,
        ),
        overall=overall,
        distance=func.least(func.abs(overall - low), func.abs(overall - high)),
        cited={
            label: and_(overall.is_not(None), _score(scores, label) >= _number(0.5))
            for label in labels
        },
    )


def _thresholds(rule: ThresholdRule, scores: FromClause, items: FromClause) -> VerdictColumns:
    labels = [label for label in SCORED_LABELS if label in rule.thresholds]

    def bound(label: Label, pick: Callable[[LabelThresholds], float | None]) -> ColumnElement[float]:
        def value(bounds: LabelThresholds) -> ColumnElement[float]:
            found = pick(bounds)
            return cast(null(), Double) if found is None else _number(found)

        elsewhere = [
            (_applies(override.tenant, override.language, items), value(bounds))
            for override in reversed(rule.overrides)
            if (bounds := override.thresholds.get(label)) is not None
        ]
        base = value(rule.thresholds[label])
        return case(*elsewhere, else_=base) if elsewhere else base

    low = {label: bound(label, lambda each: each.approve_below) for label in labels}
    high = {label: bound(label, lambda each: each.reject_above) for label in labels}
    rejecting = [
        label
        for label in labels
        if any(bounds.reject_above is not None for bounds in _every_bound(rule, label))
    ]
    flagged = {label: func.coalesce(_score(scores, label) >= low[label], False) for label in labels}
    rejected = [
        func.coalesce(_score(scores, label) > high[label], False) for label in rejecting
    ] or [literal(False, Boolean)]
    missing = [scores.c[label.value].is_(None) for label in labels]
    gaps = [func.abs(_score(scores, label) - low[label]) for label in labels]
    gaps += [func.abs(_score(scores, label) - high[label]) for label in rejecting]
    values = [_score(scores, label) for label in labels]
    return VerdictColumns(
        code=_kind(
            (or_(*rejected), VerdictKind.REJECT),
            (or_(*flagged.values(), *missing), VerdictKind.REVIEW),
            otherwise=VerdictKind.APPROVE,
        ),
        overall=func.greatest(*values) if len(values) > 1 else values[0],
        distance=func.least(*gaps) if len(gaps) > 1 else gaps[0],
        cited=_cited(rule, flagged, items),
    )


def _every_bound(rule: ThresholdRule, label: Label) -> list[LabelThresholds]:
    found = (override.thresholds.get(label) for override in rule.overrides)
    return [rule.thresholds[label], *(bounds for bounds in found if bounds is not None)]


def _applies(
    tenant: str | None, language: str | None, items: FromClause
) -> ColumnElement[bool]:
    pairs = ((items.c.tenant_id, tenant), (items.c.language, language))
    return and_(*(column == wanted for column, wanted in pairs if wanted is not None))


def _cited(
    rule: ThresholdRule, flagged: dict[Label, ColumnElement[bool]], items: FromClause
) -> dict[Label, ColumnElement[bool]]:
    """Per reason: whether a label that cites it, there, is flagged."""
    found: dict[Label, list[ColumnElement[bool]]] = {}
    for label, condition in flagged.items():
        here: ColumnElement[bool] = literal(True, Boolean)
        for override in reversed(rule.overrides):
            bounds = override.thresholds.get(label)
            if bounds is not None:
                applies = func.coalesce(_applies(override.tenant, override.language, items), False)
                found.setdefault(bounds.cites or label, []).append(and_(condition, here, applies))
                here = and_(here, ~applies)
        base = rule.thresholds[label].cites or label
        found.setdefault(base, []).append(and_(condition, here) if rule.overrides else condition)
    return {reason: or_(*conditions) for reason, conditions in found.items()}
