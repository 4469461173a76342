"""What an interval of a difference allows one to say."""

from enum import StrEnum
from math import isnan


class Conclusion(StrEnum):
    """Of B against A."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no_difference"
    """Shown to be too small to matter, which is more than not having been found."""
    NO_EVIDENCE = "no_evidence"
    """Not enough is known yet."""


def conclude(low: float | None, high: float | None, *, margin: float) -> Conclusion:
    """What the interval [low, high] of "B - A, higher is better" says.

    Wholly within +-`margin` (>= 0) is no difference that matters, even if 0 is left out; then what
    lies on one side of 0 is better or worse; everything else, and no interval, is no evidence.
    """
    if low is None or high is None or isnan(low) or isnan(high):
        return Conclusion.NO_EVIDENCE
    if -margin <= low and high <= margin:
        return Conclusion.NO_DIFFERENCE
    if low > 0:
        return Conclusion.BETTER
    if high < 0:
        return Conclusion.WORSE
    return Conclusion.NO_EVIDENCE


def in_p(value: float) -> str:
    """A p as people read it, such as "= .023"."""
    if value < 0.001:
        return "< .001"
    return f"= {value:.3f}".replace("= 0.", "= .")
