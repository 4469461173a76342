"""Two people on the same units: Cohen's kappa with its large-sample interval."""

from enum import StrEnum
from math import sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from core.domain.record import Record
from core.metrics.intervals import Interval

Floats = npt.NDArray[np.float64]


class Weights(StrEnum):
    """How much a near miss counts as agreement."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


class Kappa(Record):
    """Agreement of two people beyond chance."""

    units: int
    agreed: float
    """The (weighted) share on which they agree."""
    expected: float
    """The share on which they would by chance."""
    kappa: float | None
    """None when chance alone makes them agree on everything: both used one value."""
    standard_error: float | None
    interval: Interval | None


def cohen_kappa(
    table: npt.ArrayLike, weights: Weights = Weights.NONE, confidence: float = 0.95
) -> Kappa:
    """(p_o - p_e) / (1 - p_e) from counts (V, V): the first's values by the second's (Cohen 1960).

    The standard error is that of Fleiss, Cohen and Everitt (1969). Raises ValueError for an empty
    table.
    """
    counts = np.asarray(table, dtype=np.float64)
    size = float(counts.sum())
    if size <= 0:
        raise ValueError("two people must have rated something in common")
    shares = counts / size
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    credit = _credit(counts.shape[0], weights)
    agreed = float(np.sum(credit * shares))
    expected = float(rows @ credit @ columns)
    facts = {"units": round(size), "agreed": agreed, "expected": expected}
    if expected >= 1:
        return Kappa(**facts, kappa=None, standard_error=None, interval=None)
    kappa = (agreed - expected) / (1 - expected)
    mean = (credit @ columns)[:, None] + (rows @ credit)[None, :]
    variance = float(np.sum(shares * (credit - mean * (1 - kappa)) ** 2))
    variance -= (kappa - expected * (1 - kappa)) ** 2
    error = sqrt(max(0.0, variance) / size) / (1 - expected)
    reach = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return Kappa(
        **facts,
        kappa=kappa,
        standard_error=error,
        interval=Interval(low=max(-1.0, kappa - reach), high=min(1.0, kappa + reach)),
    )


def _credit(size: int, weights: Weights) -> Floats:
    """(V, V): how much of an agreement each two values are."""
    place = np.arange(size, dtype=np.float64)
    apart = np.abs(place[:, None] - place[None, :]) / max(1, size - 1)
    match weights:
        case Weights.NONE:
            return np.eye(size)
        case Weights.LINEAR:
            return 1 - apart
        case Weights.QUADRATIC:
            return 1 - apart**2
