"""B's bound that keeps what A's bound does: the same volume, the same precision or recall.

Everything is worked out on items that both have scored. Only the order of B's scores counts, so
that of a strictly increasing transform of A's scores the same items are caught by every rule; and
where reviews leave a bound open between two scores, the volume closest to A's settles it.

*Volume.* The cut of B that catches as many items as A's bound, or the closest that ties allow.
The interval holds the cuts at which the exact sign test (McNemar's) of "A catches it" against "B
catches it" finds no difference: history is a sample of the traffic to come, and both volumes come
from the same items. Its ends are order statistics of B's scores; no distribution is assumed.

*Precision.* Of what is at or above a cut, the weighted share of harm. That curve is not monotone,
so both are first made so: harm is fitted as a non-decreasing function of the score (isotonic
regression; Ayer et al. 1955), and a cut's precision is the mean of the fit above it, which never
falls as the cut rises. B's bound is the lowest cut with at least the precision that A has at its
bound; among cuts with exactly that, the volume chooses.

*Recall.* The highest cut of B above which at least as large a weighted share of the reviewed harm
lies as above A's bound.

The intervals of both are percentiles of a paired bootstrap (Efron 1979): in every draw of the
reviews, whole clusters at a time, A's figure and B's cut are found anew.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr

from core.experiments.cuts import Bound, Cuts
from core.experiments.reviewed_curves import (
    Reviews,
    Span,
    precision_curve,
    precision_drawn,
    recall_drawn,
    recall_span,
)
from core.metrics.intervals import Interval

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.intp]

#: Draws that say nothing (no harm in them) may be so many; with more there is no interval.
_MOST_SILENT = 0.5


class Keep(StrEnum):
    """What stays the same when another model version takes over."""

    VOLUME = "volume"
    PRECISION = "precision"
    RECALL = "recall"


class Obstacle(StrEnum):
    """Why a bound has no counterpart."""

    NO_ITEMS = "no_items"
    """No item has scores of both."""
    NO_REVIEWS = "no_reviews"
    """Nobody has decided on any of the items."""
    NO_HARM = "no_harm"
    """None of the reviewed items is harmful."""
    NOTHING_CAUGHT = "nothing_caught"
    """A's bound catches no reviewed item, so nobody knows its precision."""
    NEVER_REACHED = "never_reached"
    """No bound of B reaches the target."""


@dataclass(frozen=True)
class Counterpart:
    """What B has in the place of one bound of A."""

    bound: Bound | None
    """None: nothing keeps what was to be kept, and `obstacle` says why."""
    interval: Interval | None = None
    """In B's scores; None when too few draws say anything."""
    target: float | None = None
    """What was to be kept: A's share of items, or its fitted precision, or its recall."""
    obstacle: Obstacle | None = None
    best: float | None = None
    """The most that B reaches, when that is too little."""


@dataclass(frozen=True)
class PairedScores:
    """Scores of n items by A and by B, both (n,) and without NaN."""

    a: Floats
    b: Floats

    @property
    def size(self) -> int:
        """n."""
        return int(self.a.size)

    @cached_property
    def cuts(self) -> Cuts:
        """The cuts of B."""
        return Cuts.of(self.b)


def translated(
    scores: PairedScores,
    bound: Bound,
    keep: Keep,
    reviews: Reviews | None = None,
    *,
    confidence: float = 0.95,
) -> Counterpart:
    """B's counterpart of A's `bound`; `reviews` are needed for precision and recall."""
    if not scores.size:
        return Counterpart(None, obstacle=Obstacle.NO_ITEMS)
    if keep is Keep.VOLUME:
        return same_volume(scores, bound, confidence=confidence)
    if reviews is None or not reviews.size:
        return Counterpart(None, obstacle=Obstacle.NO_REVIEWS)
    if not reviews.harmful.any():
        return Counterpart(None, obstacle=Obstacle.NO_HARM)
    if keep is Keep.PRECISION:
        return same_precision(scores, bound, reviews, confidence=confidence)
    return same_recall(scores, bound, reviews, confidence=confidence)


def same_volume(scores: PairedScores, bound: Bound, *, confidence: float = 0.95) -> Counterpart:
    """The bound of B that catches as many of the items as `bound` does of A's scores."""
    caught = bound.catches(scores.a)
    wanted = int(np.count_nonzero(caught))
    cut = scores.cuts.closest(wanted, is_strict=bound.is_strict)
    alike = _alike(caught, scores.cuts, confidence)
    return _counterpart(scores, bound, cut, alike, wanted / caught.size)


def same_precision(
    scores: PairedScores, bound: Bound, reviews: Reviews, *, confidence: float = 0.95
) -> Counterpart:
    """The lowest bound of B with at least the precision of `bound` on A's scores."""
    mine, theirs = Cuts.of(scores.a[reviews.rows]), Cuts.of(scores.b[reviews.rows])
    at = int(np.count_nonzero(bound.catches(mine.values)))
    if at == 0:
        return Counterpart(None, obstacle=Obstacle.NOTHING_CAUGHT)
    target = float(precision_curve(mine, reviews).shares[at - 1])
    curve = precision_curve(theirs, reviews)
    found = curve.lowest(target)
    limits = _Limits.of(scores.cuts, theirs)
    cut = _settled(scores, bound, limits, found)
    if cut is None:
        best = float(curve.shares[0])
        return Counterpart(None, target=target, obstacle=Obstacle.NEVER_REACHED, best=best)
    spans = [
        # A draw in which B never reaches it has its cut above everything.
        (0, 0) if each is None else limits.of_span(each)
        for each in precision_drawn(mine, at, theirs, reviews)
    ]
    return _counterpart(scores, bound, cut, _percentiles(spans, reviews.rounds, confidence), target)


def same_recall(
    scores: PairedScores, bound: Bound, reviews: Reviews, *, confidence: float = 0.95
) -> Counterpart:
    """The highest bound of B with at least the recall of `bound` on A's scores."""
    rows, weights = reviews.rows[reviews.harmful], reviews.weights[reviews.harmful]
    caught, theirs = bound.catches(scores.a[rows]), Cuts.of(scores.b[rows])
    target, found = recall_span(caught, theirs, weights)
    limits = _Limits.of(scores.cuts, theirs)
    cut = _settled(scores, bound, limits, found)
    if cut is None:
        last = scores.cuts.reachable(is_strict=bound.is_strict)[1]
        best = float(weights[scores.cuts.rank[rows] < last].sum() / weights.sum())
        return Counterpart(None, target=target, obstacle=Obstacle.NEVER_REACHED, best=best)
    spans = [limits.of_span(each) for each in recall_drawn(caught, theirs, reviews)]
    return _counterpart(scores, bound, cut, _percentiles(spans, reviews.rounds, confidence), target)


@dataclass(frozen=True)
class _Limits:
    """From cuts among reviewed scores to the cuts among all scores that they leave open."""

    first: Numbers
    """By the number of the first reviewed cut."""
    last: Numbers
    """By the number of the last."""

    @staticmethod
    def of(cuts: Cuts, reviewed: Cuts) -> "_Limits":
        place = np.searchsorted(-cuts.values, -reviewed.values)
        return _Limits(np.append(0, place + 1), np.append(place, cuts.size))

    def of_span(self, span: Span) -> Span:
        return int(self.first[span[0]]), int(self.last[span[1]])


def _settled(scores: PairedScores, bound: Bound, limits: _Limits, found: Span | None) -> int | None:
    """Of the cuts that the reviews leave open, the one whose volume is closest to A's."""
    if found is None:
        return None
    first, last = limits.of_span(found)
    lowest, highest = scores.cuts.reachable(is_strict=bound.is_strict)
    first, last = max(first, lowest), min(last, highest)
    if first > last:
        return None
    wanted = int(np.count_nonzero(bound.catches(scores.a)))
    return scores.cuts.closest(wanted, is_strict=bound.is_strict, within=(first, last))


def _counterpart(
    scores: PairedScores, bound: Bound, cut: int, span: Span | None, target: float
) -> Counterpart:
    cuts, interval = scores.cuts, None
    found = cuts.bound(cut, is_strict=bound.is_strict, preferred=bound.at)
    if span is not None:
        low, high = cuts.edges(max(span[1], cut))[0], cuts.edges(min(span[0], cut))[1]
        interval = Interval(low=min(low, found.at), high=max(high, found.at))
    return Counterpart(found, interval, target)


def _alike(caught: Flags, cuts: Cuts, confidence: float) -> Span:
    """The first and the last cut whose volume does not differ from A's by the sign test.

    b items are caught by A alone and c by B alone; c rises and b falls as the cut does.
    """
    tail = (1 - confidence) / 2
    hits = np.bincount(cuts.rank[caught], minlength=cuts.size)
    both = np.concatenate([[0], np.cumsum(hits)])
    wanted = int(both[-1])

    def chance(cut: int, *, of_too_many: bool) -> float:
        by_a, by_b = wanted - int(both[cut]), int(cuts.caught[cut] - both[cut])
        fewer = by_a if of_too_many else by_b
        return float(bdtr(fewer, by_a + by_b, 0.5)) if by_a + by_b else 1.0

    every = range(cuts.size + 1)
    first = bisect_left(every, True, key=lambda cut: chance(cut, of_too_many=False) > tail)
    after = bisect_left(every, True, key=lambda cut: chance(cut, of_too_many=True) <= tail)
    # Where ties leave no such cut, the caller's own is between the two.
    return min(first, after - 1), max(first, after - 1)


def _percentiles(spans: Sequence[Span], rounds: int, confidence: float) -> Span | None:
    if len(spans) < rounds * _MOST_SILENT:
        return None
    tail = (1 - confidence) / 2
    ends = np.array(spans, dtype=np.float64)
    first = np.quantile(ends[:, 0], tail, method="lower")
    last = np.quantile(ends[:, 1], 1 - tail, method="higher")
    return int(first), int(last)


def quantile_pairs(a: Floats, b: Floats, points: int = 400) -> tuple[Floats, Floats, Floats]:
    """(A's quantiles, B's, the share at or above), finer towards the top; at most `points`.

    `a` and `b` may be of different sizes, none of them 0, and are without NaN.
    """
    size = min(a.size, b.size)
    half = points // 2
    tails = np.geomspace(1 / size, 1, half)
    share = np.unique(np.concatenate([tails, np.linspace(0, 1, half)]))[::-1]
    return np.quantile(a, 1 - share), np.quantile(b, 1 - share), share
