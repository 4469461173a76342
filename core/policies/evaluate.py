"""The one evaluation rule: label scores and a policy's rule in, verdict out."""

import math
from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import assert_never

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import (
    NOWHERE,
    LabelThresholds,
    Place,
    Rule,
    ThresholdRule,
    WeightedRule,
)
from core.domain.verdict import Verdict, VerdictKind

Scores = Mapping[Label, float | None]


def evaluate(scores: Scores, rule: Rule, place: Place = NOWHERE) -> Verdict:
    """The verdict of `rule` on `scores` (each 0..1 or None when not scored).

    A rule that lacks a score it needs never approves or rejects on the rest: it asks for review.
    """
    match rule:
        case WeightedRule():
            return _weighted(scores, rule)
        case ThresholdRule():
            return _thresholds(scores, rule.bounds_at(place))
        case _:
            assert_never(rule)


def agreement(values: list[float]) -> float | None:
    """1 - population variance of the scores; in [0.75, 1] for values in [0, 1]."""
    if not values:
        return None
    mean = math.fsum(values) / len(values)
    return 1 - math.fsum((value - mean) ** 2 for value in values) / len(values)


def _weighted(scores: Scores, rule: WeightedRule) -> Verdict:
    labels = [label for label in SCORED_LABELS if label in rule.weights]
    known = {label: score for label in labels if (score := scores.get(label)) is not None}
    if len(known) < len(labels):
        return _needs_review(known)
    contributions = {label: rule.weights[label] * score for label, score in known.items()}
    # One after the other, as databases and frames add: sum() corrects rounding since Python 3.12.
    overall = reduce(add, contributions.values(), 0.0)
    if overall < rule.approve_below:
        kind = VerdictKind.APPROVE
    elif overall > rule.reject_above:
        kind = VerdictKind.REJECT
    else:
        kind = VerdictKind.REVIEW
    return Verdict(
        kind=kind,
        overall=overall,
        contributions=contributions,
        reasons=tuple(label for label, score in known.items() if score >= 0.5),
        distance=min(abs(overall - rule.approve_below), abs(overall - rule.reject_above)),
        agreement=agreement(list(known.values())),
    )


def _thresholds(scores: Scores, thresholds: Mapping[Label, LabelThresholds]) -> Verdict:
    labels = [label for label in SCORED_LABELS if label in thresholds]
    known = {label: score for label in labels if (score := scores.get(label)) is not None}
    if not known:
        return _needs_review(known)
    reasons: list[Label] = []
    rejects = False
    distances: list[float] = []
    for label, score in known.items():
        bounds = thresholds[label]
        distances.append(abs(score - bounds.approve_below))
        if score >= bounds.approve_below:
            reasons.append(bounds.cites or label)
        if bounds.reject_above is not None:
            distances.append(abs(score - bounds.reject_above))
            rejects = rejects or score > bounds.reject_above
    if rejects:
        kind = VerdictKind.REJECT
    elif reasons or len(known) < len(labels):
        kind = VerdictKind.REVIEW
    else:
        kind = VerdictKind.APPROVE
    return Verdict(
        kind=kind,
        overall=max(known.values()),
        contributions=known,
        reasons=tuple(label for label in Label if label in reasons),
        distance=min(distances),
        agreement=agreement(list(known.values())),
    )


def _needs_review(known: dict[Label, float]) -> Verdict:
    return Verdict(
        kind=VerdictKind.REVIEW,
        overall=None,
        contributions=known,
        reasons=(),
        distance=None,
        agreement=agreement(list(known.values())),
    )
