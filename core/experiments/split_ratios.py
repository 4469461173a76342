"""The difference of a ratio between the arms of a split, where units bring many items.

Authors are split, so authors are the observations: the items of one author are no independent
evidence. A measure is R = sum y / sum x over an arm's units (y found among the x of a unit). Its
variance is the delta method's, n / (n - 1) sum (y_u - R x_u)^2 / (sum x)^2 (Deng, Knoblich and Lu
2018, "Applying the delta method in metric analytics"); arms are independent, so variances add.

Intervals are always-valid (core.experiments.always_valid) in information time: the clock of the
sequence is 1 / variance, not the count of units. Units come back, so what is known goes on rising
when no new unit comes; a sequence that counts units would stand still then, and looking daily at a
bound that stands still is what it must not allow. With units that come once both are the same.
"""

from dataclasses import dataclass
from math import ceil, inf, log, log1p, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from core.experiments.always_valid import RunningDifference, confidence_sequence

Floats = npt.NDArray[np.float64]

#: With fewer units in an arm nothing is said: the interval is asymptotic.
ENOUGH_UNITS = 25
_ALPHA, _POWER = 0.05, 0.8


@dataclass(frozen=True)
class UnitSums:
    """What each unit of an arm brought to a measure."""

    inside: Floats
    """(n,): x, how much of it is in the measure's domain."""
    found: Floats
    """(n,): y, how much was found there; may be negative where it is a difference."""
    hit: float = 1.0
    """What a single find adds to y: more than 1 where observations are weighted."""

    @property
    def ratio(self) -> float | None:
        """Sum y / sum x; None when nothing is in the domain."""
        whole = float(self.inside.sum())
        return float(self.found.sum()) / whole if whole > 0 else None

    @property
    def units(self) -> int:
        """Units with anything in the domain."""
        return int(np.count_nonzero(self.inside))

    @property
    def variance(self) -> float:
        """Of the ratio; 0 when nothing is known of it.

        An arm in which nothing (or everything) was found would seem to vary not at all: it is taken
        as if one find were missing.
        """
        whole, count = float(self.inside.sum()), self.inside.size
        if whole <= 0 or count < 2:
            return 0.0
        ratio = float(self.found.sum()) / whole
        squares = float(np.sum((self.found - ratio * self.inside) ** 2))
        floor = self.hit**2 * (1 - 1 / (whole + 1))
        return max(squares * count / (count - 1), floor) / whole**2


@dataclass(frozen=True)
class SplitDifference:
    """The difference of two ratios, B - A, as it stands."""

    units: int
    """Units behind it."""
    information: float
    """1 / its variance; 0 while nothing is known."""
    running: RunningDifference | None
    """None while nothing is known."""


def difference_of_arms(
    control: UnitSums, treatment: UnitSums, *, effect: float, is_share: bool
) -> SplitDifference:
    """R of the treatment - R of the control, tightest where `effect` would be found.

    Nothing is known before each arm has ENOUGH_UNITS.
    """
    before, after = control.ratio, treatment.ratio
    units = control.units + treatment.units
    if before is None or after is None or min(control.units, treatment.units) < ENOUGH_UNITS:
        return SplitDifference(units, 0.0, None)
    variance = control.variance + treatment.variance
    return _running(after - before, variance, units, effect=effect, is_share=is_share)


def difference_of_pairs(both: UnitSums, *, effect: float, is_share: bool) -> SplitDifference:
    """The mean difference where every unit answers for both sides: `found` is theirs, B - A."""
    if both.ratio is None or both.units < ENOUGH_UNITS:
        return SplitDifference(both.units, 0.0, None)
    return _running(both.ratio, both.variance, both.units, effect=effect, is_share=is_share)


def _running(
    difference: float, variance: float, units: int, *, effect: float, is_share: bool
) -> SplitDifference:
    if not variance > 0:
        return SplitDifference(units, 0.0, None)
    reach = 1.0 if is_share else inf
    found = confidence_sequence(
        difference, variance, 1 / variance, alpha=_ALPHA,
        tightest_at=planned_information(effect), least=-reach, most=reach,
    )  # fmt: skip
    return SplitDifference(units, 1 / variance, found.model_copy(update={"count": float(units)}))


def planned_information(effect: float, *, alpha: float = _ALPHA, power: float = _POWER) -> float:
    """The 1 / variance at which an always-valid interval finds `effect` with this power.

    I = ((z + z_power) / effect)^2 with z the sequence's bound in standard errors where it is
    tightest: z^2 = (1 + 1/c) (ln(1 + c) - 2 ln alpha), c = -2 ln alpha + ln(-2 ln alpha + 1). At
    alpha = .05 z is 3.03, where a single look needs 1.96: the price of looking at any time.
    """
    base = -2 * log(alpha)
    growth = base + log1p(base)
    bound = sqrt((1 + 1 / growth) * (log1p(growth) - 2 * log(alpha)))
    return ((bound + float(ndtri(power))) / effect) ** 2


def information_of_split(history: UnitSums, shares: tuple[float, float]) -> float:
    """1 / variance of the difference if these past units had been split with these shares."""
    variance = history.variance
    if not variance > 0 or min(shares) <= 0 or history.units < ENOUGH_UNITS:
        return 0.0
    return 1 / (variance / shares[0] + variance / shares[1])


def days_left(information: float, days: float, effect: float) -> int | None:
    """More days until `effect` would be found, if information rises as in these days.

    None when nothing is known of the pace. 0 when it would have been found.
    """
    if not (information > 0 and days > 0):
        return None
    return max(0, ceil(days * (planned_information(effect) / information - 1)))
