"""What a model and a policy make of one text, with the words that made the scores."""

import time

from core.domain.label import Label
from core.domain.policy import LabelThresholds, PolicyVersion, ThresholdRule
from core.domain.record import Record
from core.domain.verdict import Verdict
from core.engine.classifier import Classifier
from core.engine.highlight import Highlight
from core.policies.evaluate import evaluate

_WORDS_A_LABEL = 8


class TriedText(Record):
    """Scores, verdict and highlights of one text."""

    text: str
    model: str
    scores: dict[Label, float]
    bounds: dict[Label, LabelThresholds]
    verdict: Verdict
    highlights: tuple[Highlight, ...]
    milliseconds: float
    """How long scoring took, without the explanation."""


def try_text(classifier: Classifier, policy: PolicyVersion, text: str) -> TriedText:
    """Scores and explains one text."""
    began = time.perf_counter()
    [values] = classifier.score([text])
    took = (time.perf_counter() - began) * 1000
    scores = {label: float(value) for label, value in zip(classifier.labels, values, strict=True)}
    rule = policy.rule
    return TriedText(
        text=text,
        model=f"{classifier.name} ({classifier.version})",
        scores=scores,
        bounds=rule.thresholds if isinstance(rule, ThresholdRule) else {},
        verdict=evaluate(scores, rule),
        highlights=tuple(classifier.explain(text, _WORDS_A_LABEL)),
        milliseconds=took,
    )
