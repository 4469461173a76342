"""Confidence intervals of proportions."""

from math import sqrt
from statistics import NormalDist

from core.domain.record import Record


class Interval(Record):
    """A two-sided interval, both ends in the unit of what was estimated."""

    low: float
    high: float


def wilson(successes: float, count: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion (Wilson 1927; Newcombe 1998, method 3).

    Without observations everything is possible: [0, 1].
    """
    if count <= 0:
        return Interval(low=0.0, high=1.0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = successes / count
    centre = share + z * z / (2 * count)
    spread = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return Interval(
        low=max(0.0, (centre - spread) / scale), high=min(1.0, (centre + spread) / scale)
    )
