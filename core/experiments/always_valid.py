"""Differences that may be looked at after every observation: always-valid p and intervals.

Whoever looks at a fixed p daily and stops at p < .05 is wrong far more often than 1 in 20. An
always-valid interval holds at all looks together with probability 1 - alpha; its price is width.
"""

from collections.abc import Callable
from math import exp, inf, log, log1p, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from core.domain.record import Record
from core.experiments.paired_errors import mcnemar
from core.experiments.sample_ratio import log_evidence, sequential_multinomial
from core.metrics.intervals import clopper_pearson

#: The number of observations at which intervals are made to be tightest (GrowthBook's default).
TIGHTEST_AT = 5000.0
#: The k of `sequential_multinomial` for pairs: sharpest for the some dozens to hundreds of
#: disagreements that people review; k = 100 needs twice as many where the difference is large.
PAIRS_K = 20.0


class RunningDifference(Record):
    """B - A up to now, with what may be looked at any time and what may be looked at once."""

    difference: float
    """B - A."""
    low: float
    """Always-valid; minus infinity (or the least possible difference) while nothing is known."""
    high: float
    p: float
    """Always-valid."""
    fixed_low: float
    """Right only if this was the one planned look."""
    fixed_high: float
    fixed_p: float
    count: float
    """Observations in both arms; pairs, where they are paired."""


def confidence_sequence(
    difference: float,
    variance: float,
    count: float,
    *,
    alpha: float = 0.05,
    tightest_at: float = TIGHTEST_AT,
    least: float = -inf,
    most: float = inf,
) -> RunningDifference:
    """The asymptotic confidence sequence of a difference with estimated variance.

    Half width sqrt(V N) sqrt(2 (N r + 1) / (N^2 r) ln(sqrt(N r + 1) / alpha)) and
    E = exp(r d^2 N / (2 V (N r + 1))) / sqrt(N r + 1), p = min(1, 1/E), with
    r = (-2 ln alpha + ln(-2 ln alpha + 1)) / N*, N* = `tightest_at` (Waudby-Smith, Arbour, Sinha,
    Kennedy and Ramdas 2021, eq. 9, 155, 161; GrowthBook's sequential test). `variance` is that of
    the difference itself; differences are in [`least`, `most`]. Asymptotic: holds once there are
    some dozens of observations of each kind. Without observations or variance nothing is known:
    p is 1 and the interval is everything.
    """
    if not (count > 0 and variance > 0):
        return RunningDifference(
            difference=difference, low=least, high=most, p=1.0,
            fixed_low=least, fixed_high=most, fixed_p=1.0, count=count,
        )  # fmt: skip
    growth = count * _rho_squared(alpha, tightest_at)
    width = sqrt(variance * 2 * (growth + 1) / growth * (0.5 * log1p(growth) - log(alpha)))
    squared_z = difference * difference / variance
    evidence = growth * squared_z / (2 * (growth + 1)) - 0.5 * log1p(growth)
    fixed_width = float(ndtri(1 - alpha / 2)) * sqrt(variance)
    return RunningDifference(
        difference=difference,
        low=max(least, difference - width),
        high=min(most, difference + width),
        p=exp(-evidence) if evidence > 0 else 1.0,
        fixed_low=max(least, difference - fixed_width),
        fixed_high=min(most, difference + fixed_width),
        fixed_p=float(2 * ndtr(-sqrt(squared_z))),
        count=count,
    )


def _rho_squared(alpha: float, tightest_at: float) -> float:
    return (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / tightest_at


def two_means(
    count_a: float, mean_a: float, variance_a: float,
    count_b: float, mean_b: float, variance_b: float,
    *, alpha: float = 0.05, tightest_at: float = TIGHTEST_AT,
) -> RunningDifference:  # fmt: skip
    """mean B - mean A of two independent arms; variances are those of single observations.

    Nothing is known while an arm has fewer than two observations.
    """
    known = min(count_a, count_b) >= 2
    return confidence_sequence(
        mean_b - mean_a,
        variance_a / count_a + variance_b / count_b if known else 0.0,
        count_a + count_b,
        alpha=alpha,
        tightest_at=tightest_at,
    )


def two_shares(
    hits_a: float, count_a: float, hits_b: float, count_b: float,
    *, alpha: float = 0.05, tightest_at: float = TIGHTEST_AT,
) -> RunningDifference:  # fmt: skip
    """The share of B - that of A in two independent arms, in [-1, 1].

    An arm in which nothing or everything was a hit would seem to vary not at all: its variance is
    taken at (k + 1) / (n + 2) instead. Nothing is known while an arm is empty.
    """
    if min(count_a, count_b) <= 0:
        return confidence_sequence(
            (hits_b / count_b if count_b > 0 else 0.0) - (hits_a / count_a if count_a > 0 else 0.0),
            0.0, count_a + count_b, least=-1.0, most=1.0,
        )  # fmt: skip
    return confidence_sequence(
        hits_b / count_b - hits_a / count_a,
        _share_variance(hits_a, count_a) + _share_variance(hits_b, count_b),
        count_a + count_b,
        alpha=alpha,
        tightest_at=tightest_at,
        least=-1.0,
        most=1.0,
    )


def _share_variance(hits: float, count: float) -> float:
    share = hits / count if 0 < hits < count else (hits + 1) / (count + 2)
    return share * (1 - share) / count


def sequential_mcnemar(b: int, c: int, k: float = PAIRS_K) -> float:
    """The always-valid p that of pairs in which one is wrong, either is so equally often."""
    return sequential_multinomial((b, c), (0.5, 0.5), k)


def discordant_pairs(
    b: int, c: int, *, alpha: float = 0.05, k: float = PAIRS_K
) -> RunningDifference:
    """(b - c) / (b + c): of pairs in which one errs, how much more often A does; above 0, B wins.

    For a queue of disagreements. Not asymptotic: the interval holds every share that
    `sequential_multinomial` does not reject, so p < alpha exactly if it leaves out 0. The fixed
    interval and p are the exact ones (Clopper and Pearson; binomial test). The always-valid
    interval takes in the fixed one, which near -1 and 1 is the wider by a hair.
    """
    count = b + c
    if count <= 0:
        return confidence_sequence(0.0, 0.0, 0.0, least=-1.0, most=1.0)

    def excess(share: float) -> float:
        shares = np.array([share, 1 - share])
        return log_evidence(np.array([b, c], dtype=np.float64), shares, k) + log(alpha)

    share = b / count
    fixed = clopper_pearson(b, count, 1 - alpha)
    return RunningDifference(
        difference=2 * share - 1,
        low=2 * min(fixed.low, _edge(excess, share, 1e-12)) - 1,
        high=2 * max(fixed.high, _edge(excess, share, 1 - 1e-12)) - 1,
        p=sequential_mcnemar(b, c, k),
        fixed_low=2 * fixed.low - 1,
        fixed_high=2 * fixed.high - 1,
        fixed_p=mcnemar(b, c, count).exact_p,
        count=count,
    )


def _edge(excess: Callable[[float], float], inside: float, outside: float) -> float:
    """Where between both the evidence reaches its bound; `outside` if it never does."""
    inside = min(max(inside, 1e-12), 1 - 1e-12)
    if inside == outside or excess(outside) <= 0:
        return float(round(outside, 9))
    return float(brentq(excess, inside, outside, xtol=1e-12))
