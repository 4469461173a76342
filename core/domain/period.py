"""A reference period and the current one that is held against it."""

from datetime import datetime, timedelta

from pydantic import model_validator

from core.domain.item_filter import ItemFilter
from core.domain.record import Record


class Period(Record):
    """From `start` up to, and without, `end`; both aware."""

    start: datetime
    end: datetime

    @model_validator(mode="after")
    def _is_one(self) -> "Period":
        if self.end <= self.start:
            raise ValueError("a period must end after it starts")
        return self

    @property
    def length(self) -> timedelta:
        """From start to end."""
        return self.end - self.start

    def of(self, wanted: ItemFilter) -> ItemFilter:
        """The filter, kept to items created in the period."""
        return wanted.model_copy(update={"created_from": self.start, "created_until": self.end})


class Periods(Record):
    """Two periods that do not overlap: items that counted in both would hide what changed."""

    reference: Period
    current: Period

    @model_validator(mode="after")
    def _in_order(self) -> "Periods":
        if self.reference.end > self.current.start:
            raise ValueError("the reference must end before the current period starts")
        return self

    @property
    def whole(self) -> Period:
        """From the start of the reference to the end of the current period."""
        return Period(start=self.reference.start, end=self.current.end)

    @property
    def day_count(self) -> int:
        """Days of 24 hours from the first to the last moment, the last one begun."""
        return -(-self.whole.length // timedelta(days=1))
