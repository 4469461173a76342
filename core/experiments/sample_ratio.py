"""Sample-ratio mismatch: whether the arms got the shares of traffic they were meant to get.

An experiment that fails it measures how units were lost, not what the arms do: nothing else may
be read first (Kohavi, Tang and Xu, Trustworthy Online Controlled Experiments, 2020, chapter 21).
"""

from collections.abc import Sequence
from math import exp, inf

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, gammaln

from core.domain.record import Record
from core.errors import SharesError
from core.experiments.assignment import checked_shares

Floats = npt.NDArray[np.float64]
#: Below it the split is broken.
ALARM = 0.001


class SampleRatio(Record):
    """Units counted in each arm against the planned shares."""

    counts: tuple[int, ...]
    shares: tuple[float, ...]
    """As planned, scaled to sum to 1: units in no arm are not counted."""
    chi_square: float
    """Pearson's goodness of fit, with one degree of freedom less than there are arms."""
    p: float
    """Of the chi square: right when looked at once."""
    sequential_p: float
    """Always valid: right however often it is looked at."""

    @property
    def is_broken(self) -> bool:
        """Whether the always-valid p is below .001: no verdict may be given.

        The split is watched all the time, so the always-valid p decides: of split experiments that
        are sound, at most one in a thousand is ever blocked.
        """
        return self.sequential_p < ALARM

    @property
    def is_suspect(self) -> bool:
        """Whether the usual check (chi square, p < .001) would alarm at this look already."""
        return self.is_broken or self.p < ALARM


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> SampleRatio:
    """The check of `counts` units per arm against the planned `shares`; before any units p is 1."""
    seen, planned = _checked(counts, shares)
    expected = planned * seen.sum()
    # Units in an arm that was to get none: infinitely far off.
    impossible = bool((seen[planned == 0] > 0).any())
    used = expected > 0
    chi_square = float(((seen - expected)[used] ** 2 / expected[used]).sum())
    chi_square = inf if impossible else chi_square
    freedom = max(1, int((planned > 0).sum()) - 1)
    return SampleRatio(
        counts=tuple(int(each) for each in seen),
        shares=tuple(float(each) for each in planned),
        chi_square=chi_square,
        p=float(chdtrc(freedom, chi_square)),
        sequential_p=sequential_multinomial(counts, shares),
    )


def sequential_multinomial(
    counts: Sequence[int], shares: Sequence[float], k: float = 100.0
) -> float:
    """The always-valid p = min(1, 1/E) that units come with these shares (Lindon and Malek 2022).

    E = [B(a + c) / B(a)] / prod q^c with a = k q: how much better a Dirichlet mixture around the
    shares q explains the counts c than q itself. E is a martingale if q holds, so that its chance
    of ever reaching 1/alpha is at most alpha (Ville). The larger `k`, the smaller the deviation
    and the later the moment at which the test is sharpest.
    """
    seen, planned = _checked(counts, shares)
    if (seen[planned == 0] > 0).any():
        return 0.0
    used = planned > 0
    evidence = log_evidence(seen[used], planned[used], k)
    return exp(-evidence) if evidence > 0 else 1.0


def log_evidence(counts: Floats, shares: Floats, k: float) -> float:
    """ln E of `sequential_multinomial`; shares above 0."""
    prior = k * shares
    gained = gammaln(prior + counts) - gammaln(prior) - counts * np.log(shares)
    total = float(counts.sum())
    return float(gained.sum()) - float(gammaln(k + total) - gammaln(k))


def _checked(counts: Sequence[int], shares: Sequence[float]) -> tuple[Floats, Floats]:
    seen, planned = np.asarray(counts, dtype=np.float64), checked_shares(shares)
    if seen.shape != planned.shape or seen.size < 2:
        raise SharesError("A split has at least two arms, each with a count and a share.")
    if not np.isfinite(seen).all() or (seen < 0).any():
        raise SharesError("Counts of units are not negative.")
    if planned.sum() <= 0:
        raise SharesError("At least one arm has a share above 0.")
    return seen, planned / planned.sum()
