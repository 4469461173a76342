"""A classifier that scores a text once within one request."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from core.domain.label import Label
from core.domain.policy import LabelThresholds
from core.engine.classifier import Classifier
from core.engine.highlight import Highlight


class RememberedScores:
    """The classifier, remembering every row: for one request and one thread, it never forgets."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._rows: dict[str, npt.NDArray[np.float32]] = {}

    @property
    def name(self) -> str:
        """The registered name."""
        return self._classifier.name

    @property
    def version(self) -> str:
        """The version of the weights."""
        return self._classifier.version

    @property
    def kind(self) -> str:
        """What sort of model it is."""
        return self._classifier.kind

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels scored, in the order of the columns."""
        return self._classifier.labels

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over everything that decides the scores."""
        return self._classifier.digest

    @property
    def thresholds(self) -> Mapping[Label, LabelThresholds]:
        """Suggested bounds per label."""
        return self._classifier.thresholds

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Scores in [0, 1], shape (n, labels); only texts not seen yet ask the classifier."""
        new = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if new:
            self._rows.update(zip(new, self._classifier.score(new), strict=True))
        if not texts:
            return self._classifier.score(texts)
        return np.stack([self._rows[text] for text in texts])

    def explain(self, text: str, limit: int) -> Sequence[Highlight]:
        """The words that raised each label most, up to `limit` a label."""
        return self._classifier.explain(text, limit)

    def glance(self, text: str, limit: int) -> Sequence[Highlight]:
        """As `explain`, from what is quickly known."""
        return self._classifier.glance(text, limit)
