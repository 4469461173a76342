"""A selection of items: what lists show, exports write and links carry."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from core.domain.item import ID_MAX, LANGUAGE_PATTERN
from core.domain.label import SCORED_LABELS, Label
from core.domain.record import Record
from core.domain.status import Status
from core.domain.verdict import VerdictKind

Text = Annotated[str, Field(min_length=1, max_length=ID_MAX)]


class ItemFilter(Record):
    """Which items are meant; an empty filter means all of them."""

    status: Status | None = None
    verdict: VerdictKind | None = None
    label: Label | None = None
    score_min: Annotated[float, Field(ge=0, le=1)] | None = None
    score_max: Annotated[float, Field(ge=0, le=1)] | None = None
    language: Annotated[str, Field(pattern=LANGUAGE_PATTERN)] | None = None
    tenant: Text | None = None
    author: Text | None = None
    source: Text | None = None
    queue: Text | None = None
    import_id: int | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    search: Text | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "ItemFilter":
        if self.label is not None and self.label not in SCORED_LABELS:
            raise ValueError(f"{self.label.value} has no scores to filter by")
        if (self.score_min is not None or self.score_max is not None) and self.label is None:
            raise ValueError("a score range needs a label")
        if None not in (self.score_min, self.score_max) and self.score_min > self.score_max:  # type: ignore[operator]  # both were checked
            raise ValueError("score_min must not be above score_max")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether every item is meant."""
        return not self.model_dump(exclude_none=True)
