"""The same rule as `evaluate`, over a polars frame; a property test holds the two equal."""

from collections.abc import Callable
from typing import assert_never

import polars as pl

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import LabelThresholds, Rule, ThresholdRule, WeightedRule
from core.domain.verdict import VerdictKind

#: Columns added by `evaluate_frame`.
VERDICT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "verdict": pl.String,
    "overall": pl.Float64,
    "distance": pl.Float64,
    "reasons": pl.List(pl.String),
}


def evaluate_frame(scores: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """`scores` (one Float column per label, null = not scored) with the verdict columns added.

    A rule with overrides also reads the columns tenant_id and language.
    """
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
    labels = [label for label in SCORED_LABELS if label in rule.thresholds]
    low = {label: _bound(rule, label, "approve_below") for label in labels}
    high = {label: _bound(rule, label, "reject_above") for label in labels}
    flagged = {label: (_score(label) >= low[label]).fill_null(value=False) for label in labels}
    rejected = [(_score(label) > high[label]).fill_null(value=False) for label in labels]
    missing = pl.any_horizontal(pl.col(label.value).is_null() for label in labels)
    distances = [
        (_score(label) - bound).abs() for label in labels for bound in (low[label], high[label])
    ]
    verdict = (
        pl.when(pl.any_horizontal(rejected))
        .then(pl.lit(VerdictKind.REJECT.value))
        .when(pl.any_horizontal(*flagged.values(), missing))
        .then(pl.lit(VerdictKind.REVIEW.value))
        .otherwise(pl.lit(VerdictKind.APPROVE.value))
    )
    cited = [
        pl.when(condition).then(_by_place(rule, label, _cited_label, pl.String)).otherwise(None)
        for label, condition in flagged.items()
    ]
    return {
        "verdict": verdict,
        "overall": pl.max_horizontal(_score(label) for label in labels),
        "distance": pl.min_horizontal(distances),
        "reasons": pl.concat_list(cited).list.drop_nulls().list.unique(maintain_order=True),
    }


def _bound(rule: ThresholdRule, label: Label, name: str) -> pl.Expr:
    def value(_: Label, bounds: LabelThresholds) -> float | None:
        found: float | None = getattr(bounds, name)
        return found

    return _by_place(rule, label, value, pl.Float64)


def _cited_label(label: Label, bounds: LabelThresholds) -> str:
    return (bounds.cites or label).value


def _by_place(
    rule: ThresholdRule,
    label: Label,
    value: Callable[[Label, LabelThresholds], object],
    kind: type[pl.DataType],
) -> pl.Expr:
    """What the rule says of the label, by the rows' tenant_id and language where it matters."""
    found = pl.lit(value(label, rule.thresholds[label]), dtype=kind)
    for override in rule.overrides:
        if label in override.thresholds:
            here = pl.all_horizontal(
                pl.col(column).eq_missing(wanted)
                for column, wanted in (
                    ("tenant_id", override.tenant),
                    ("language", override.language),
                )
                if wanted is not None
            )
            other = pl.lit(value(label, override.thresholds[label]), dtype=kind)
            found = pl.when(here).then(other).otherwise(found)
    return found
