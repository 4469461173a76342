"""How well scores rank positives above negatives, whatever the threshold."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Truth = npt.NDArray[np.integer] | npt.NDArray[np.bool_]


def auroc(
    truth: Truth, scores: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> float | None:
    """P(score of a positive > score of a negative) + half the ties (Hanley and McNeil 1982).

    `truth` 0/1, `scores` any order-preserving numbers, `weights` >= 0, all of shape (n,). None
    when one class is missing. In [0, 1].
    """
    ordered = Ranked(truth, scores)
    return ordered.auroc(_weights(weights, ordered.count))


def average_precision(
    truth: Truth, scores: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> float | None:
    """AP = sum over thresholds of (recall gained) x precision; None without positives.

    The step-wise area under the precision-recall curve, without interpolation. In [0, 1].
    """
    ordered = Ranked(truth, scores)
    return ordered.average_precision(_weights(weights, ordered.count))


def _weights(weights: npt.ArrayLike | None, count: int) -> Floats:
    return np.ones(count) if weights is None else np.asarray(weights, dtype=np.float64)


class Ranked:
    """Rows sorted by score once, so that many weightings of them are quickly measured."""

    def __init__(self, truth: Truth, scores: npt.ArrayLike) -> None:
        values = np.asarray(scores, dtype=np.float64)
        self._order = np.argsort(-values, kind="stable")
        self._truth = np.asarray(truth, dtype=np.float64)[self._order]
        ordered = values[self._order]
        self._ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
        self.count = int(values.size)

    def _at_ends(self, weights: Floats) -> tuple[Floats, Floats]:
        """True and false positives at each distinct score, from the highest down."""
        sorted_weights = weights[self._order]
        hits = np.cumsum(sorted_weights * self._truth)[self._ends]
        total = np.cumsum(sorted_weights)[self._ends]
        return hits, total - hits

    def auroc(self, weights: Floats) -> float | None:
        """The area under the ROC curve of the weighted rows."""
        if self.count == 0:
            return None
        hits, misses = self._at_ends(weights)
        if hits[-1] <= 0 or misses[-1] <= 0:
            return None
        gained = np.diff(misses, prepend=0.0)
        before = np.concatenate(([0.0], hits[:-1]))
        return float(np.sum(gained * (before + hits) / 2) / (hits[-1] * misses[-1]))

    def average_precision(self, weights: Floats) -> float | None:
        """The average precision of the weighted rows."""
        if self.count == 0:
            return None
        hits, misses = self._at_ends(weights)
        if hits[-1] <= 0:
            return None
        total = hits + misses
        precision = np.divide(hits, total, out=np.ones_like(hits), where=total > 0)
        return float(np.sum(np.diff(hits, prepend=0.0) * precision) / hits[-1])
