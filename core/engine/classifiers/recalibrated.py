"""Another classifier's scores, moved to where people's decisions put them."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from core.domain.label import Label
from core.domain.policy import LabelThresholds
from core.domain.score_map import ScoreMap
from core.engine.classifier import Classifier
from core.engine.highlight import Highlight
from core.engine.recalibration import Recalibration, check_base

Scores = npt.NDArray[np.float32]


class RecalibratedClassifier:
    """Ranks as its base does; only the numbers mean something else."""

    kind = "recalibrated"

    def __init__(self, base: Classifier, recalibration: Recalibration) -> None:
        check_base(recalibration, base.digest)
        self.name: str = recalibration.name
        self.version: str = recalibration.version
        self.labels: tuple[Label, ...] = base.labels
        self.digest: str = recalibration.digest
        self.recalibration = recalibration
        self._base = base
        self._maps = recalibration.maps

    @property
    def thresholds(self) -> Mapping[Label, LabelThresholds]:
        """The base's bounds moved as its scores are: they part the same items."""
        return {
            label: _moved(bounds, self._maps[label]) if label in self._maps else bounds
            for label, bounds in self._base.thresholds.items()
        }

    def score(self, texts: Sequence[str]) -> Scores:
        """Scores in [0, 1], float32, shape (n, labels); each a function of the base's alone."""
        scores = np.array(self._base.score(texts), dtype=np.float32)
        for column, label in enumerate(self.labels):
            if label in self._maps:
                scores[:, column] = mapped(self._maps[label], scores[:, column])
        return scores

    def explain(self, text: str, limit: int) -> Sequence[Highlight]:
        """The base's words: a map moves all texts alike."""
        return self._base.explain(text, limit)

    def glance(self, text: str, limit: int) -> Sequence[Highlight]:
        """The base's words, from what is quickly known."""
        return self._base.glance(text, limit)


def mapped(score_map: ScoreMap, scores: Scores) -> Scores:
    """Recorded scores as the recalibrated model would record them, to the last bit."""
    return score_map.of(scores).astype(np.float32)


def _moved(bounds: LabelThresholds, score_map: ScoreMap) -> LabelThresholds:
    """Bounds for moved scores that hold where the old ones held for the old scores.

    Scores are float32 and bounds are not: `at or above` starts at the next score up, `above` ends
    at the next one down. Where a map makes two scores one, it is reviewed rather than approved or
    rejected.
    """
    low = _moved_bound(bounds.approve_below, score_map, up=True)
    high = bounds.reject_above
    if high is not None:
        high = max(low, _moved_bound(high, score_map, up=False))
    return LabelThresholds(approve_below=low, reject_above=high, cites=bounds.cites)


def _moved_bound(bound: float, score_map: ScoreMap, *, up: bool) -> float:
    score = np.float32(bound)
    if up and float(score) < bound:
        score = np.nextafter(score, np.float32(1))
    if not up and float(score) > bound:
        score = np.nextafter(score, np.float32(0))
    return float(mapped(score_map, np.array([score]))[0])
