"""Which of two scores ranks harmful items higher, on the same items: DeLong's test."""

from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from core.domain.record import Record
from core.metrics.intervals import Interval

Floats = npt.NDArray[np.float64]
FEWEST = 2


class PairedAuc(Record):
    """The areas under the ROC curves of two scores of the same items."""

    auc_a: float
    auc_b: float
    difference: float
    """B - A; above 0, B ranks better."""
    interval: Interval
    """Of the difference, within [-1, 1]."""
    z: float
    p: float
    """Two-sided."""
    variance_a: float
    variance_b: float
    covariance: float
    positives: int
    """Harmful items."""
    negatives: int


def delong(
    harmful: npt.ArrayLike,
    scores_a: npt.ArrayLike,
    scores_b: npt.ArrayLike,
    *,
    confidence: float = 0.95,
) -> PairedAuc | None:
    """DeLong, DeLong and Clarke-Pearson's comparison (1988), by mid-ranks (Sun and Xu 2014).

    `harmful` 0/1 and both scores of shape (n,), items independent and unweighted. Ties count half.
    None with fewer than two items of a class: nothing is known of how areas vary. Where scores
    that differ do not vary at all (both separate the classes), p is 1 and the interval [-1, 1].
    """
    truth = np.asarray(harmful, dtype=bool)
    first, second = np.asarray(scores_a, dtype=np.float64), np.asarray(scores_b, dtype=np.float64)
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if min(positives, negatives) < FEWEST:
        return None
    a, b = _placements(truth, first), _placements(truth, second)
    auc_a, auc_b = float(a[0].mean()), float(b[0].mean())
    variances = [_covariance(a, a), _covariance(b, b), _covariance(a, b)]
    # From the differences of each item: it is exactly 0 for equal rankings, va + vb - 2 c is not.
    apart = (b[0] - a[0], b[1] - a[1])
    difference, variance = auc_b - auc_a, _covariance(apart, apart)
    is_same = not apart[0].any() and not apart[1].any()
    error = sqrt(variance)
    z = difference / error if error > 0 else 0.0
    reach = float(ndtri(0.5 + confidence / 2)) * error if error > 0 or is_same else 2.0
    return PairedAuc(
        auc_a=auc_a,
        auc_b=auc_b,
        difference=difference,
        interval=Interval(low=max(-1.0, difference - reach), high=min(1.0, difference + reach)),
        z=z,
        p=float(2 * ndtr(-abs(z))),
        variance_a=variances[0],
        variance_b=variances[1],
        covariance=variances[2],
        positives=positives,
        negatives=negatives,
    )


def _placements(truth: npt.NDArray[np.bool_], scores: Floats) -> tuple[Floats, Floats]:
    """Of each positive the share of negatives below it, of each negative that of positives above.

    Ties count half; both have the mean AUC.
    """
    above, below = scores[truth], scores[~truth]
    together = _midranks(scores)
    return (
        (together[truth] - _midranks(above)) / below.size,
        1 - (together[~truth] - _midranks(below)) / above.size,
    )


def _midranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    middle: Floats = (np.cumsum(count) - (count - 1) / 2)[place]
    return middle


def _covariance(a: tuple[Floats, Floats], b: tuple[Floats, Floats]) -> float:
    """S10 / m + S01 / n of DeLong et al."""
    return sum(
        float((x - x.mean()) @ (y - y.mean())) / (x.size - 1) / x.size
        for x, y in zip(a, b, strict=True)
    )
