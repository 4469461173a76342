"""Whether a score of .3 means that three in ten are positive."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.domain.record import Record
from core.metrics.intervals import Interval, wilson

Floats = npt.NDArray[np.float64]
Norm = Literal["l1", "l2", "max"]


class ReliabilityBin(Record):
    """One bin of a reliability diagram."""

    low: float
    high: float
    count: float
    """The sum of the rows' weights."""
    mean_score: float
    observed: float
    interval: Interval
    """Wilson's interval of the observed share, from Kish's effective number of rows."""


def brier(
    truth: npt.ArrayLike, scores: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> float:
    """The weighted mean of (score - truth)^2 (Brier 1950); 0 is perfect, 1 the worst."""
    difference = np.asarray(scores, dtype=np.float64) - np.asarray(truth, dtype=np.float64)
    weight = None if weights is None else np.asarray(weights, dtype=np.float64)
    return float(np.average(difference**2, weights=weight))


def reliability(
    truth: npt.ArrayLike,
    scores: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    bins: int = 10,
    equal_mass: bool = False,
) -> list[ReliabilityBin]:
    """The bins that hold rows: equally wide, or with equally many rows each."""
    values = np.asarray(scores, dtype=np.float64)
    actual = np.asarray(truth, dtype=np.float64)
    weight = np.ones(values.size) if weights is None else np.asarray(weights, dtype=np.float64)
    edges = np.linspace(0, 1, bins + 1)
    if equal_mass and values.size:
        edges = np.unique(np.quantile(values, edges))
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, max(0, edges.size - 2))
    found = []
    for number in range(max(1, edges.size - 1)):
        inside = place == number
        total = float(weight[inside].sum())
        if total <= 0:
            continue
        observed = float(np.average(actual[inside], weights=weight[inside]))
        # Kish's effective number: rows of unequal weight say less than as many equal ones.
        rows = total**2 / float(np.sum(weight[inside] ** 2))
        found.append(
            ReliabilityBin(
                low=float(edges[number]),
                high=float(edges[min(number + 1, edges.size - 1)]),
                count=total,
                mean_score=float(np.average(values[inside], weights=weight[inside])),
                observed=observed,
                interval=wilson(observed * rows, rows),
            )
        )
    return found


def expected_calibration_error(
    truth: npt.ArrayLike,
    scores: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    bins: int = 10,
    equal_mass: bool = False,
) -> float:
    """ECE = sum over bins of (share of the rows) x |observed - mean score|; 0 without rows.

    Naeini et al. 2015; in [0, 1].
    """
    return calibration_error(reliability(truth, scores, weights, bins=bins, equal_mass=equal_mass))


def calibration_error(bins: Sequence[ReliabilityBin], norm: Norm = "l1") -> float:
    """The gaps |observed - mean score| of the bins in one number, by the shares of the rows.

    `l1` is their mean (ECE), `l2` the root of their mean square, `max` the largest (MCE).
    """
    total = sum(each.count for each in bins)
    if total <= 0:
        return 0.0
    gaps = np.array([abs(each.observed - each.mean_score) for each in bins])
    shares = np.array([each.count / total for each in bins])
    match norm:
        case "l1":
            return float(np.sum(shares * gaps))
        case "l2":
            return float(np.sqrt(np.sum(shares * gaps**2)))
        case "max":
            return float(gaps.max())
