"""How far several people agree on the same units: percent, kappa, alpha and AC1.

Ratings come as counts of shape (U, V): how many people gave unit u the value v. Who rated does not
matter to these measures, and units may have different numbers of ratings; those with fewer than two
say nothing about agreement and are left out, except where a formula says otherwise.
"""

from enum import StrEnum
from typing import Self

import numpy as np
import numpy.typing as npt

from core.domain.record import Record
from core.metrics.intervals import Interval

Floats = npt.NDArray[np.float64]
ROUNDS = 1_000


class Level(StrEnum):
    """What the differences of values mean."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


class Agreement(Record):
    """How far people agree, by three measures that fail in different ways.

    Where one value is much more frequent than the others, alpha is low although people agree on
    nearly everything (the prevalence paradox); AC1 is not. All three together tell which it is.
    """

    units: int
    """Units with two ratings or more."""
    ratings: int
    """Ratings of them."""
    percent: float
    """The share of pairs of ratings of one unit that are equal, averaged over units."""
    percent_interval: Interval | None
    alpha: float | None
    """Krippendorff's alpha; None when only one value occurs."""
    alpha_interval: Interval | None
    ac1: float | None
    """Gwet's AC1; None with fewer than two values."""
    ac1_interval: Interval | None


def rating_counts(units: npt.ArrayLike, values: npt.ArrayLike, value_count: int) -> Floats:
    """(U, V) counts from a long table: the unit of each rating and its value, 0..V-1."""
    member = np.unique(np.asarray(units), return_inverse=True)[1]
    size = int(member.max()) + 1 if member.size else 0
    place = member * value_count + np.asarray(values, dtype=np.intp)
    counts = np.bincount(place, minlength=size * value_count)
    return counts.reshape(size, value_count).astype(np.float64)


def percent_agreement(counts: npt.ArrayLike) -> float | None:
    """The mean over units of the share of equal pairs; None without a unit rated twice."""
    return _percent(_Patterns.of(counts).rated_twice())


def krippendorff_alpha(
    counts: npt.ArrayLike, level: Level = Level.NOMINAL, values: npt.ArrayLike | None = None
) -> float | None:
    """1 - D_o / D_e from the coincidence matrix (Krippendorff 2011).

    `values` (V,): what the columns stand for, for interval and ratio; 0..V-1 unless given. None
    when nothing can disagree: one value only, or no unit rated twice.
    """
    return _alpha(_Patterns.of(counts).rated_twice(), level, values)


def gwet_ac1(counts: npt.ArrayLike) -> float | None:
    """(p_a - p_e) / (1 - p_e), p_e = sum pi_k (1 - pi_k) / (V - 1) (Gwet 2008).

    pi_k is the mean over all units, also those rated once, of the share of their ratings that are
    k.
    """
    patterns = _Patterns.of(counts)
    return _ac1(patterns)


def fleiss_kappa(counts: npt.ArrayLike) -> float | None:
    """Fleiss' kappa (1971) of units that are all rated by the same number of people.

    Raises ValueError when they are not: alpha allows that. None when only one value occurs.
    """
    table = np.asarray(counts, dtype=np.float64)
    agreed, shares = _fixed_raters(table)
    expected = float(np.sum(shares**2))
    return (agreed - expected) / (1 - expected) if expected < 1 else None


def randolph_kappa(counts: npt.ArrayLike) -> float:
    """The same with chance agreement 1 / V: people did not have to use values equally often."""
    table = np.asarray(counts, dtype=np.float64)
    agreed, _ = _fixed_raters(table)
    by_chance = 1 / int(table.shape[1])
    return (agreed - by_chance) / (1 - by_chance)


def agreement(
    counts: npt.ArrayLike,
    *,
    level: Level = Level.NOMINAL,
    values: npt.ArrayLike | None = None,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> Agreement | None:
    """All measures with bootstrap intervals over units; None without a unit rated twice.

    Units with equal ratings are one pattern, so that drawing units is one multinomial draw.
    """
    patterns = _Patterns.of(counts)
    twice = patterns.rated_twice()
    percent = _percent(twice)
    if percent is None:
        return None
    chance = np.random.default_rng(seed)
    drawn = [patterns.drawn(chance) for _ in range(rounds)]
    return Agreement(
        units=int(twice.weights.sum()),
        ratings=int((twice.weights @ twice.counts).sum()),
        percent=percent,
        percent_interval=_interval([_percent(each.rated_twice()) for each in drawn]),
        alpha=_alpha(twice, level, values),
        alpha_interval=_interval([_alpha(each.rated_twice(), level, values) for each in drawn]),
        ac1=_ac1(patterns),
        ac1_interval=_interval([_ac1(each) for each in drawn]),
    )


class _Patterns:
    """Distinct rows of counts, and how many units have each."""

    def __init__(self, counts: Floats, weights: Floats) -> None:
        self.counts, self.weights = counts, weights
        self.ratings: Floats = counts.sum(axis=1)

    @classmethod
    def of(cls, counts: npt.ArrayLike) -> Self:
        """The patterns of a table of counts; units without ratings are no units."""
        table = np.atleast_2d(np.asarray(counts, dtype=np.float64))
        table = table[table.sum(axis=1) > 0]
        rows, times = np.unique(table, axis=0, return_counts=True)
        return cls(rows, times.astype(np.float64))

    def drawn(self, chance: np.random.Generator) -> "_Patterns":
        """As many units, drawn with replacement."""
        size = self.weights.sum()
        times = chance.multinomial(int(size), self.weights / size).astype(np.float64)
        return _Patterns(self.counts[times > 0], times[times > 0])

    def rated_twice(self) -> "_Patterns":
        """The units with two ratings or more."""
        kept = self.ratings >= 2
        return _Patterns(self.counts[kept], self.weights[kept])


def _percent(patterns: _Patterns) -> float | None:
    if not patterns.weights.size:
        return None
    m = patterns.ratings
    equal = np.sum(patterns.counts * (patterns.counts - 1), axis=1) / (m * (m - 1))
    return float(patterns.weights @ equal / patterns.weights.sum())


def _alpha(patterns: _Patterns, level: Level, values: npt.ArrayLike | None) -> float | None:
    if not patterns.weights.size:
        return None
    counts, weights = patterns.counts, patterns.weights / (patterns.ratings - 1)
    margins = patterns.weights @ counts
    total = float(margins.sum())
    coincidences = (counts * weights[:, None]).T @ counts
    coincidences -= np.diag(weights @ counts)
    squares = _differences(level, margins, values)
    expected = float(margins @ squares @ margins) / (total - 1)
    return 1 - float(np.sum(coincidences * squares)) / expected if expected > 0 else None


def _differences(level: Level, margins: Floats, values: npt.ArrayLike | None) -> Floats:
    """(V, V): the squared difference of each two values."""
    size = margins.size
    place = np.arange(size, dtype=np.float64)
    named = place if values is None else np.asarray(values, dtype=np.float64)
    match level:
        case Level.NOMINAL:
            return 1.0 - np.eye(size)
        case Level.ORDINAL:
            # Ratings between the two, both ends counting half.
            middle = np.cumsum(margins) - margins / 2
            return (middle[:, None] - middle[None, :]) ** 2
        case Level.INTERVAL:
            return (named[:, None] - named[None, :]) ** 2
        case Level.RATIO:
            both = named[:, None] + named[None, :]
            return ((named[:, None] - named[None, :]) / np.where(both == 0, 1.0, both)) ** 2


def _ac1(patterns: _Patterns) -> float | None:
    agreed = _percent(patterns.rated_twice())
    size = int(patterns.counts.shape[1])
    if agreed is None or size < 2:
        return None
    shares = patterns.weights @ (patterns.counts / patterns.ratings[:, None])
    shares /= patterns.weights.sum()
    expected = float(np.sum(shares * (1 - shares))) / (size - 1)
    return (agreed - expected) / (1 - expected)


def _fixed_raters(table: Floats) -> tuple[float, Floats]:
    """(mean agreement, shares of the values) of a table whose rows have equal sums."""
    raters = table.sum(axis=1)
    if not raters.size or raters.min() < 2 or raters.min() != raters.max():
        raise ValueError("every unit must be rated by the same number of people, two at least")
    m = float(raters[0])
    agreed = float(np.mean(np.sum(table * (table - 1), axis=1) / (m * (m - 1))))
    return agreed, table.sum(axis=0) / table.sum()


def _interval(found: list[float | None]) -> Interval | None:
    """The middle 95 % of what a measure was in the draws; None when it mostly does not exist."""
    known = [each for each in found if each is not None]
    if len(known) < len(found) / 2 or not known:
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(low=float(low), high=float(high))
