"""The two sides of a comparison: whose scores, judged by which rule."""

from collections.abc import Collection

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import Rule, ThresholdRule, WeightedRule
from core.domain.record import Record


class ComparedSide(Record):
    """One side: the scores of a model version under a rule."""

    name: str
    """What people call it, such as "ensemble-1 (1.0.0) under default v2"."""
    model_version_id: int
    labels: tuple[Label, ...]
    """The labels that the model version scores."""
    rule: Rule
    policy_version_id: int | None = None
    """The policy version that the rule is of; None when it is nobody's yet."""

    @property
    def reads(self) -> tuple[Label, ...]:
        """The labels that the rule reads."""
        read = self.rule.weights if isinstance(self.rule, WeightedRule) else self.rule.thresholds
        return tuple(label for label in SCORED_LABELS if label in read)

    @property
    def lacks(self) -> tuple[Label, ...]:
        """The labels that the rule reads and the model version does not score."""
        return tuple(label for label in self.reads if label not in self.labels)


def rule_on(rule: Rule, labels: Collection[Label]) -> Rule | None:
    """The rule without the bounds of all other labels; None when nothing is left of it.

    A weighted rule is left as it is, or not at all: a weight that is left out changes the others.
    """
    if isinstance(rule, WeightedRule):
        return rule if set(rule.weights) <= set(labels) else None
    kept = {label: bounds for label, bounds in rule.thresholds.items() if label in labels}
    if not kept:
        return None
    overrides = [
        override.model_copy(
            update={
                "thresholds": {
                    label: bounds for label, bounds in override.thresholds.items() if label in kept
                }
            }
        )
        for override in rule.overrides
        if set(override.thresholds) & set(kept)
    ]
    return ThresholdRule(thresholds=kept, overrides=tuple(overrides))
