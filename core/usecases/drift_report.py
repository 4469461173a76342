"""What differs between two periods, each number with what chance alone would make of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.model_version import ModelVersion
from core.domain.period import Periods
from core.experiments.multiplicity import holm
from core.metrics.binned_drift import (
    FEWEST,
    BinnedDrift,
    Counts,
    binned,
    categories_compared,
    compared,
    equal_mass,
    mean_of,
    median_of,
    moved,
)
from core.metrics.drift import WORTH_AN_ALARM
from core.metrics.intervals import Interval, newcombe_difference
from core.store.drift import BEFORE, NOW

#: How often a page without any drift may show a false alarm.
LEVEL = 0.01
#: Scores are counted in steps of this width.
SCORE_STEPS = 1_000
#: Characters of a body; it has no more.
MOST_CHARACTERS = 10_000


@dataclass(frozen=True)
class Judged:
    """One comparison, judged together with the page's other ones."""

    drift: BinnedDrift | None
    """None when there are too few items."""
    by_chance: float
    """The PSI that chance may reach, at the level of Holm's step for this test."""
    is_alarm: bool

    @property
    def psi(self) -> float | None:
        """The population stability index; None when there are too few items."""
        return self.drift.psi if self.drift else None


def judge(drifts: Sequence[BinnedDrift | None], level: float = LEVEL) -> list[Judged]:
    """Which of the comparisons are more than chance, all of them together being wrong once in
    1 / level pages without drift (Holm 1979), and large enough to matter.
    """
    p = [each.p if each is not None and each.before.size > 1 else np.nan for each in drifts]
    adjusted = holm(p)
    tests = int(np.sum(~np.isnan(adjusted)))
    rejected = int(np.sum(adjusted <= level))
    ranks = np.argsort(np.argsort(np.where(np.isnan(p), np.inf, p), kind="stable"))
    found = []
    for each, value, rank in zip(drifts, adjusted, ranks, strict=True):
        if each is None:
            found.append(Judged(None, 0.0, is_alarm=False))
            continue
        # Holm goes from the smallest p up and stops at the first that is not small enough.
        step = level / max(1, tests - min(int(rank), rejected))
        is_alarm = bool(value <= level) and each.psi > WORTH_AN_ALARM
        found.append(Judged(each, each.by_chance(step), is_alarm=is_alarm))
    return found


@dataclass(frozen=True)
class SpreadDrift:
    """A number's distribution, before and now: one label's scores, or the length of texts."""

    key: str
    name: str
    before: Counts
    """By fine steps."""
    now: Counts
    step: float
    """The width of a step, in the number's unit."""
    starts: npt.NDArray[np.intp]
    """The first step of each bin that PSI is counted in."""
    test: Judged

    @property
    def counts(self) -> tuple[int, int]:
        """(before, now): how many items are behind it."""
        return int(self.before.sum()), int(self.now.sum())

    @property
    def distance(self) -> float:
        """How far the number moved on average, in its unit (Wasserstein)."""
        return moved(self.before, self.now)[0] * self.step

    @property
    def shift(self) -> float:
        """How far its mean moved, in its unit; up is positive."""
        return moved(self.before, self.now)[1] * self.step

    def mean(self, counts: Counts) -> tuple[float, float]:
        """(mean, standard error) in the number's unit; NaN without any."""
        mean, error = mean_of(counts)
        return (mean + 0.5) * self.step, error * self.step

    @property
    def medians(self) -> tuple[int | None, int | None]:
        """(before, now): the steps of the middle items."""
        return median_of(self.before), median_of(self.now)


@dataclass(frozen=True)
class Category:
    """One category's share of the items, before and now."""

    name: str
    before: int
    now: int
    of_before: int
    of_now: int

    @property
    def share_before(self) -> float:
        """Of the reference's items."""
        return self.before / self.of_before if self.of_before else 0.0

    @property
    def share_now(self) -> float:
        """Of the current items."""
        return self.now / self.of_now if self.of_now else 0.0

    @property
    def difference(self) -> float:
        """Of the shares; growth is positive."""
        return self.share_now - self.share_before

    @property
    def weight(self) -> float:
        """What the category adds to PSI, with an item added to both sides."""
        shares = [
            (count + 1) / (of + 1)
            for count, of in ((self.before, self.of_before), (self.now, self.of_now))
        ]
        return (shares[1] - shares[0]) * log(shares[1] / shares[0])

    @property
    def interval(self) -> Interval:
        """95 % of the difference (Newcombe 1998)."""
        return newcombe_difference(self.now, self.of_now, self.before, self.of_before)

    @property
    def is_new(self) -> bool:
        """Whether the reference had none."""
        return not self.before and self.now > 0


@dataclass(frozen=True)
class MixDrift:
    """What the items consist of, before and now: languages, sources, verdicts."""

    key: str
    name: str
    categories: tuple[Category, ...]
    """The most frequent first."""
    test: Judged

    @property
    def counts(self) -> tuple[int, int]:
        """(before, now): how many items are behind it."""
        first = self.categories[:1]
        return (first[0].of_before, first[0].of_now) if first else (0, 0)

    @property
    def most_moved(self) -> Category | None:
        """The category that adds most to PSI."""
        return max(self.categories, key=lambda each: each.weight, default=None)

    @property
    def new(self) -> tuple[Category, ...]:
        """Categories that the reference had none of."""
        return tuple(each for each in self.categories if each.is_new)


@dataclass(frozen=True)
class DriftReport:
    """Two periods of one selection side by side."""

    wanted: ItemFilter
    """The selection, without a period."""
    periods: Periods
    newest: datetime
    """When the newest selected item was created."""
    first: datetime
    """When the oldest one was."""
    is_anchored: bool
    """Whether the periods end at the newest item, because nothing came lately."""
    days: int | None
    """The chosen length of the current period; None when both were given by their dates."""
    model: ModelVersion
    policy_name: str
    items: tuple[int, int]
    """(before, now)."""
    scores: tuple[SpreadDrift, ...]
    """Labels that the model scores and that items have scores of."""
    unscored: tuple[Label, ...]
    """Labels without any."""
    length: SpreadDrift
    mixes: tuple[MixDrift, ...]
    verdicts: MixDrift

    @property
    def spreads(self) -> tuple[SpreadDrift, ...]:
        """Numbers: the labels' scores and the length of texts."""
        return (*self.scores, self.length)

    @property
    def all(self) -> tuple[SpreadDrift | MixDrift, ...]:
        """Every comparison, in the order of the page."""
        return (*self.scores, self.verdicts, *self.mixes, self.length)

    @property
    def alarms(self) -> tuple[SpreadDrift | MixDrift, ...]:
        """What drifted, the largest PSI first."""
        found = [each for each in self.all if each.test.is_alarm]
        return tuple(sorted(found, key=lambda each: -(each.test.psi or 0.0)))

    @property
    def tests(self) -> int:
        """How many comparisons could be made."""
        return sum(
            each.test.drift is not None and each.test.drift.before.size > 1 for each in self.all
        )

    @property
    def has_enough(self) -> bool:
        """Whether both periods have items enough to say anything."""
        return min(self.items) >= FEWEST


def spread(
    found: pl.DataFrame, steps: int
) -> tuple[Counts, Counts, npt.NDArray[np.intp], BinnedDrift | None]:
    """(before, now, bins, drift) of part, bucket, items."""
    before, now = (_counts(found, part, steps) for part in (BEFORE, NOW))
    starts = equal_mass(before, now)
    return before, now, starts, compared(binned(before, starts), binned(now, starts))


def _counts(found: pl.DataFrame, part: str, steps: int) -> Counts:
    rows = found.filter(pl.col("part") == part)
    counts = np.zeros(steps, dtype=np.int64)
    counts[rows["bucket"].to_numpy()] = rows["items"].to_numpy()
    return counts


def categories(found: pl.DataFrame) -> tuple[tuple[Category, ...], BinnedDrift | None]:
    """(categories, drift) of part, name, items; the most frequent first."""
    totals = {
        part: int(found.filter(pl.col("part") == part)["items"].sum()) for part in (BEFORE, NOW)
    }
    wide = (
        found.group_by("name")
        .agg(
            before=pl.col("items").filter(pl.col("part") == BEFORE).sum(),
            now=pl.col("items").filter(pl.col("part") == NOW).sum(),
        )
        .sort(pl.col("before") + pl.col("now"), "name", descending=[True, False])
    )
    rows = tuple(
        Category(str(name), int(before), int(now), totals[BEFORE], totals[NOW])
        for name, before, now in wide.rows()
    )
    before = np.array([each.before for each in rows], dtype=np.int64)
    now = np.array([each.now for each in rows], dtype=np.int64)
    return rows, categories_compared(before, now) if rows else None
