"""A planned sample of items for review: its strata, and what it is meant to find out."""

from datetime import datetime
from math import sqrt
from typing import Annotated

from pydantic import Field

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.record import Record


class SampleStratum(Record):
    """Items whose risk lies in one range."""

    low: float
    high: float
    """Scores from `low` up to `high`."""
    size: int
    """Items in it that nobody has looked at."""
    expected: Annotated[float, Field(ge=0, le=1)]
    """The share expected to be harmful: the mean score, for scores are calibrated."""
    drawn: int
    """How many are to be reviewed."""

    @property
    def probability(self) -> float:
        """The chance of each item to be drawn."""
        return self.drawn / self.size if self.size else 0.0


class SamplePlan(Record):
    """What would be drawn, and how sure the answer will be."""

    label: Label | None
    """What strata are made by; None: the highest score of any harm."""
    filter: ItemFilter
    model_version_id: int
    strata: tuple[SampleStratum, ...]

    @property
    def size(self) -> int:
        """Items that the answer is about."""
        return sum(stratum.size for stratum in self.strata)

    @property
    def count(self) -> int:
        """Reviews in all."""
        return sum(stratum.drawn for stratum in self.strata)

    @property
    def expected(self) -> float:
        """The prevalence that the scores lead to expect."""
        return sum(each.size * each.expected for each in self.strata) / max(1, self.size)

    @property
    def half_width(self) -> float:
        """Half the expected 95 % interval: 1.96 sqrt(sum W^2 (1 - f) p (1 - p) / n)."""
        variance = 0.0
        for each in self.strata:
            if each.drawn:
                spread = each.expected * (1 - each.expected)
                part = (each.size / self.size) ** 2 * (1 - each.probability)
                variance += part * spread / each.drawn
        return 1.959964 * sqrt(variance)

    @property
    def simple_half_width(self) -> float:
        """The same for as many items drawn without strata."""
        if not self.count:
            return 1.0
        left = 1 - self.count / self.size
        return 1.959964 * sqrt(left * self.expected * (1 - self.expected) / self.count)


class ReviewSample(Record):
    """A sample that was drawn."""

    sample_id: int
    title: str
    plan: SamplePlan
    queue: str
    actor: str
    created_at: datetime
    tenants: tuple[str, ...] | None = None
    """The tenants that whoever drew it sees; None: all."""
