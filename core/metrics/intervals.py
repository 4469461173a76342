"""Confidence intervals of proportions and of their difference."""

from math import sqrt
from statistics import NormalDist

from scipy.special import betaincinv

from core.domain.record import Record


class Interval(Record):
    """A two-sided interval, both ends in the unit of what was estimated."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """From end to end."""
        return self.high - self.low


#: Nothing is known about a proportion.
ANYTHING = Interval(low=0.0, high=1.0)


def wilson(successes: float, count: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion (Wilson 1927; Newcombe 1998, method 3).

    Without observations everything is possible: [0, 1].
    """
    if count <= 0:
        return ANYTHING
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = successes / count
    centre = share + z * z / (2 * count)
    spread = z * sqrt(max(0.0, share * (1 - share)) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return Interval(
        low=max(0.0, (centre - spread) / scale), high=min(1.0, (centre + spread) / scale)
    )


def clopper_pearson(successes: float, count: float, confidence: float = 0.95) -> Interval:
    """The exact interval of a proportion, never too narrow (Clopper and Pearson 1934).

    `count` may be an effective sample size and need not be whole.
    """
    if count <= 0:
        return ANYTHING
    return beta_interval(successes, count, confidence)


def beta_interval(successes: float, count: float, confidence: float) -> Interval:
    """The quantiles of Beta(k, n-k+1) and Beta(k+1, n-k) that Clopper-Pearson is made of."""
    tail = (1 - confidence) / 2
    failures = count - successes
    low = float(betaincinv(successes, failures + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, failures, 1 - tail)) if failures > 0 else 1.0
    return Interval(low=low, high=high)


def newcombe_difference(
    successes: float, count: float, other_successes: float, other_count: float,
    confidence: float = 0.95,
) -> Interval:  # fmt: skip
    """The interval of p1 - p2 of two independent samples (Newcombe 1998, method 10)."""
    first, second = wilson(successes, count, confidence), wilson(
        other_successes, other_count, confidence
    )  # fmt: skip
    if count <= 0 or other_count <= 0:
        return Interval(low=-1.0, high=1.0)
    one, two = successes / count, other_successes / other_count
    difference = one - two
    return Interval(
        low=difference - sqrt((one - first.low) ** 2 + (second.high - two) ** 2),
        high=difference + sqrt((first.high - one) ** 2 + (two - second.low) ** 2),
    )
