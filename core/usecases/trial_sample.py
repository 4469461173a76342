"""The items of a trial, and how they were drawn."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from core.domain.record import Record

Ids = npt.NDArray[np.int64]


class SampleKind(StrEnum):
    """How items are drawn from a selection."""

    RANDOM = "random"
    BY_SCORE = "score"
    """The same number from each range of the highest harm's score by the model in use."""
    BY_VERDICT = "verdict"
    """The same number from each verdict of the live policy."""


class TrialStratum(Record):
    """A part of the selection that a number of items is drawn from."""

    name: str
    size: int
    drawn: int


@dataclass(frozen=True)
class ChosenItems:
    """What was drawn; a random order, so that what comes first is a sample too."""

    kind: SampleKind
    ids: Ids
    stratum: npt.NDArray[np.uint8]
    """(n,): each item's number in `strata`."""
    strata: tuple[TrialStratum, ...]
    left_out: int
    """Selected items without scores of the model in use, which no stratum holds."""

    @property
    def size(self) -> int:
        """Items that the sample stands for."""
        return sum(each.size for each in self.strata)

    @property
    def is_everything(self) -> bool:
        """Whether nothing was left to chance."""
        return self.ids.size == self.size
