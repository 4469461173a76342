"""Decisions at a threshold against the truth."""

import numpy as np
import numpy.typing as npt

from core.domain.record import Record

Floats = npt.NDArray[np.float64]


class Confusion(Record):
    """Weighted counts of the four outcomes of a yes/no decision."""

    true_positives: float
    false_positives: float
    false_negatives: float
    true_negatives: float

    @property
    def precision(self) -> float | None:
        """TP / (TP + FP); None when nothing was flagged."""
        return _ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float | None:
        """TP / (TP + FN); None without positives."""
        return _ratio(self.true_positives, self.true_positives + self.false_negatives)

    def f_beta(self, beta: float = 1.0) -> float:
        """(1 + b^2) TP / ((1 + b^2) TP + b^2 FN + FP); 0 when nothing is right (van Rijsbergen)."""
        return _f(self.true_positives, self.false_positives, self.false_negatives, beta)

    @property
    def macro_f1(self) -> float:
        """The mean of the F1 of positives and that of negatives."""
        negative = _f(self.true_negatives, self.false_negatives, self.false_positives, 1.0)
        return (self.f_beta() + negative) / 2


def confusion(
    truth: npt.ArrayLike, flagged: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> Confusion:
    """The confusion of flags with the truth, both 0/1 of shape (n,)."""
    is_true = np.asarray(truth, dtype=bool)
    is_flagged = np.asarray(flagged, dtype=bool)
    weight = np.ones(is_true.size) if weights is None else np.asarray(weights, dtype=np.float64)
    return Confusion(
        true_positives=float(weight[is_true & is_flagged].sum()),
        false_positives=float(weight[~is_true & is_flagged].sum()),
        false_negatives=float(weight[is_true & ~is_flagged].sum()),
        true_negatives=float(weight[~is_true & ~is_flagged].sum()),
    )


def macro_recall(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> float | None:
    """The mean over the classes in `truth` of the share found; None without rows."""
    actual, guessed = np.asarray(truth), np.asarray(predicted)
    classes = np.unique(actual)
    if not classes.size:
        return None
    return float(np.mean([(guessed[actual == each] == each).mean() for each in classes]))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _f(right: float, wrong: float, missed: float, beta: float) -> float:
    square = beta * beta
    whole = (1 + square) * right + square * missed + wrong
    return (1 + square) * right / whole if whole > 0 else 0.0
