"""Which of two errs more often, from a stratified random sample of the pairs they disagree on.

In a stratum of one kind of disagreement an answer has one of two values: mistakes of B less
mistakes of A are `least` or `most`, next to each other or -1 and 1. With W_h = N_h / N the share of
everything that the stratum is, the difference is sum W_h d_h, d_h the mean of its answers, and its
variance sum W_h^2 (most - least)^2 q_h (1 - q_h) / n_h (Cochran 1977, chapter 5), where q_h =
(k_h + 1) / (n_h + 2) is the share of `most`: a stratum with equal answers must not seem certain.

Answers come in random order, so that the interval may be looked at after each one: it is the
asymptotic confidence sequence of `always_valid` on that variance. The finite size of strata is not
used, which makes it wider than need be, until everything is answered: then the difference is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.experiments.always_valid import RunningDifference, confidence_sequence

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

#: Below so many answers the interval is everything possible: it is an asymptotic one.
FEWEST = 20
#: More answers than this are not asked for; what needs them is no difference worth finding.
_TOO_MANY = 10**7


@dataclass(frozen=True)
class PairStratum:
    """All pairs of one kind of disagreement."""

    size: int
    least: int
    most: int
    """Mistakes of B less mistakes of A on one pair are either of both; `least` < `most`."""


@dataclass(frozen=True)
class StratifiedDifference:
    """Mistakes of B less mistakes of A per item of everything, as far as answers tell."""

    found: RunningDifference
    """Below 0, B makes fewer."""
    variance: float
    """Of the difference, over strata with answers."""
    tightest_at: float
    is_complete: bool
    """Whether all pairs are answered."""

    def answers_left(self, alpha: float = 0.05) -> int | None:
        """About how many more answers leave 0 outside the interval, if things stay as they look.

        0 when it is outside already; None while nothing points anywhere, or without any end.
        """
        found, seen = self.found, self.found.count
        if self.is_complete or found.low > 0 or found.high < 0:
            return 0
        if found.difference == 0 or self.variance <= 0 or seen <= 0:
            return None

        def is_settled(total: float) -> bool:
            later = confidence_sequence(
                found.difference, self.variance * seen / total, total,
                alpha=alpha, tightest_at=self.tightest_at,
            )  # fmt: skip
            return total >= FEWEST and (later.low > 0 or later.high < 0)

        low, high = int(seen), int(seen) * 2
        while not is_settled(high):
            if high > _TOO_MANY:
                return None
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if is_settled(middle) else (middle, high)
        return high - int(seen)


def difference_at(
    strata: Sequence[PairStratum],
    total: int,
    counts: npt.ArrayLike,
    sums: npt.ArrayLike,
    *,
    tightest_at: float,
    alpha: float = 0.05,
) -> StratifiedDifference:
    """The difference per item of `total` after `counts` (H,) answers that add up to `sums` (H,).

    Strata without an answer count in the interval with all they may be, and as 0 in the difference.
    """
    seen, added = np.asarray(counts, dtype=np.float64), np.asarray(sums, dtype=np.float64)
    sizes = np.array([each.size for each in strata], dtype=np.float64)
    least = np.array([each.least for each in strata], dtype=np.float64)
    spread = np.array([each.most for each in strata], dtype=np.float64) - least
    share = sizes / max(1, total)
    begun = seen > 0
    mean = np.divide(added, seen, out=np.zeros_like(added), where=begun)
    smoothed = ((mean - least) / spread * seen + 1) / (seen + 2)
    parts = (share * spread) ** 2 * smoothed * (1 - smoothed)
    variance = float(np.sum(np.divide(parts, seen, out=np.zeros_like(parts), where=begun)))
    difference = float(np.sum(share * mean))
    bounds = float(np.sum(share * least)), float(np.sum(share * (least + spread)))
    count = float(seen.sum())
    if count >= sizes.sum():
        known = difference if count else 0.0
        exact = RunningDifference(
            difference=known, low=known, high=known, p=0.0 if known else 1.0, fixed_low=known,
            fixed_high=known, fixed_p=0.0 if known else 1.0, count=count,
        )  # fmt: skip
        return StratifiedDifference(exact, 0.0, tightest_at, is_complete=True)
    of_begun = confidence_sequence(
        difference, variance if count >= FEWEST else 0.0, count,
        alpha=alpha, tightest_at=tightest_at, least=bounds[0], most=bounds[1],
    )  # fmt: skip
    under = float(np.sum((share * least)[~begun]))
    above = float(np.sum((share * (least + spread))[~begun]))
    unknown = {} if begun.all() else {"p": 1.0, "fixed_p": 1.0}
    found = of_begun.model_copy(
        update={
            **unknown,
            "low": max(bounds[0], of_begun.low + under),
            "high": min(bounds[1], of_begun.high + above),
            "fixed_low": max(bounds[0], of_begun.fixed_low + under),
            "fixed_high": min(bounds[1], of_begun.fixed_high + above),
        }
    )
    return StratifiedDifference(found, variance, tightest_at, is_complete=False)


def running_differences(
    strata: Sequence[PairStratum],
    total: int,
    stratum: npt.ArrayLike,
    values: npt.ArrayLike,
    *,
    tightest_at: float,
    points: int = 400,
) -> list[StratifiedDifference]:
    """The difference as it was after some of the answers, the last one among them.

    `stratum` and `values` (n,) are the answers in the order in which they came. Up to `points`
    places are chosen, evenly over the answers.
    """
    which = np.asarray(stratum, dtype=np.intp)
    given = np.asarray(values, dtype=np.float64)
    if not which.size:
        return []
    one_hot = np.zeros((which.size, len(strata)))
    one_hot[np.arange(which.size), which] = 1.0
    counts, sums = one_hot.cumsum(axis=0), (one_hot * given[:, None]).cumsum(axis=0)
    places = np.unique(np.linspace(0, which.size - 1, min(points, which.size)).astype(np.intp))
    return [
        difference_at(strata, total, counts[at], sums[at], tightest_at=tightest_at) for at in places
    ]


def half_widths(
    strata: Sequence[PairStratum], total: int, drawn: Sequence[int]
) -> tuple[float, float]:
    """(looked at once, watched all the time): half the 95 % interval to expect, at worst.

    With `drawn` (H,) answers, and A and B wrong equally often on each kind.
    """
    counts = np.asarray(drawn, dtype=np.float64)
    sums = [n * (each.least + each.most) / 2 for n, each in zip(counts, strata, strict=True)]
    if counts.sum() < FEWEST:
        return float("nan"), float("nan")
    at_end = difference_at(strata, total, counts, sums, tightest_at=float(counts.sum()))
    found = at_end.found
    return (found.fixed_high - found.fixed_low) / 2, (found.high - found.low) / 2
