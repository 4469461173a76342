"""The evaluation rule on columns of scores: what enforcement, previews and comparisons share.

`evaluate` is the same rule for one item, in plain words; a property test holds them equal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import numpy.typing as npt

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import LabelThresholds, Place, Rule, ThresholdRule, WeightedRule
from core.domain.verdict import VerdictKind

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]
Scores = npt.NDArray[np.float32] | npt.NDArray[np.float64]

#: Verdicts as small numbers, in the order of severity.
KINDS: tuple[VerdictKind, ...] = (VerdictKind.APPROVE, VerdictKind.REVIEW, VerdictKind.REJECT)
APPROVE, REVIEW, REJECT = range(3)


@dataclass(frozen=True)
class ScoreColumns:
    """Scores of n items: per label an array (n,), NaN where there is none."""

    scores: Mapping[Label, Scores]
    places: Sequence[Place] = ()
    """The places that occur, for rules with overrides."""
    place: npt.NDArray[np.intp] | None = None
    """(n,): each item's number in `places`."""

    def take(self, rows: npt.NDArray[np.intp]) -> "ScoreColumns":
        """Only these rows."""
        return ScoreColumns(
            scores={label: values[rows] for label, values in self.scores.items()},
            places=self.places,
            place=None if self.place is None else self.place[rows],
        )


@dataclass(frozen=True)
class Judged:
    """What a rule concludes."""

    codes: Codes
    """(n,): numbers of `KINDS`."""
    flagged: dict[Label, Flags]
    """Per label the rule reads: whether the score reaches what the rule cites it for."""


def judge(columns: ScoreColumns, rule: Rule) -> Judged:
    """The verdict on every row.

    Scores of single precision are compared exactly as if both sides were doubles.
    """
    match rule:
        case WeightedRule():
            return _weighted(columns, rule)
        case ThresholdRule():
            return _thresholds(columns, rule)
        case _:
            assert_never(rule)


def overall_of(columns: ScoreColumns, rule: Rule) -> Floats:
    """The rule's one number per row; NaN where nothing it needs is scored."""
    match rule:
        case WeightedRule():
            return _weighted_overall(columns, rule)
        case ThresholdRule():
            read = [columns.scores[label].astype(np.float64) for label in _read(rule.thresholds)]
            return _without_warning(lambda: np.fmax.reduce(read))
        case _:
            assert_never(rule)


def distance_of(columns: ScoreColumns, rule: Rule) -> Floats:
    """The distance of the closest score to its nearest bound per row; NaN where not scored."""
    match rule:
        case WeightedRule():
            overall = _weighted_overall(columns, rule)
            return np.minimum(
                np.abs(overall - rule.approve_below), np.abs(overall - rule.reject_above)
            )
        case ThresholdRule():
            gaps = []
            for label in _read(rule.thresholds):
                values = columns.scores[label].astype(np.float64)
                for pick in (_approve_below, _reject_above):
                    bound = _bound(columns, rule, label, pick)
                    if bound is not None:
                        gaps.append(np.abs(values - bound))
            return _without_warning(lambda: np.fmin.reduce(gaps))
        case _:
            assert_never(rule)


def cited_of(columns: ScoreColumns, rule: Rule, judged: Judged) -> dict[Label, Flags]:
    """Per reason: whether it is cited. Labels may cite another reason than themselves."""
    if isinstance(rule, WeightedRule):
        return judged.flagged
    cited: dict[Label, Flags] = {}
    for label, flags in judged.flagged.items():
        for reason, here in _reasons(columns, rule, label):
            named = flags if here is None else flags & here
            cited[reason] = cited[reason] | named if reason in cited else named
    return cited


def _weighted(columns: ScoreColumns, rule: WeightedRule) -> Judged:
    overall = _weighted_overall(columns, rule)
    codes = np.full(overall.shape, REVIEW, dtype=np.uint8)
    codes[overall < rule.approve_below] = APPROVE
    codes[overall > rule.reject_above] = REJECT
    known = ~np.isnan(overall)
    flagged = {
        label: known & _at_least(columns.scores[label], 0.5) for label in _read(rule.weights)
    }
    return Judged(codes, flagged)


def _weighted_overall(columns: ScoreColumns, rule: WeightedRule) -> Floats:
    labels = _read(rule.weights)
    overall = np.zeros(columns.scores[labels[0]].shape)
    for label in labels:
        overall = overall + rule.weights[label] * columns.scores[label].astype(np.float64)
    return overall


def _thresholds(columns: ScoreColumns, rule: ThresholdRule) -> Judged:
    labels = _read(rule.thresholds)
    flagged: dict[Label, Flags] = {}
    rejects = reviews = np.zeros(columns.scores[labels[0]].shape, dtype=np.bool_)
    for label in labels:
        values = columns.scores[label]
        low = _bound(columns, rule, label, _approve_below)
        high = _bound(columns, rule, label, _reject_above)
        flagged[label] = _at_least(values, low)
        reviews = reviews | flagged[label] | np.isnan(values)
        if high is not None:
            rejects = rejects | _above(values, high)
    codes = reviews.astype(np.uint8)
    codes[rejects] = REJECT
    return Judged(codes, flagged)


def _read(labels: Mapping[Label, object]) -> list[Label]:
    return [label for label in SCORED_LABELS if label in labels]


def _approve_below(bounds: LabelThresholds) -> float | None:
    return bounds.approve_below


def _reject_above(bounds: LabelThresholds) -> float | None:
    return bounds.reject_above


def _bound(
    columns: ScoreColumns,
    rule: ThresholdRule,
    label: Label,
    pick: Callable[[LabelThresholds], float | None],
) -> float | Floats | None:
    """The label's bound: one number, or by row where overrides change it (NaN for none)."""
    if not any(label in override.thresholds for override in rule.overrides):
        return pick(rule.thresholds[label])
    by_place = np.array(
        [_or_nan(pick(rule.bounds_at(place)[label])) for place in columns.places], dtype=np.float64
    )
    if columns.place is None:
        raise ValueError("a rule with overrides needs to know where items are from")
    return by_place[columns.place]


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _at_least(values: Scores, bound: float | Floats | None) -> Flags:
    if bound is None:
        return np.zeros(values.shape, dtype=np.bool_)
    found: Flags = values >= _as_precise(values, bound, np.inf)
    return found


def _above(values: Scores, bound: float | Floats) -> Flags:
    found: Flags = values > _as_precise(values, bound, -np.inf)
    return found


def _as_precise(values: Scores, bound: float | Floats, towards: float) -> Scores | np.float32:
    """The bound in the scores' precision, rounded so that comparing means the same.

    x >= b holds for a single x exactly if x >= the least single not below b, and x > b exactly
    if x > the greatest single not above b.
    """
    exact = np.asarray(bound, dtype=np.float64)
    if values.dtype != np.float32:
        return exact
    single = exact.astype(np.float32)
    wrong = single < exact if towards > 0 else single > exact
    rounded: Scores = np.where(wrong, np.nextafter(single, np.float32(towards)), single)
    return rounded


def _reasons(
    columns: ScoreColumns, rule: ThresholdRule, label: Label
) -> list[tuple[Label, Flags | None]]:
    """What the label cites, and where: None for everywhere."""
    base = rule.thresholds[label].cites or label
    if not any(label in override.thresholds for override in rule.overrides):
        return [(base, None)]
    here = [rule.bounds_at(place)[label].cites or label for place in columns.places]
    assert columns.place is not None  # noqa: S101  # `_bound` refused otherwise
    return [
        (reason, np.array([each is reason for each in here], dtype=np.bool_)[columns.place])
        for reason in dict.fromkeys(here)
    ]


def _without_warning(work: Callable[[], Floats]) -> Floats:
    with np.errstate(invalid="ignore"):
        return work()
