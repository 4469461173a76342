"""Whether two distributions of scores differ, by how much, and whether that may be chance."""

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import jensenshannon
from scipy.special import chdtri
from scipy.stats import ks_2samp, wasserstein_distance

from core.domain.record import Record

Floats = npt.NDArray[np.float64]

#: A population stability index below this is no effect worth an alarm.
WORTH_AN_ALARM = 0.1


def psi(expected: npt.ArrayLike, actual: npt.ArrayLike, *, floor: float = 1e-6) -> float:
    """Population stability index sum (a - e) ln(a / e) over bins; shares are normalised.

    Empty bins count as `floor`, so that one of them does not make it infinite.
    """
    before, now = _shares(expected, floor), _shares(actual, floor)
    return float(np.sum((now - before) * np.log(now / before)))


def psi_by_chance(bins: int, count: float, other_count: float, confidence: float = 0.99) -> float:
    """What PSI exceeds only with probability 1 - confidence although nothing changed.

    Without drift PSI is about chi-square with bins - 1 degrees of freedom times (1/n + 1/m).
    """
    return float(chdtri(bins - 1, 1 - confidence)) * (1 / count + 1 / other_count)


class Drift(Record):
    """PSI with the value it must exceed to be more than noise."""

    psi: float
    by_chance: float

    @property
    def is_alarm(self) -> bool:
        """More than chance and large enough to matter: the folklore cut alone alarms on noise."""
        return self.psi > self.by_chance and self.psi > WORTH_AN_ALARM


def drift(expected_counts: npt.ArrayLike, actual_counts: npt.ArrayLike) -> Drift | None:
    """PSI of two rows of counts over the same bins; None when one of them is empty."""
    before = np.asarray(expected_counts, dtype=np.float64)
    now = np.asarray(actual_counts, dtype=np.float64)
    if before.sum() <= 0 or now.sum() <= 0 or before.size < 2:
        return None
    return Drift(
        psi=psi(before, now),
        by_chance=psi_by_chance(before.size, float(before.sum()), float(now.sum())),
    )


def kolmogorov_smirnov(first: npt.ArrayLike, second: npt.ArrayLike) -> tuple[float, float]:
    """(D, p) of the two-sample test; D is the largest gap of the distribution functions."""
    found = ks_2samp(np.asarray(first), np.asarray(second))
    return float(found.statistic), float(found.pvalue)


def jensen_shannon(
    first: npt.ArrayLike, second: npt.ArrayLike, *, base: float | None = None
) -> float:
    """The Jensen-Shannon distance of two rows of shares; with base 2 in [0, 1]."""
    return float(jensenshannon(np.asarray(first), np.asarray(second), base=base))


def wasserstein(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """How far scores moved on average, in units of the score."""
    return float(wasserstein_distance(np.asarray(first), np.asarray(second)))


def _shares(counts: npt.ArrayLike, floor: float) -> Floats:
    values = np.asarray(counts, dtype=np.float64)
    shares: Floats = np.maximum(values / values.sum(), floor)
    normalised: Floats = shares / shares.sum()
    return normalised
