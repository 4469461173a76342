"""A checkpoint's label names mapped to ours, once, when it is added."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from core.domain.label import SCORED_LABELS, Label
from core.domain.record import Record
from core.engine.checkpoints.activation import Activation, folded
from core.errors import UnknownLabelsError

_OURS: dict[str, Label] = {
    **dict.fromkeys(
        ("toxic", "toxicity", "severe_toxic", "severe_toxicity", "insult", "offensive", "obscene",
         "profanity", "abusive", "harassment"),
        Label.TOXICITY,
    ),
    **dict.fromkeys(
        ("identity_hate", "identity_attack", "hate", "hateful", "hate_speech"), Label.HATE_SPEECH
    ),
    **dict.fromkeys(("threat", "violence", "violent"), Label.VIOLENCE),
    **dict.fromkeys(("sexual_explicit", "sexual", "nsfw", "adult", "adult_content"),
                    Label.ADULT_CONTENT),
    "spam": Label.SPAM,
    "negative": Label.SENTIMENT,
    "sentiment": Label.SENTIMENT,
}  # fmt: skip
#: What is left when none of the harms holds: these carry no score of their own.
_COMPLEMENTS = {"neutral", "positive", "normal", "ham", "neither", "benign", "safe", "ok", "none"}
_NEGATION = re.compile(r"^(?:non|not|no)_?")

Floats = npt.NDArray[np.float64]


class LabelMap(Record):
    """For each of our labels the columns of the checkpoint that speak of it."""

    sources: dict[Label, tuple[int, ...]]

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels that the checkpoint scores, in our order."""
        return tuple(label for label in SCORED_LABELS if label in self.sources)

    def sources_of(self, label: Label) -> tuple[int, ...]:
        """The columns of one label."""
        return self.sources[label]

    def combine(self, probabilities: Floats, activation: Activation) -> npt.NDArray[np.float32]:
        """Scores, float32, shape (n, labels), of probabilities with shape (n, columns).

        Independent columns: the strongest counts. Exclusive ones: they add up.
        """
        scores = np.empty((len(probabilities), len(self.labels)), dtype=np.float32)
        for place, label in enumerate(self.labels):
            first, *rest = self.sources[label]
            value = probabilities[:, first].copy()
            for column in rest:
                if activation is Activation.SIGMOID:
                    np.maximum(value, probabilities[:, column], out=value)
                else:
                    value += probabilities[:, column]
            scores[:, place] = np.clip(value, 0.0, 1.0)
        return scores


def map_labels(names: Sequence[str], given: Mapping[str, Label | None] | None = None) -> LabelMap:
    """The map of a checkpoint's label names.

    `given` names columns by name or number; None leaves one out. A name that nobody knows, such
    as LABEL_0, is refused with what to write.
    """
    wanted = {folded(name): label for name, label in (given or {}).items()}
    sources: dict[Label, tuple[int, ...]] = {}
    unknown: list[str] = []
    for column, name in enumerate(names):
        key = folded(name)
        if key in wanted or str(column) in wanted:
            label = wanted.get(key, wanted.get(str(column)))
        elif key in _OURS:
            label = _OURS[key]
        elif key in _COMPLEMENTS or _is_negation(key):
            label = None
        else:
            unknown.append(name)
            continue
        if label is not None:
            sources[label] = (*sources.get(label, ()), column)
    if unknown:
        raise UnknownLabelsError(
            f"Nobody knows what {', '.join(unknown)} mean. Say it with --label-map, for instance "
            f"--label-map {unknown[0]}=toxicity, or {unknown[0]}=none for what is no harm."
        )
    if not sources:
        raise UnknownLabelsError(
            f"None of the checkpoint's labels ({', '.join(names)}) is a harm we know. Map at least "
            "one with --label-map."
        )
    return LabelMap(sources=sources)


def _is_negation(key: str) -> bool:
    rest = _NEGATION.sub("", key)
    return rest != key and (rest in _OURS or rest in _COMPLEMENTS)
