"""One bound of A in B's scores: on which items it is worked out, and what both bounds do there."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from core.domain.label import Label
from core.domain.policy import Override, Rule, ThresholdRule
from core.experiments.cuts import Bound
from core.experiments.reviewed_curves import Reviews
from core.experiments.translation import Counterpart, Keep, Obstacle, PairedScores, translated
from core.metrics.intervals import Interval
from core.metrics.survey import UNKNOWN, Estimate, simple_share
from core.policies.judge import ScoreColumns, overall_of
from core.usecases.compare_sides import Comparison
from core.usecases.compared_reviews import ComparedReviews
from core.usecases.evidence import ENOUGH_AT_RANDOM

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]

#: A place with fewer items than this has its bounds translated on all items.
ENOUGH_ITEMS = 200
#: Where no override of A's rule applies.
BASE = -1


@dataclass(frozen=True)
class BoundOfA:
    """One bound of A's rule."""

    label: Label | None
    """None: the overall score of a weighted rule."""
    at: float
    is_strict: bool
    """A bound of rejection, which catches what is above it; not one of review."""
    cites: Label | None = None
    """The reason given, if not the label itself."""
    override: int = BASE
    """The number of the override that it is of."""
    where: str | None = None
    """The override's place, such as "acme · de"."""

    @property
    def reason(self) -> Label | None:
        """What people cite when they agree with it; None: anything."""
        return self.cites or self.label

    @property
    def bound(self) -> Bound:
        """The bound as it is compared."""
        return Bound(self.at, self.is_strict)


@dataclass(frozen=True)
class BoundTranslation:
    """One bound of A, its counterpart in B, and what both catch where the bound applies."""

    a: BoundOfA
    b: float | None
    """None: nothing keeps it, so that only people reject."""
    asked: Keep
    kept: Keep
    """The volume, where what was asked for cannot be known or reached."""
    interval: Interval | None = None
    """95 %, of B's bound."""
    target: float | None = None
    """What was to be kept, as fitted: see core.experiments.translation."""
    obstacle: Obstacle | None = None
    """Why what was asked for is not kept."""
    best: float | None = None
    """The most that B reaches of it, when that is too little."""
    is_everywhere: bool = False
    """Whether all items were used, because there are too few where the bound applies."""
    is_moved: bool = False
    """Whether it had to move down to the bound of rejection to stay in order."""
    items: int = 0
    """Items with both scores where the bound applies."""
    reviews: int = 0
    """Reviews among them that say something about the reason."""
    caught_a: int = 0
    caught_b: int = 0
    precision_a: Estimate = UNKNOWN
    precision_b: Estimate = UNKNOWN
    recall_a: Estimate = UNKNOWN
    recall_b: Estimate = UNKNOWN

    @property
    def volume_a(self) -> Estimate:
        """The share of the items that A's bound catches."""
        return simple_share(self.caught_a, self.items)

    @property
    def volume_b(self) -> Estimate:
        """The share of the items that B's bound catches."""
        return simple_share(self.caught_b, self.items)


@dataclass(frozen=True)
class Domain:
    """Some of the history's items: their scores by both, and what people said of them."""

    inside: Flags
    """(N,): which of the history's items."""
    scores: PairedScores
    reviews: Reviews


class TranslationItems:
    """The items and reviews that the bounds of one rule are translated on."""

    def __init__(self, comparison: Comparison, reviews: ComparedReviews) -> None:
        self._paired = comparison.paired
        self._rule: Rule = comparison.pair.a.rule
        self._reviews = reviews
        self._domains: dict[tuple[Label | None, Label | None, int | None], Domain] = {}

    def where(self, bound: BoundOfA) -> Domain:
        """The items that the bound applies to."""
        return self._domain(bound, bound.override if self._has_places else None)

    def everywhere(self, bound: BoundOfA) -> Domain:
        """All items with both scores of the label."""
        return self._domain(bound, None)

    @property
    def _has_places(self) -> bool:
        return isinstance(self._rule, ThresholdRule) and bool(self._rule.overrides)

    def _domain(self, bound: BoundOfA, override: int | None) -> Domain:
        key = (bound.label, bound.reason, override)
        if key not in self._domains:
            self._domains[key] = self._made(bound, override)
        return self._domains[key]

    def _made(self, bound: BoundOfA, override: int | None) -> Domain:
        a, b = (
            self._scores(self._paired.columns_a, bound),
            self._scores(self._paired.columns_b, bound),
        )
        inside = self._paired.both & ~np.isnan(a) & ~np.isnan(b)
        if override is not None and bound.label is not None:
            inside = inside & (self._overrides(bound.label) == override)
        rows = np.flatnonzero(inside)
        known, harmful = self._said(bound.reason)
        evidence, design = self._reviews.evidence, self._reviews.design
        chosen = known & inside[evidence.rows]
        return Domain(
            inside=inside,
            scores=PairedScores(a[rows].astype(np.float64), b[rows].astype(np.float64)),
            reviews=Reviews(
                rows=np.searchsorted(rows, evidence.rows[chosen]),
                harmful=harmful[chosen],
                weights=design.weights[chosen],
                cluster=self._cluster[chosen],
                stratum=design.stratum[chosen],
            ),
        )

    def _scores(
        self, columns: ScoreColumns, bound: BoundOfA
    ) -> npt.NDArray[np.float32] | npt.NDArray[np.float64]:
        return (
            overall_of(columns, self._rule) if bound.label is None else columns.scores[bound.label]
        )

    def _said(self, reason: Label | None) -> tuple[Flags, Flags]:
        """(known, harmful), both (m,)."""
        evidence = self._reviews.evidence
        if reason is not None:
            return evidence.cites(reason)
        return np.ones(evidence.reviews, dtype=np.bool_), evidence.harmful

    @cached_property
    def _cluster(self) -> Numbers:
        """The clusters of reviews, in the way that leaves the fewest."""
        return min(self._reviews.design.ways, key=lambda way: np.unique(way).size)

    def _overrides(self, label: Label) -> Numbers:
        """The number of the override whose bounds for the label each item has."""
        columns, rule = self._paired.columns_a, self._rule
        if not isinstance(rule, ThresholdRule) or columns.place is None:
            raise TypeError("only rules with thresholds have other bounds for some places")
        last = [
            max(
                (
                    number
                    for number, override in enumerate(rule.overrides)
                    if override.applies(place) and label in override.thresholds
                ),
                default=BASE,
            )
            for place in columns.places
        ]
        return np.array(last, dtype=np.intp)[columns.place]

    def measured(self, found: BoundTranslation) -> BoundTranslation:
        """With what both bounds catch where A's applies, and what people say of that."""
        domain, evidence = self.where(found.a), self._reviews.evidence
        known, harmful = self._said(found.a.reason)
        here = known & domain.inside[evidence.rows]

        def caught(bound: Bound | None, scores: Floats) -> tuple[int, Estimate, Estimate]:
            flags = np.zeros(scores.shape, dtype=np.bool_)
            if bound is not None:
                flags = bound.catches(scores)
            reviewed = np.zeros(evidence.reviews, dtype=np.bool_)
            reviewed[here] = flags[domain.reviews.rows]
            precision = evidence.share(here & reviewed, harmful)
            recall = evidence.share(here & harmful, reviewed)
            return int(np.count_nonzero(flags)), precision, recall

        mine = caught(found.a.bound, domain.scores.a)
        other = None if found.b is None else Bound(found.b, found.a.is_strict)
        theirs = caught(other, domain.scores.b)
        return replace(
            found,
            items=domain.scores.size,
            reviews=domain.reviews.size,
            caught_a=mine[0], precision_a=mine[1], recall_a=mine[2],
            caught_b=theirs[0], precision_b=theirs[1], recall_b=theirs[2],
        )  # fmt: skip


def translate_bound(items: TranslationItems, a: BoundOfA, keep: Keep) -> BoundTranslation:
    """B's counterpart of one bound, from the items where it applies if there are enough of them.

    Where what is to be kept is not known, the volume is kept instead. Where B cannot reach it, a
    bound of rejection is left out, so that only people reject, and one of review keeps the volume.
    """
    found, is_everywhere = _found(items, a, keep)
    kept, obstacle = keep, found.obstacle
    if obstacle is not None and not (a.is_strict and obstacle is Obstacle.NEVER_REACHED):
        kept = Keep.VOLUME
        instead, is_everywhere = _found(items, a, kept)
        found = replace(instead, target=found.target, best=found.best)
    return items.measured(
        BoundTranslation(
            a=a,
            b=found.bound.at if found.bound is not None else None,
            asked=keep,
            kept=kept,
            interval=found.interval,
            target=found.target,
            obstacle=obstacle,
            best=found.best,
            is_everywhere=is_everywhere,
        )
    )


def _found(items: TranslationItems, a: BoundOfA, keep: Keep) -> tuple[Counterpart, bool]:
    """(the counterpart, whether it is from all items though the bound applies to some only)."""
    here, everywhere = items.where(a), items.everywhere(a)
    if here is everywhere:
        return translated(here.scores, a.bound, keep, here.reviews), False
    is_enough = here.scores.size >= ENOUGH_ITEMS
    if keep is not Keep.VOLUME:
        is_enough = is_enough and here.reviews.size >= ENOUGH_AT_RANDOM
    if is_enough:
        found = translated(here.scores, a.bound, keep, here.reviews)
        if found.obstacle in (None, Obstacle.NEVER_REACHED):
            return found, False
    return translated(everywhere.scores, a.bound, keep, everywhere.reviews), True


def words_of(override: Override) -> str:
    """The place of an override, such as "acme · de"."""
    return " · ".join(part for part in (override.tenant, override.language) if part)
