"""How many observations a question needs before it is asked, and how many are still missing."""

from math import ceil, sqrt

from scipy.special import nctdtr, ndtr, ndtri, stdtrit

from core.domain.record import Record
from core.experiments.always_valid import sequential_mcnemar
from core.experiments.paired_errors import mcnemar

#: More than anybody would review.
_TOO_MANY = 10**9


class PairsLeft(Record):
    """How many more reviews would settle a difference, if it is as large as it looks now."""

    random: int
    """Of items drawn at random; they show how large the difference is over all items, too."""
    discordant: int
    """Of items on which A and B conclude differently: the cheapest way."""
    discordant_watched: int
    """The same where the always-valid p decides and the shares stay as they are."""


def mcnemar_pairs(
    p_only_a: float, p_only_b: float, *, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Pairs for McNemar's test: [z_(1-alpha/2) sqrt(q) + z_power sqrt(q - d^2)]^2 / d^2.

    q = p_only_a + p_only_b, the share of pairs in which one errs, and d their difference (Connor
    1987). Infinite when d is 0.
    """
    unlike, apart = p_only_a + p_only_b, p_only_a - p_only_b
    if apart == 0:
        return float("inf")
    reach = _z(1 - alpha / 2) * sqrt(unlike) + _z(power) * sqrt(max(0.0, unlike - apart**2))
    return reach**2 / apart**2


def pairs_left(
    b: int, c: int, n: int, *, alpha: float = 0.05, power: float = 0.8
) -> PairsLeft | None:
    """More pairs to review, in addition to the n seen, until b against c would be settled.

    Taken as planning a new test of the differences seen so far (`mcnemar_pairs`), less what was
    seen: a guide, not a promise, for what was seen is uncertain too. 0 when already settled; None
    when b = c, as no number of reviews settles a difference of 0.
    """
    if b == c or n <= 0:
        return None
    needed = mcnemar_pairs(b / n, c / n, alpha=alpha, power=power)
    unlike = (b + c) / n
    is_settled = mcnemar(b, c, n).best_p < alpha
    least = 0 if is_settled else 1
    return PairsLeft(
        random=0 if is_settled else max(least, ceil(needed - n)),
        discordant=0 if is_settled else max(least, ceil(needed * unlike - (b + c))),
        discordant_watched=_until_sure(b, c, alpha) - (b + c),
    )


def _until_sure(b: int, c: int, alpha: float) -> int:
    """The least number of discordant pairs, in the shares seen, with an always-valid p < alpha."""
    count = b + c

    def is_sure(total: int) -> bool:
        more = round(total * b / count)
        return sequential_mcnemar(more, total - more) < alpha

    if sequential_mcnemar(b, c) < alpha:
        return count
    low = high = count
    while not is_sure(high) and high < _TOO_MANY:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_sure(middle) else (middle, high)
    return high


def two_share_power(p_a: float, p_b: float, count: float, *, alpha: float = 0.05) -> float:
    """The chance to find p_a against p_b with `count` units in each arm (R's power.prop.test)."""
    mean = (p_a + p_b) / 2
    reach = sqrt(count) * abs(p_a - p_b) - _z(1 - alpha / 2) * sqrt(2 * mean * (1 - mean))
    spread = sqrt(p_a * (1 - p_a) + p_b * (1 - p_b))
    return float(ndtr(reach / spread)) if spread > 0 else float(reach > 0)


def two_share_size(p_a: float, p_b: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Units in each arm to find p_a against p_b (R's power.prop.test); infinite if equal."""
    if p_a == p_b:
        return float("inf")
    mean = (p_a + p_b) / 2
    reach = _z(1 - alpha / 2) * sqrt(2 * mean * (1 - mean)) + _z(power) * sqrt(
        p_a * (1 - p_a) + p_b * (1 - p_b)
    )
    return reach**2 / (p_a - p_b) ** 2


def t_test_power(
    count: float, difference: float, *, deviation: float = 1.0, alpha: float = 0.05
) -> float:
    """The chance of a two-sided t test with `count` units in each arm; both tails counted."""
    if count < 2:
        return 0.0
    freedom, shift = 2 * (count - 1), sqrt(count / 2) * abs(difference) / deviation
    bound = float(stdtrit(freedom, 1 - alpha / 2))
    return float(1 - nctdtr(freedom, shift, bound) + nctdtr(freedom, shift, -bound))


def _z(probability: float) -> float:
    return float(ndtri(probability))
