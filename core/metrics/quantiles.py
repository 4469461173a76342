"""Quantiles and means of a sample, with distribution-free or large-sample intervals."""

from math import ceil, floor, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from core.metrics.intervals import Interval
from core.metrics.survey import t_quantile

Floats = npt.NDArray[np.float64]


def quantile(values: npt.ArrayLike, share: float, confidence: float = 0.95) -> tuple[
    float, Interval | None
]:  # fmt: skip
    """(quantile, interval) by order statistics: ranks n q -+ z sqrt(n q (1 - q)) (Conover 1999).

    None for an interval where the sample is too small to have both ranks. Raises ValueError for
    an empty sample.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = ordered.size
    if not n:
        raise ValueError("an empty sample has no quantiles")
    reach = NormalDist().inv_cdf(0.5 + confidence / 2) * sqrt(n * share * (1 - share))
    low, high = floor(n * share - reach), ceil(n * share + reach) + 1
    found = float(np.quantile(ordered, share))
    if low < 1 or high > n:
        return found, None
    return found, Interval(low=float(ordered[low - 1]), high=float(ordered[high - 1]))


def mean(values: npt.ArrayLike, confidence: float = 0.95) -> tuple[float, Interval | None]:
    """(mean, interval): mean -+ t s / sqrt(n), never below 0 when no value is.

    None for an interval with fewer than two values. Raises ValueError for an empty sample.
    """
    sample = np.asarray(values, dtype=np.float64)
    if not sample.size:
        raise ValueError("an empty sample has no mean")
    found = float(sample.mean())
    if sample.size < 2:
        return found, None
    reach = t_quantile(sample.size - 1, confidence) * float(sample.std(ddof=1)) / sqrt(sample.size)
    low = max(0.0, found - reach) if sample.min() >= 0 else found - reach
    return found, Interval(low=low, high=found + reach)


def difference(
    first: float, first_interval: Interval, second: float, second_interval: Interval
) -> Interval:
    """The interval of first - second from the intervals of two independent estimates.

    MOVER: d - sqrt((a - la)^2 + (ub - b)^2), d + sqrt((ua - a)^2 + (b - lb)^2) (Zou and Donner
    2008); of two shares with Wilson's intervals it is Newcombe's method 10.
    """
    found = first - second
    down = sqrt((first - first_interval.low) ** 2 + (second_interval.high - second) ** 2)
    up = sqrt((first_interval.high - first) ** 2 + (second - second_interval.low) ** 2)
    return Interval(low=found - down, high=found + up)
