"""Which of two makes fewer errors on the same items: McNemar's test and what belongs to it."""

from collections.abc import Callable
from math import sqrt

from scipy.optimize import brentq
from scipy.special import bdtr, chdtrc, ndtri

from core.domain.record import Record
from core.errors import SharesError
from core.metrics.intervals import Interval

#: Below this many pairs in which one errs, the exact p is preferred to the mid-p.
FEW = 25


class McNemar(Record):
    """A and B on the same pairs; only pairs in which one of them is wrong tell them apart."""

    only_a_wrong: int
    """b."""
    only_b_wrong: int
    """c."""
    pairs: int
    """n."""
    difference: float
    """(b - c) / n, the error rate of A minus that of B: above 0, B is better. 0 without pairs."""
    interval: Interval
    """Tango's score interval of the difference."""
    chi_square: float
    """(b - c)^2 / (b + c), one degree of freedom."""
    p: float
    corrected_chi_square: float
    """(|b - c| - 1)^2 / (b + c), with continuity correction (Edwards)."""
    corrected_p: float
    exact_p: float
    """Two-sided binomial: never too small, often too large."""
    mid_p: float
    """The exact p less half of what its two ends weigh: its error rate is nearest to the stated."""

    @property
    def best_p(self) -> float:
        """The exact p while fewer than 25 pairs tell A and B apart, else the mid-p."""
        return self.exact_p if self.only_a_wrong + self.only_b_wrong < FEW else self.mid_p


def mcnemar(b: int, c: int, n: int, *, confidence: float = 0.95) -> McNemar:
    """The comparison of b pairs in which only A is wrong and c in which only B is, among n pairs.

    McNemar 1947; mid-p as in Fagerland, Lydersen and Laake 2013. The interval is Tango's (1998):
    it needs b, c and n only, exists without discordant pairs, and leaves out 0 exactly when the
    chi square test does at that level. b and c are of unweighted pairs. All p are 1 when b = c.
    """
    if min(b, c) < 0 or b + c > n:
        raise SharesError("Pairs in which one errs are not negative and at most as many as pairs.")
    unlike = b + c
    chi_square = (b - c) ** 2 / unlike if unlike else 0.0
    corrected = max(0, abs(b - c) - 1) ** 2 / unlike if unlike else 0.0
    exact, mid = _binomial(b, c)
    return McNemar(
        only_a_wrong=b,
        only_b_wrong=c,
        pairs=n,
        difference=(b - c) / n if n else 0.0,
        interval=tango(b, c, n, confidence),
        chi_square=chi_square,
        p=float(chdtrc(1, chi_square)),
        corrected_chi_square=corrected,
        corrected_p=float(chdtrc(1, corrected)),
        exact_p=exact,
        mid_p=mid,
    )


def _binomial(b: int, c: int) -> tuple[float, float]:
    """(exact p, mid-p) of X ~ Binomial(b + c, 1/2)."""
    fewer, unlike = min(b, c), b + c
    if b == c:
        return 1.0, 1.0
    reached = float(bdtr(fewer, unlike, 0.5))
    below = float(bdtr(fewer - 1, unlike, 0.5)) if fewer > 0 else 0.0
    return min(1.0, 2 * reached), min(1.0, reached + below)


def tango(b: int, c: int, n: int, confidence: float = 0.95) -> Interval:
    """The score interval of (b - c) / n of paired shares (Tango 1998); [-1, 1] without pairs.

    All D with |b - c - n D| <= z sqrt(n (2 q + D (1 - D))), q being the likeliest share of pairs
    in which only B is wrong if the difference is D.
    """
    if n <= 0:
        return Interval(low=-1.0, high=1.0)
    z = float(ndtri(0.5 + confidence / 2))
    found = (b - c) / n
    return Interval(
        low=_bound(lambda d: _score(b, c, n, d) - z, found, -1.0),
        high=_bound(lambda d: _score(b, c, n, d) + z, found, 1.0),
    )


def _score(b: int, c: int, n: int, difference: float) -> float:
    """How many standard errors the found difference is above `difference`."""
    first = -b - c + (2 * n - b + c) * difference
    last = -c * difference * (1 - difference)
    likeliest = (sqrt(max(0.0, first * first - 8 * n * last)) - first) / (4 * n)
    variance = n * (2 * likeliest + difference * (1 - difference))
    above = b - c - n * difference
    if variance <= 0:
        return 0.0 if abs(above) < 1e-9 else float("inf") if above > 0 else float("-inf")
    return above / sqrt(variance)


def _bound(excess: Callable[[float], float], inside: float, outside: float) -> float:
    edge = outside * (1 - 1e-12)
    if abs(inside - outside) < 1e-12 or excess(edge) * excess(inside) > 0:
        return outside
    return float(brentq(excess, inside, edge, xtol=1e-12))
