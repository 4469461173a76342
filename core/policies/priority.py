"""Which task comes first, with every term kept so that "why is this first?" can be answered."""

import math
from datetime import timedelta

import polars as pl

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import Rule, ThresholdRule, WeightedRule
from core.domain.review_queue import PriorityWeights

#: How bad a certain violation of each label is, 0..1.
SEVERITY: dict[Label, float] = {
    Label.TOXICITY: 0.5,
    Label.HATE_SPEECH: 0.8,
    Label.SPAM: 0.3,
    Label.SENTIMENT: 0.0,
    Label.VIOLENCE: 1.0,
    Label.ADULT_CONTENT: 0.7,
}

#: Expected views at which the views term reaches its full weight.
_MANY_VIEWS = 1_000_000

#: Time within which an escalated task should be decided.
ESCALATION_TARGET = timedelta(hours=4)

#: An item is severe (blurred until asked for) from this harm term on.
SEVERE_HARM = 0.45

TERM_WORDS: dict[str, str] = {
    "harm": "Expected harm: score times severity of the worst label",
    "uncertainty": "Close to a threshold: a person's answer settles it",
    "reports": "Reported by people on the platform",
    "views": "Seen by many: expected harm times the size of the audience",
    "waiting": "Waiting time against the target",
    "random": "Drawn at random, so that quality can be measured",
    "escalated": "A reviewer asked for a second opinion",
    "chosen": "Somebody sent it here to be looked at",
    "drawn": "Drawn by lot, to be judged blindly",
}


def priority_terms(frame: pl.DataFrame, rule: Rule, weights: PriorityWeights) -> pl.DataFrame:
    """`frame` (label scores, `reports`, `views`) with the weighted terms and their sum, priority.

    Columns added: harm, uncertainty, reports_term, views_term, priority.

    harm = max over labels of severity * score, in [0, 1]; uncertainty = max over labels of
    1 - |score - t| / max(t, 1 - t) for the label's nearest threshold t, in [0, 1]. The waiting
    term depends on the time of asking and is added when tasks are ordered.
    """
    harm = pl.max_horizontal(
        pl.col(label.value).cast(pl.Float64).fill_null(0.0) * SEVERITY[label]
        for label in SCORED_LABELS
    )
    return frame.with_columns(
        harm=weights.harm * harm,
        uncertainty=weights.uncertainty * _uncertainty(rule),
        reports_term=weights.reports * pl.col("reports").cast(pl.Float64).log1p(),
        views_term=weights.views * harm * _audience(),
    ).with_columns(priority=pl.sum_horizontal("harm", "uncertainty", "reports_term", "views_term"))


def _audience() -> pl.Expr:
    """log(1 + views) over log(1 + a million), in [0, 1]."""
    views = pl.col("views").cast(pl.Float64).clip(0, _MANY_VIEWS)
    return views.log1p() / math.log1p(_MANY_VIEWS)


def _uncertainty(rule: Rule) -> pl.Expr:
    match rule:
        case WeightedRule():
            bounds = (rule.approve_below, rule.reject_above)
            return pl.max_horizontal(_closeness(pl.col("overall"), bound) for bound in bounds)
        case ThresholdRule():
            return pl.max_horizontal(
                _closeness(pl.col(label.value).cast(pl.Float64), bound)
                for label, pair in rule.thresholds.items()
                for bound in (pair.approve_below, pair.reject_above)
                if bound is not None
            )


def _closeness(score: pl.Expr, threshold: float) -> pl.Expr:
    widest = max(threshold, 1 - threshold)
    return (1 - (score - threshold).abs() / widest).fill_null(0.0)
