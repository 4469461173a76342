"""The same rule as `evaluate`, over a polars frame; a property test holds the two equal."""

from typing import assert_never

import polars as pl

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import Rule, ThresholdRule, WeightedRule
from core.domain.verdict import VerdictKind

#: Columns added by `evaluate_frame`.
VERDICT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "verdict": pl.String,
    "overall": pl.Float64,
    "distance": pl.Float64,
    "reasons": pl.List(pl.String),
}


def evaluate_frame(scores: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """`scores` (one Float column per label, null = not scored) with the verdict columns added."""
    match rule:
        case WeightedRule():
            return scores.with_columns(**_weighted(rule))
        case ThresholdRule():
            return scores.with_columns(**_thresholds(rule))
        case _:
            assert_never(rule)


def _score(label: Label) -> pl.Expr:
    return pl.col(label.value).cast(pl.Float64)


def _cited(conditions: dict[Label, pl.Expr]) -> pl.Expr:
    cited = [
        pl.when(condition).then(pl.lit(label.value)).otherwise(None)
        for label, condition in conditions.items()
    ]
    return pl.concat_list(cited).list.drop_nulls()


def _weighted(rule: WeightedRule) -> dict[str, pl.Expr]:
    labels = [label for label in SCORED_LABELS if label in rule.weights]
    overall: pl.Expr = pl.lit(0.0)
    for label in labels:
        overall = overall + rule.weights[label] * _score(label)
    missing = pl.any_horizontal(pl.col(label.value).is_null() for label in labels)
    verdict = (
        pl.when(missing)
        .then(pl.lit(VerdictKind.REVIEW.value))
        .when(overall < rule.approve_below)
        .then(pl.lit(VerdictKind.APPROVE.value))
        .when(overall > rule.reject_above)
        .then(pl.lit(VerdictKind.REJECT.value))
        .otherwise(pl.lit(VerdictKind.REVIEW.value))
    )
    distance = pl.min_horizontal(
        (overall - rule.approve_below).abs(), (overall - rule.reject_above).abs()
    )
    reasons = (
        pl.when(missing)
        .then(pl.lit([], dtype=pl.List(pl.String)))
        .otherwise(_cited({label: _score(label) >= 0.5 for label in labels}))
    )
    return {"verdict": verdict, "overall": overall, "distance": distance, "reasons": reasons}


def _thresholds(rule: ThresholdRule) -> dict[str, pl.Expr]:
    bounds = {label: rule.thresholds[label] for label in SCORED_LABELS if label in rule.thresholds}
    flagged = {
        label: (_score(label) >= bound.approve_below).fill_null(value=False)
        for label, bound in bounds.items()
    }
    rejected = [
        (_score(label) > bound.reject_above).fill_null(value=False)
        for label, bound in bounds.items()
        if bound.reject_above is not None
    ] or [pl.lit(value=False)]
    missing = pl.any_horizontal(pl.col(label.value).is_null() for label in bounds)
    distances = [
        (_score(label) - bound).abs()
        for label, pair in bounds.items()
        for bound in (pair.approve_below, pair.reject_above)
        if bound is not None
    ]
    verdict = (
        pl.when(pl.any_horizontal(rejected))
        .then(pl.lit(VerdictKind.REJECT.value))
        .when(pl.any_horizontal(*flagged.values(), missing))
        .then(pl.lit(VerdictKind.REVIEW.value))
        .otherwise(pl.lit(VerdictKind.APPROVE.value))
    )
    return {
        "verdict": verdict,
        "overall": pl.max_horizontal(_score(label) for label in bounds),
        "distance": pl.min_horizontal(distances),
        "reasons": _cited(flagged),
    }
