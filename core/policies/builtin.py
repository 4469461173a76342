"""The policies every store starts with."""

from core.domain.label import Label
from core.domain.policy import LabelThresholds, ThresholdRule, WeightedRule

DEFAULT_POLICY = "default"
BASELINE_POLICY = "weighted-baseline"

#: The plain weighted average many moderation services start with, kept exact for comparisons.
#: It can hardly reject: hate_speech = 1 alone gives 0.20, which approves.
WEIGHTED_BASELINE = WeightedRule(
    weights={
        Label.SENTIMENT: 0.2,
        Label.TOXICITY: 0.4,
        Label.SPAM: 0.2,
        Label.HATE_SPEECH: 0.2,
    },
    approve_below=0.3,
    reject_above=0.7,
)


def default_rule(thresholds: dict[Label, LabelThresholds]) -> ThresholdRule:
    """The built-in `default` rule: per-label bounds on calibrated scores, the worst label decides.

    The bounds come from the model that is read, chosen on its held-out rows (its model card says
    how). Sentiment is never a reason: an unhappy text breaks no rule.
    """
    return ThresholdRule(
        thresholds={
            label: bounds for label, bounds in thresholds.items() if label is not Label.SENTIMENT
        }
    )
