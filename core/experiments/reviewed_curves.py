"""Precision and recall by cut on weighted reviews, and the same in every draw of a bootstrap."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression
from scipy.sparse import csr_array, hstack

from core.experiments.cuts import Cuts
from core.experiments.resampling import Resampling

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
#: The first and the last of the cuts that are meant; cut 0 catches nothing.
Span = tuple[int, int]

ROUNDS = 500
#: Shares that differ by less are the same, added up in another order.
_SAME = 1e-9
#: In draws, neighbouring values are joined to so many groups, the finer the nearer to the top.
_MOST_GROUPS = 512


@dataclass(frozen=True)
class Reviews:
    """The m items, of n, that people decided on."""

    rows: Rows
    """(m,): their places among the n items."""
    harmful: Flags
    """(m,)."""
    weights: Floats
    """(m,): how many items each stands for, above 0."""
    cluster: Rows
    """(m,): those of one cluster are drawn together."""
    stratum: Rows
    """(m,): clusters are drawn within their stratum."""
    rounds: int = ROUNDS
    """Draws behind an interval."""

    @property
    def size(self) -> int:
        """m."""
        return int(self.rows.size)

    @property
    def harm(self) -> "Reviews":
        """The harmful ones only."""
        chosen = self.harmful
        return Reviews(
            rows=self.rows[chosen],
            harmful=chosen[chosen],
            weights=self.weights[chosen],
            cluster=self.cluster[chosen],
            stratum=self.stratum[chosen],
            rounds=self.rounds,
        )


@dataclass(frozen=True)
class Fitted:
    """The precision of rising cuts, made monotone: it never rises with the cut."""

    shares: Floats
    """NaN for the first cuts, as long as they catch nothing."""
    cut: Rows
    """The number of each cut; cut 1 catches the highest value only."""

    def lowest(self, target: float) -> Span | None:
        """The last cut that reaches the target; with those before it that have exactly that."""
        reaching = np.flatnonzero(self.shares >= target - _SAME)
        if not reaching.size:
            return None
        last = int(reaching[-1])
        exactly = np.flatnonzero(self.shares[: last + 1] <= target + _SAME)
        first = int(exactly[0]) if exactly.size else last
        return int(self.cut[first]), int(self.cut[last])


def fitted(whole: Floats, harm: Floats, cut: Rows) -> Fitted:
    """The curve of groups of falling scores with these sums of weights (G,), of harm among them.

    The share of harm is fitted so that it never rises from one group to the next (isotonic
    regression), and a cut's precision is the mean of the fit over its groups.
    """
    known = whole > 0
    if not known.any():
        return Fitted(np.full(whole.shape, np.nan), cut)
    weight = whole[known]
    fit = isotonic_regression(harm[known] / weight, weights=weight, increasing=False).x
    means = np.cumsum(fit * weight) / np.cumsum(weight)
    # A group of which nothing was drawn changes nothing.
    place = np.cumsum(known) - 1
    return Fitted(np.where(place >= 0, means[np.maximum(place, 0)], np.nan), cut)


def precision_curve(cuts: Cuts, reviews: Reviews) -> Fitted:
    """The curve of the reviews' scores, whose cuts are these."""
    return fitted(
        summed(cuts, reviews.weights),
        summed(cuts, reviews.weights * reviews.harmful),
        np.arange(1, cuts.size + 1),
    )


def summed(cuts: Cuts, weights: Floats) -> Floats:
    """The weights of each value that occurs, the highest first."""
    return np.bincount(cuts.rank, weights=weights, minlength=cuts.size).astype(np.float64)


def precision_drawn(mine: Cuts, at: int, theirs: Cuts, reviews: Reviews) -> Iterator[Span | None]:
    """In every draw, B's cuts that have the precision of A's cut number `at`.

    None where B never reaches it; draws in which A catches nothing are left out.
    """
    first, second = _groups(mine.size, at), _groups(theirs.size)
    columns = [_by_group(each, cut, reviews) for each, cut in ((mine, first), (theirs, second))]
    ends = np.cumsum([first.size, first.size, second.size])
    place = int(np.searchsorted(first, at))
    for sums in _resampled(reviews, hstack(columns)):
        for whole_a, harm_a, whole_b, harm_b in zip(
            *(part.T for part in np.split(sums, ends)), strict=True
        ):
            target = float(fitted(whole_a, harm_a, first).shares[place])
            if not np.isnan(target):
                yield fitted(whole_b, harm_b, second).lowest(target)


def recall_span(caught: Flags, cuts: Cuts, weights: Floats) -> tuple[float, Span]:
    """(A's recall, B's highest cuts with at least that); of harm (h,) of these weights.

    `caught` (h,): by A's bound; `cuts`: of B's scores.
    """
    groups = summed(cuts, weights)
    target = float(weights[caught].sum() / weights.sum())
    return target, _highest(groups, target, np.arange(1, cuts.size + 1))


def recall_drawn(caught: Flags, cuts: Cuts, reviews: Reviews) -> Iterator[Span]:
    """The cuts of `recall_span` in every draw of the harmful reviews."""
    chosen, harm = _groups(cuts.size), reviews.harm
    by_a = csr_array((harm.weights * caught)[:, None])
    for sums in _resampled(harm, hstack([by_a, _by_group(cuts, chosen, harm)])):
        for draw in sums[: 1 + chosen.size].T:
            whole = float(draw[1:].sum())
            if whole > 0:
                yield _highest(draw[1:], float(draw[0]) / whole, chosen)


def _highest(groups: Floats, target: float, cut: Rows) -> Span:
    reached = np.append(0.0, np.cumsum(groups) / groups.sum())
    first = min(int(np.searchsorted(reached, target - _SAME)), reached.size - 1)
    last = int(np.searchsorted(reached, reached[first] + _SAME, side="right")) - 1
    numbers = np.append(0, cut)
    return int(numbers[first]), int(numbers[last])


def _groups(size: int, also: int | None = None) -> Rows:
    """The numbers of the cuts that draws look at, rising, the last one among them."""
    every = np.arange(1, size + 1)
    if size <= _MOST_GROUPS:
        return every
    chosen = np.round(np.geomspace(1, size, _MOST_GROUPS)).astype(np.intp)
    return np.union1d(chosen, [] if also is None else [also]).astype(np.intp)


def _by_group(cuts: Cuts, cut: Rows, reviews: Reviews) -> csr_array:
    """(m, 2 G): each review's weight in its group, and again if it is harmful."""
    rows = np.arange(reviews.size)
    group = np.searchsorted(cut, cuts.rank + 1)
    return csr_array(
        (
            np.concatenate([reviews.weights, reviews.weights * reviews.harmful]),
            (np.concatenate([rows, rows]), np.concatenate([group, group + cut.size])),
        ),
        shape=(reviews.size, 2 * cut.size),
    )


def _resampled(reviews: Reviews, columns: csr_array) -> Iterator[Floats]:
    resampling = Resampling(reviews.cluster, stratum=reviews.stratum, rounds=reviews.rounds)
    return resampling.sums(csr_array(columns))
