"""The places where a bound can stand among scores, and the shortest number that stands there."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]

#: A bound is written with at least and at most so many decimals; scores have about seven.
_FEWEST, _MOST = 2, 12


@dataclass(frozen=True)
class Bound:
    """One bound and what it catches, compared as the policy compares: both sides as doubles."""

    at: float
    """0..1."""
    is_strict: bool
    """Catches what is above it (a bound of rejection), else also what is on it (one of review)."""

    def catches(self, values: npt.ArrayLike) -> Flags:
        """(n,): whether each score is caught; NaN never is."""
        scores = np.asarray(values, dtype=np.float64)
        found: Flags = scores > self.at if self.is_strict else scores >= self.at
        return found


@dataclass(frozen=True)
class Cuts:
    """The cuts of n scores in [0, 1]: cut j catches all scores but the lowest of d - j values."""

    values: Floats
    """(d,): the values that occur, the highest first."""
    caught: Counts
    """(d + 1,): how many scores each cut catches; cut 0 catches none, cut d all."""
    rank: npt.NDArray[np.intp]
    """(n,): the place of each score in `values`: cut j catches it if rank < j."""

    @staticmethod
    def of(scores: npt.ArrayLike) -> "Cuts":
        """The cuts of scores without NaN."""
        rising, member, counts = np.unique(
            np.asarray(scores, dtype=np.float64), return_inverse=True, return_counts=True
        )
        caught = np.concatenate([[0], np.cumsum(counts[::-1])]).astype(np.int64)
        return Cuts(rising[::-1], caught, (rising.size - 1 - member).astype(np.intp))

    @property
    def size(self) -> int:
        """d, the number of values; there is one cut more."""
        return int(self.values.size)

    def reachable(self, *, is_strict: bool) -> tuple[int, int]:
        """The first and the last cut that a bound in [0, 1] can stand at.

        A score of 1 is caught by every bound that catches what is on it, one of 0 by none that
        catches only what is above it.
        """
        if not self.size:
            return 0, 0
        first = 1 if not is_strict and self.values[0] >= 1 else 0
        last = self.size - 1 if is_strict and self.values[-1] <= 0 else self.size
        return first, last

    def edges(self, cut: int) -> tuple[float, float]:
        """The ends of the gap that a bound at the cut stands in, within [0, 1]."""
        low = float(self.values[cut]) if cut < self.size else 0.0
        high = float(self.values[cut - 1]) if cut > 0 else 1.0
        return max(low, 0.0), min(high, 1.0)

    def bound(self, cut: int, *, is_strict: bool, preferred: float) -> Bound:
        """A bound at a reachable cut: the preferred number if it stands there, else a short one."""
        low, high = self.edges(cut)
        if self._stands(preferred, cut, is_strict=is_strict):
            return Bound(preferred, is_strict)
        short = shortest_between(low, high)
        if short is None:
            # Nothing lies between: only what is caught itself, or the next that is not.
            short = low if is_strict else high
        return Bound(short, is_strict)

    def _stands(self, number: float, cut: int, *, is_strict: bool) -> bool:
        low, high = self.edges(cut)
        is_above = number > low or (cut == self.size and number >= low)
        is_below = number < high or (cut == 0 and number <= high)
        on_edge = number == low if is_strict else number == high
        return 0 <= number <= 1 and ((is_above and is_below) or on_edge)

    def closest(
        self, wanted: int, *, is_strict: bool, within: tuple[int, int] | None = None
    ) -> int:
        """The cut whose number of caught scores is closest to the wanted one.

        Of two that are as close, the cautious one: a bound of rejection catches the fewer, one of
        review the more. `within` are the first and last cut to choose from.
        """
        first, last = within or self.reachable(is_strict=is_strict)
        place = first + int(np.searchsorted(self.caught[first : last + 1], wanted))
        if place > last:
            return last
        if place == first or self.caught[place] == wanted:
            return place
        more, fewer = self.caught[place] - wanted, wanted - self.caught[place - 1]
        takes_fewer = fewer < more or (fewer == more and is_strict)
        return place - 1 if takes_fewer else place


def shortest_between(low: float, high: float) -> float | None:
    """The decimal with the fewest digits strictly between, nearest the middle; None if none is."""
    middle = low + (high - low) / 2
    for digits in range(_FEWEST, _MOST + 1):
        number = round(middle, digits)
        if low < number < high:
            return number
    return middle if low < middle < high else None
