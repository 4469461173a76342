"""PSI of two rows of counts over fine steps or categories, in bins that chance cannot fool.

Bins hold about equal shares of the reference; bins of which the smaller row would hold fewer than
`EXPECTED` by chance are joined, for the null distribution of PSI is a chi-square only then.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from core.metrics.drift import psi, psi_by_chance

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Fewer observations than this in either row say nothing.
FEWEST = 50
#: How many of the smaller row a bin must be expected to hold. With 5, as Cochran (1954) asks of
#: chi-square tests, PSI is too large in small samples two or three times as often as it should.
EXPECTED = 10.0
#: Counted in every bin besides what is there (Laplace), for the same reason: simulated pages
#: without drift keep to their 1 in 100 with it, and pass it with half an observation or none.
_ADDED = 1.0
_MOST_BINS = 10


@dataclass(frozen=True)
class BinnedDrift:
    """Two rows of counts over the same bins: how much they differ, and whether by chance."""

    before: Counts
    now: Counts
    psi: float
    p: float
    """The probability of a PSI as large without any change."""

    def by_chance(self, level: float) -> float:
        """The PSI that is exceeded with probability `level` without any change."""
        if self.before.size < 2:
            return 0.0
        return psi_by_chance(
            self.before.size, float(self.before.sum()), float(self.now.sum()), 1 - level
        )


def compared(before: Counts, now: Counts) -> BinnedDrift | None:
    """PSI of the bins as they are; None when either row is too small to say anything.

    One observation is added to every bin. p is the tail of chi-square with bins - 1 degrees of
    freedom at PSI / (1/n + 1/m).
    """
    n, m = float(before.sum()), float(now.sum())
    if min(n, m) < FEWEST:
        return None
    if before.size < 2:
        return BinnedDrift(before, now, psi=0.0, p=1.0)
    value = max(0.0, psi(before + _ADDED, now + _ADDED))
    tail = float(chdtrc(before.size - 1, value / (1 / n + 1 / m)))
    return BinnedDrift(before, now, psi=value, p=tail)


def equal_mass(before: Counts, now: Counts, most: int = _MOST_BINS) -> npt.NDArray[np.intp]:
    """The first step of each bin: tenths of `before`, heavy steps apart, small bins joined.

    One bin alone means that both rows are in the same step.
    """
    total = int(before.sum())
    if not total:
        return np.zeros(1, dtype=np.intp)
    places = np.searchsorted(np.cumsum(before), total * np.arange(1, most) / most)
    heavy = places[before[places] * most >= total]
    starts = np.unique(np.concatenate([[0], places + 1, heavy]))
    return _joined(starts[starts < before.size].astype(np.intp), before, now)


def _joined(
    starts: npt.NDArray[np.intp], before: Counts, now: Counts
) -> npt.NDArray[np.intp]:  # fmt: skip
    """Without the bins that are too small, each joined to the smaller of its neighbours."""
    both = np.add.reduceat(before + now, starts).astype(np.float64)
    scale = _scale(before, now)
    while both.size > 1:
        least = int(np.argmin(both))
        # The last two stay, unless one of them is empty: a few items far away are still a change.
        if both[least] * scale >= EXPECTED or (both.size == 2 and both[least] > 0):
            break
        other = _neighbour(both, least)
        first = min(least, other)
        both[first] += both[first + 1]
        both = np.delete(both, first + 1)
        starts = np.delete(starts, first + 1)
    return starts


def _neighbour(both: Floats, place: int) -> int:
    sides = [side for side in (place - 1, place + 1) if 0 <= side < both.size]
    return min(sides, key=lambda side: float(both[side]))


def _scale(before: Counts, now: Counts) -> float:
    """What a count of both rows together is worth in the smaller one."""
    n, m = float(before.sum()), float(now.sum())
    return min(n, m) / (n + m) if n + m else 0.0


def binned(counts: Counts, starts: npt.NDArray[np.intp]) -> Counts:
    """The counts of steps as counts of bins."""
    return np.add.reduceat(counts, starts).astype(np.int64)


def common(before: Counts, now: Counts) -> npt.NDArray[np.bool_]:
    """The categories frequent enough for a bin of their own; the others are to be one bin."""
    kept: npt.NDArray[np.bool_] = (before + now) * _scale(before, now) >= EXPECTED
    return kept


def categories_compared(before: Counts, now: Counts) -> BinnedDrift | None:
    """PSI over categories; rare ones count together."""
    kept = common(before, now)
    rows = [np.append(row[kept], row[~kept].sum()) for row in (before, now)]
    both = rows[0] + rows[1]
    if both[-1] * _scale(before, now) < EXPECTED and both.size > 2:
        # What is rare even together joins the least frequent category.
        least = int(np.argmin(both[:-1]))
        for row in rows:
            row[least] += row[-1]
        rows = [row[:-1] for row in rows]
    elif not both[-1]:
        rows = [row[:-1] for row in rows]
    return compared(rows[0], rows[1])


def moved(before: Counts, now: Counts) -> tuple[float, float]:
    """(distance, shift of the mean), both in steps: Wasserstein and the signed difference.

    Each is 0 when a row is empty.
    """
    n, m = before.sum(), now.sum()
    if not n or not m:
        return 0.0, 0.0
    gap = np.cumsum(before) / n - np.cumsum(now) / m
    return float(np.abs(gap[:-1]).sum()), float(gap[:-1].sum())


def mean_of(counts: Counts) -> tuple[float, float]:
    """(mean, its standard error), in steps counted from the middle of the first one."""
    total = float(counts.sum())
    if total <= 0:
        return float("nan"), float("nan")
    steps = np.arange(counts.size)
    mean = float(np.sum(steps * counts) / total)
    variance = float(np.sum((steps - mean) ** 2 * counts) / max(1.0, total - 1))
    return mean, (variance / total) ** 0.5


def median_of(counts: Counts) -> int | None:
    """The step that holds the middle observation (the lower one of two); None without any."""
    total = int(counts.sum())
    if not total:
        return None
    return int(np.searchsorted(np.cumsum(counts), (total + 1) // 2))
