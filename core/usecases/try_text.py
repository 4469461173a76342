"""What a model and a policy make of one text, with the words that made the scores."""

import time

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import (
    NOWHERE,
    LabelThresholds,
    Place,
    PolicyVersion,
    ThresholdRule,
    WeightedRule,
)
from core.domain.record import Record
from core.domain.verdict import Verdict, VerdictKind
from core.engine.classifier import Classifier
from core.engine.highlight import Highlight
from core.policies.evaluate import evaluate

_WORDS_A_LABEL = 8
#: About as long as posts are; each gets a number, so that none is scored twice.
_PROBE = (
    "Has anybody tried the new bakery next to the station? Number {0} on my list.",
    "I do not agree with the referee, but {0} fouls are a lot for one half.",
    "You are such a clown, nobody asked for your opinion {0} times a day.",
    "Thanks for the {0} photos, my grandmother loved them and wants to see more of the garden.",
)
_PROBE_COUNT = 200


class LabelPart(Record):
    """What one label had to do with a verdict."""

    label: Label
    score: float | None
    """None when the model does not score it."""
    bounds: LabelThresholds | None
    """Those that applied; None when the rule has none for it."""
    weight: float | None
    """Under a weighted rule."""
    contribution: float | None
    """Its part in the rule's one number; None when the rule does not read it."""
    says: VerdictKind | None
    """What the label alone would lead to; None without bounds or score."""
    decides: bool
    """Whether the verdict is what this label says, and no approval: that takes all of them."""

    @property
    def distance(self) -> float | None:
        """From the score to the nearest of its bounds."""
        if self.score is None or self.bounds is None:
            return None
        ends = [self.bounds.approve_below, self.bounds.reject_above]
        return min(abs(self.score - end) for end in ends if end is not None)


class TriedText(Record):
    """Scores, verdict and highlights of one text."""

    text: str
    model: str
    policy: PolicyVersion
    scores: dict[Label, float]
    bounds: dict[Label, LabelThresholds]
    """Those that apply where the text is; empty under a weighted rule."""
    verdict: Verdict
    highlights: tuple[Highlight, ...]
    milliseconds: float
    """How long scoring took, without the explanation."""

    @property
    def read(self) -> tuple[Label, ...]:
        """The labels that the rule reads."""
        rule = self.policy.rule
        named = rule.weights if isinstance(rule, WeightedRule) else self.bounds
        return tuple(label for label in SCORED_LABELS if label in named)

    @property
    def missing(self) -> tuple[Label, ...]:
        """The labels that the rule reads and the model does not score."""
        return tuple(label for label in self.read if label not in self.scores)

    @property
    def parts(self) -> tuple[LabelPart, ...]:
        """Every label that is scored or read, in the order of labels."""
        known = {*self.scores, *self.read}
        return tuple(self._part(label) for label in SCORED_LABELS if label in known)

    def _part(self, label: Label) -> LabelPart:
        rule, score, bounds = self.policy.rule, self.scores.get(label), self.bounds.get(label)
        says = said_by(score, bounds) if score is not None and bounds is not None else None
        return LabelPart(
            label=label,
            score=score,
            bounds=bounds,
            weight=rule.weights.get(label) if isinstance(rule, WeightedRule) else None,
            contribution=self.verdict.contributions.get(label) if label in self.read else None,
            says=says,
            decides=says is self.verdict.kind and says is not VerdictKind.APPROVE,
        )


def said_by(score: float, bounds: LabelThresholds) -> VerdictKind:
    """What one label leads to when no other says more."""
    if bounds.reject_above is not None and score > bounds.reject_above:
        return VerdictKind.REJECT
    return VerdictKind.REVIEW if score >= bounds.approve_below else VerdictKind.APPROVE


def try_text(
    classifier: Classifier, policy: PolicyVersion, text: str, place: Place = NOWHERE
) -> TriedText:
    """Scores and explains one text, as if it had come in at `place`."""
    began = time.perf_counter()
    [values] = classifier.score([text])
    took = (time.perf_counter() - began) * 1000
    scores = {label: float(value) for label, value in zip(classifier.labels, values, strict=True)}
    rule = policy.rule
    return TriedText(
        text=text,
        model=f"{classifier.name} ({classifier.version})",
        policy=policy,
        scores=scores,
        bounds=rule.bounds_at(place) if isinstance(rule, ThresholdRule) else {},
        verdict=evaluate(scores, rule, place),
        highlights=tuple(classifier.explain(text, _WORDS_A_LABEL)),
        milliseconds=took,
    )


def texts_per_second(classifier: Classifier) -> float:
    """How many short posts the model scores in a second of wall time, here and now."""
    texts = [_PROBE[number % len(_PROBE)].format(number) for number in range(_PROBE_COUNT)]
    classifier.score(texts[:4])
    began = time.perf_counter()
    classifier.score(texts)
    return _PROBE_COUNT / (time.perf_counter() - began)
