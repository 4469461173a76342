"""The items of an experiment as columns, and what each unit brought to a measure at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.decision import Outcome
from core.domain.experiment import Arm, Measure
from core.domain.review_task import Stratum
from core.domain.verdict import VerdictKind
from core.experiments.split_ratios import UnitSums

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

#: Outcomes and verdicts as numbers; -1 is none.
_CODES: Mapping[str, int] = {
    VerdictKind.APPROVE.value: 0, VerdictKind.REVIEW.value: 1, VerdictKind.REJECT.value: 2,
}  # fmt: skip
NONE, APPROVE, REVIEW, REJECT = -1, 0, 1, 2
assert _CODES[Outcome.APPROVE.value] == APPROVE and _CODES[Outcome.REJECT.value] == REJECT  # noqa: PT018, S101  # the same words
_NEVER = float("inf")


@dataclass(frozen=True)
class Sums:
    """A measure's sums by unit, and how many observations of people are behind them."""

    units: UnitSums
    seen: int


@dataclass(frozen=True)
class SplitFacts:
    """One row per item; times in seconds since 1970, infinite where something did not happen."""

    unit: Rows
    """(n,): the unit's number."""
    arm_of_unit: Rows
    """(u,): its arm; -1 before there is one."""
    has_unit: Flags
    scored: Floats
    control: Rows
    treatment: Rows
    """(n,): both verdicts; -1 where the second is not known."""
    automated: Rows
    """(n,): what the policy decided by itself; -1 where it did not."""
    stratum: Rows
    """(n,): which stratum of review tasks it was drawn into; -1 where scoring opened no task."""
    probability: Floats
    """(s,): each stratum's chance to be drawn."""
    is_random: Flags
    """(s,): whether the stratum is a random slice, not what was flagged."""
    person: Rows
    """(n,): what a person decided last; -1 where nobody did."""
    person_at: Floats
    handled: Floats
    handling_seconds: Floats
    handled_at: Floats
    first_at: Floats

    @property
    def size(self) -> int:
        """Items."""
        return int(self.unit.size)

    @property
    def units(self) -> int:
        """Units that brought items."""
        return int(self.arm_of_unit.size)

    @cached_property
    def arm(self) -> Rows:
        """(n,): each item's arm."""
        return self.arm_of_unit[self.unit] if self.size else np.empty(0, dtype=np.intp)

    @cached_property
    def verdict(self) -> Rows:
        """(n,): the verdict of the policy of the item's own arm."""
        return np.where(self.arm == Arm.TREATMENT, self.treatment, self.control)

    @property
    def was_kept(self) -> Flags:
        """(n,): whether people had decided before it was scored, so that no policy could."""
        return np.asarray((self.automated == NONE) & (self.stratum == NONE))


def facts_of(items: pl.DataFrame) -> SplitFacts:
    """The frame of `ExperimentStore.items` as columns."""
    units = items.select("unit", "arm").unique("unit", maintain_order=True)
    numbered = units.with_row_index("number")
    places = items.join(numbered, on="unit", maintain_order="left")["number"]
    strata = (
        items.filter(pl.col("stratum").is_not_null())
        .select("queue", "stratum", "probability")
        .unique(maintain_order=True)
        .with_row_index("place")
    )
    drawn = items.join(
        strata, on=["queue", "stratum", "probability"], how="left", maintain_order="left"
    )["place"]
    return SplitFacts(
        unit=_whole(places),
        arm_of_unit=_whole(units["arm"].fill_null(NONE)),
        has_unit=items["has_unit"].to_numpy().astype(np.bool_),
        scored=_seconds(items["scored_at"]),
        control=_codes(items["control"]),
        treatment=_codes(items["treatment"]),
        automated=_codes(items["automated"]),
        stratum=_whole(drawn.cast(pl.Int64).fill_null(NONE)),
        probability=strata["probability"].to_numpy().astype(np.float64),
        is_random=(strata["stratum"] == Stratum.RANDOM.value).to_numpy().astype(np.bool_),
        person=_codes(items["person"]),
        person_at=_seconds(items["person_at"]),
        handled=items["handled"].cast(pl.Float64).fill_null(0.0).to_numpy(),
        handling_seconds=items["handling_seconds"].cast(pl.Float64).fill_null(0.0).to_numpy(),
        handled_at=_seconds(items["handled_at"]),
        first_at=_seconds(items["first_at"]),
    )


def arm_sums(facts: SplitFacts, measure: Measure, arm: Arm | None, at: datetime) -> Sums:
    """What each unit of an arm (None: of all) brought to the measure up to a moment."""
    there = facts.scored <= at.timestamp()
    if arm is not None:
        there &= facts.arm == arm
    inside, found, seen, hit = _contributions(facts, measure, there, at.timestamp())
    return _by_unit(facts, arm, inside, found, seen, hit)


def paired_sums(facts: SplitFacts, measure: Measure, at: datetime) -> tuple[Sums, Sums, Sums]:
    """(control, treatment, treatment - control) where every item answers for both policies."""
    moment = at.timestamp()
    there = facts.scored <= moment
    inside = there.astype(np.float64)
    seen, hit = 0, 1.0
    if measure.is_estimated:
        known, weights = _weighted(facts, there, moment, only_random=False, by_arm=False)
        seen, hit = int(known.sum()), _usual(weights, known)
        sides = [
            np.where(known & _wrong(facts, each, measure), weights, 0.0)
            for each in (facts.control, facts.treatment)
        ]
    else:
        wanted = REJECT if measure is Measure.REJECTED else REVIEW
        sides = [(there & (each == wanted)) * 1.0 for each in (facts.control, facts.treatment)]
    return (
        _by_unit(facts, None, inside, sides[0], seen, hit),
        _by_unit(facts, None, inside, sides[1], seen, hit),
        _by_unit(facts, None, inside, sides[1] - sides[0], seen, hit),
    )


def _contributions(
    facts: SplitFacts, measure: Measure, there: Flags, moment: float
) -> tuple[Floats, Floats, int, float]:
    """(x, y, observations of people, what one find adds) by item."""
    inside = there.astype(np.float64)
    is_auto = there & (facts.automated != NONE)
    known = is_auto & (facts.person != NONE) & (facts.person_at <= moment)
    match measure:
        case Measure.MISTAKES | Measure.MISSED:
            drawn, weights = _weighted(facts, is_auto, moment, only_random=True, by_arm=True)
            wrong = drawn & _wrong(facts, facts.automated, measure)
            return inside, np.where(wrong, weights, 0.0), int(drawn.sum()), _usual(weights, drawn)
        case Measure.OVERTURNED:
            wrong = known & (facts.person != facts.automated)
            return is_auto.astype(np.float64), wrong * 1.0, int(known.sum()), 1.0
        case Measure.REJECTED | Measure.REVIEWED:
            wanted = REJECT if measure is Measure.REJECTED else REVIEW
            return inside, (there & (facts.verdict == wanted)) * 1.0, 0, 1.0
        case Measure.HANDLING:
            done = there & (facts.handled_at <= moment)
            count = np.where(done, facts.handled, 0.0)
            return count, np.where(done, facts.handling_seconds, 0.0), int(count.sum()), 1.0
        case Measure.WAITING:
            waits = there & ~facts.was_kept
            ends = np.minimum(facts.first_at, moment)
            hours = np.where(waits, np.maximum(ends - facts.scored, 0.0) / 3_600, 0.0)
            return waits.astype(np.float64), hours, 0, 1.0


def _wrong(facts: SplitFacts, concluded: Rows, measure: Measure) -> Flags:
    """Whether a policy settles what people settle otherwise; a review is no mistake."""
    if measure is Measure.MISSED:
        return np.asarray((concluded == APPROVE) & (facts.person == REJECT))
    settled = (concluded == APPROVE) | (concluded == REJECT)
    return np.asarray(settled & (facts.person != concluded))


def _weighted(
    facts: SplitFacts, rows: Flags, moment: float, *, only_random: bool, by_arm: bool
) -> tuple[Flags, Floats]:
    """The reviews of drawn items, and how many items each stands for.

    1 / probability, times opened / decided of its stratum (and arm) for what nobody decided yet.
    """
    drawn = rows & (facts.stratum != NONE)
    if only_random and facts.is_random.size:
        drawn &= facts.is_random[facts.stratum]
    known = drawn & (facts.person != NONE) & (facts.person_at <= moment)
    weights = np.zeros(facts.size)
    if not known.any():
        return known, weights
    places = facts.stratum * 2 + (np.maximum(facts.arm, 0) if by_arm else 0)
    most = 2 * facts.probability.size
    opened = np.bincount(places[drawn], minlength=most)
    decided = np.bincount(places[known], minlength=most)
    stands_for = opened / np.maximum(decided, 1) / np.repeat(facts.probability, 2)
    weights[known] = stands_for[places[known]]
    return known, weights


def _usual(weights: Floats, known: Flags) -> float:
    return float(weights[known].mean()) if known.any() else 1.0


def _by_unit(
    facts: SplitFacts, arm: Arm | None, inside: Floats, found: Floats, seen: int, hit: float
) -> Sums:
    x = np.bincount(facts.unit, weights=inside, minlength=facts.units).astype(np.float64)
    y = np.bincount(facts.unit, weights=found, minlength=facts.units).astype(np.float64)
    if arm is not None:
        mine = facts.arm_of_unit == arm
        x, y = x[mine], y[mine]
    return Sums(UnitSums(inside=x, found=y, hit=hit), seen)


def _codes(column: pl.Series) -> Rows:
    return _whole(column.replace_strict(_CODES, default=NONE, return_dtype=pl.Int64))


def _whole(column: pl.Series) -> Rows:
    return column.cast(pl.Int64).to_numpy().astype(np.intp)


def _seconds(column: pl.Series) -> Floats:
    found = column.dt.epoch("us").cast(pl.Float64) / 1e6
    return found.fill_null(_NEVER).to_numpy()
