"""The difference of a share between two sides on the same reviewed items, weighted and clustered.

Precision, recall, missed harm and mistakes are ratios R = sum w y / sum w x, where y counts what
is found among the x of a domain. Two sides have the same reviews, so their errors go together and
the difference is known better than either side. It is linearised: each review moves
R_B - R_A by z = w (y_B - R_B x_B) / sum w x_B - w (y_A - R_A x_A) / sum w x_A
(Woodruff 1971; Cochran 1977, 6.13).

For one way of clustering, V = C / (C - 1) sum_c (sum over the rows of cluster c of n_h / (n_h - 1),
rooted, times z less its stratum's mean)^2. With clusters of one row that is the stratified
variance, with one stratum that of a cluster sample (Lumley 2010, 2.2), and clusters may lie across
strata. For two ways, V = V_1 + V_2 - V_12, 12 being what is of one cluster in both (Cameron,
Gelbach and Miller 2011), and at least the larger of V_1 and V_2.

Two ways are not joined into one: a text that many authors post, and authors who post many texts,
would soon make one cluster of nearly everything, of which nothing can be learnt.
"""

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from core.metrics.intervals import Interval

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: With fewer clusters that differ, a bootstrap or a normal interval would be too narrow.
FEW = 5


@dataclass(frozen=True)
class Design:
    """How the n reviewed rows came to be there."""

    weights: Floats
    """(n,): how many items each row stands for."""
    stratum: Rows
    """(n,): 0..H-1."""
    ways: tuple[Rows, ...]
    """Each (n,), numbers of clusters: by author, by text. Rows of one are no independent evidence.

    One or two of them.
    """

    @property
    def is_uniform(self) -> bool:
        """Whether every row stands for as many items, so that plain counts are fair."""
        return np.unique(self.weights).size <= 1

    @property
    def is_plain(self) -> bool:
        """Whether the rows are equally weighted, and each is a cluster of its own."""
        return self.is_uniform and all(np.unique(way).size == way.size for way in self.ways)

    def clusters(self, rows: npt.NDArray[np.bool_]) -> int:
        """The independent pieces of evidence among these rows, in the way that has fewest."""
        return min(int(np.unique(way[rows]).size) for way in self.ways)

    def take(self, rows: npt.NDArray[np.bool_]) -> "Design":
        """Only these rows."""
        return Design(self.weights[rows], self.stratum[rows], tuple(way[rows] for way in self.ways))


@dataclass(frozen=True)
class RatioDifference:
    """One share of A and of B, and how far they are apart."""

    a: float | None
    """None when nothing is in A's domain."""
    b: float | None
    difference: float | None
    """B - A."""
    interval: Interval
    """Of the difference; [-1, 1] when nothing is known."""
    error: float
    """Its standard error."""
    p: float | None
    """Two-sided, by the normal distribution; 1 when nothing differs."""
    count: int
    """Rows in the domain of either side."""

    @property
    def is_known(self) -> bool:
        """Whether there is a difference at all."""
        return self.difference is not None


def ratio_difference(
    design: Design,
    a: tuple[npt.ArrayLike, npt.ArrayLike],
    b: tuple[npt.ArrayLike, npt.ArrayLike],
    *,
    confidence: float = 0.95,
) -> RatioDifference:
    """R_B - R_A; each side is (x, y), both (n,): what is in its domain, and what is found there.

    y may be any number where x is 1 and must be 0 elsewhere. The interval is normal. Where fewer
    than five clusters tell the sides apart, their spread says too little, and the interval is at
    least as wide as Tango's for no pair that differs, z^2 / (n + z^2) with Kish's n.
    """
    inside_a, found_a = (np.asarray(each, dtype=np.float64) for each in a)
    inside_b, found_b = (np.asarray(each, dtype=np.float64) for each in b)
    count = int(np.count_nonzero((inside_a != 0) | (inside_b != 0)))
    share_a, moves_a = linear_moves(design.weights, inside_a, found_a)
    share_b, moves_b = linear_moves(design.weights, inside_b, found_b)
    if share_a is None or share_b is None:
        return RatioDifference(
            share_a, share_b, None, Interval(low=-1.0, high=1.0), float("nan"), None, count
        )
    moves = moves_b - moves_a
    apart = (found_a != found_b) | (inside_a != inside_b)
    if not apart.any():
        # Rounding must not make a difference out of the same numbers in another order.
        moves = np.zeros_like(moves)
    difference = share_b - share_a if apart.any() else 0.0
    error = sqrt(variance_of(moves, design))
    z = float(ndtri(0.5 + confidence / 2))
    reach = z * error
    if design.clusters(apart) < FEW:
        inside = (inside_a != 0) | (inside_b != 0)
        scale = max(1.0, float(np.abs(found_a).max()), float(np.abs(found_b).max()))
        reach = max(reach, scale * z * z / (_kish(design.weights[inside]) + z * z))
    return RatioDifference(
        a=share_a,
        b=share_b,
        difference=difference,
        interval=Interval(low=difference - reach, high=difference + reach),
        error=error,
        p=two_sided_p(difference, reach / z),
        count=count,
    )


def two_sided_p(difference: float, error: float) -> float:
    """By the normal distribution; 1 where nothing varies."""
    return float(2 * ndtr(-abs(difference) / error)) if error > 0 else 1.0


def variance_of(moves: Floats, design: Design) -> float:
    """The variance of sum(moves), as the module's head says."""
    if moves.size < 2:
        return 0.0
    centred = _centred(moves, design.stratum)
    apart = [_one_way(centred, way) for way in design.ways]
    if len(apart) == 1:
        return apart[0]
    one, two = design.ways
    return max(*apart, sum(apart) - _one_way(centred, one * (int(two.max()) + 1) + two))


def larger_way(moves: Floats, design: Design) -> Rows:
    """The way of clustering by which the sum of these moves varies more."""
    centred = _centred(moves, design.stratum)
    return max(design.ways, key=lambda way: _one_way(centred, way))


def _centred(moves: Floats, stratum: Rows) -> Floats:
    drawn = np.bincount(stratum).astype(np.float64)
    mean = np.bincount(stratum, weights=moves) / np.maximum(drawn, 1)
    factor = np.sqrt(drawn / np.maximum(drawn - 1, 1))
    centred: Floats = (moves - mean[stratum]) * factor[stratum]
    return centred


def _one_way(centred: Floats, cluster: Rows) -> float:
    numbers, place = np.unique(cluster, return_inverse=True)
    sums = np.bincount(place, weights=centred)
    clusters = numbers.size
    spread = clusters / (clusters - 1) if 1 < clusters < centred.size else 1.0
    return float(spread * np.sum(sums**2))


def reviews_left(
    difference: float,
    error: float,
    count: int,
    *,
    margin: float = 0.0,
    alpha: float = 0.05,
    power: float = 0.8,
) -> int | None:
    """More reviews, drawn as the `count` so far, until the difference as it is now is settled.

    Found to be one, or shown to be within +-`margin`, whichever takes fewer. The error falls with
    the root of n: n' = n ((z_(1-alpha/2) + z_power) se / r)^2 with r = |d| to find it and
    r = margin - |d| to show that it does not matter; less the n seen, 1 at least. None when neither
    would ever come.
    """
    reach = max(abs(difference), margin - abs(difference))
    if not reach > 0 or not error > 0 or count <= 0:
        return None
    z = float(ndtri(1 - alpha / 2)) + float(ndtri(power))
    return max(1, ceil(count * ((z * error / reach) ** 2 - 1)))


def linear_moves(
    weights: Floats, inside: npt.ArrayLike, found: npt.ArrayLike
) -> tuple[float | None, Floats]:
    """(the ratio, what each row moves it by); None when nothing is inside."""
    inside, found = np.asarray(inside, dtype=np.float64), np.asarray(found, dtype=np.float64)
    # Sums and no products of vectors: for these BLAS starts threads, which wait for each other.
    whole = float(np.sum(weights * inside))
    if whole <= 0:
        return None, np.zeros_like(weights)
    share = float(np.sum(weights * found)) / whole
    return share, weights * (found - share * inside) / whole


def _kish(weights: Floats) -> float:
    squares = float(np.sum(weights**2))
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0
