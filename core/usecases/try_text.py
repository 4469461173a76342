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
#: About as long as posts are; each gets a number, so that none is scored twice.
_PROBE = (
    "Has anybody tried the new bakery next to the station? Number {0} on my list.",
    "I do not agree with the referee, but {0} fouls are a lot for one half.",
    "You are such a clown, nobody asked for your opinion {0} times a day.",
    "Thanks for the {0} photos, my grandmother loved them and wants to see more of the garden.",
)
_PROBE_COUNT = 200


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


def texts_per_second(classifier: Classifier) -> float:
    """How many short posts the model scores in a second of wall time, here and now."""
    texts = [_PROBE[number % len(_PROBE)].format(number) for number in range(_PROBE_COUNT)]
    classifier.score(texts[:4])
    began = time.perf_counter()
    classifier.score(texts)
    return _PROBE_COUNT / (time.perf_counter() - began)
