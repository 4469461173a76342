"""A selection of items: what lists show, exports write and links carry."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from core.domain.item import ID_MAX, LANGUAGE_PATTERN
from core.domain.label import SCORED_LABELS, Label
from core.domain.plain_text import PlainText, StoredInt
from core.domain.record import Record
from core.domain.status import Status
from core.domain.verdict import VerdictKind

Text = Annotated[PlainText, Field(min_length=1, max_length=ID_MAX)]


class ItemFilter(Record):
    """Which items are meant; an empty filter means all of them."""

    status: Status | None = None
    verdict: VerdictKind | None = None
    model: StoredInt | None = None
    """The model version whose scores are meant; None: that of the model in use."""
    label: Label | None = None
    score_min: Annotated[float, Field(ge=0, le=1)] | None = None
    score_max: Annotated[float, Field(ge=0, le=1)] | None = None
    also_label: Label | None = None
    """A second label with a range of its own: both must hold."""
    also_min: Annotated[float, Field(ge=0, le=1)] | None = None
    also_max: Annotated[float, Field(ge=0, le=1)] | None = None
    language: Annotated[str, Field(pattern=LANGUAGE_PATTERN)] | None = None
    tenant: Text | None = None
    author: Text | None = None
    source: Text | None = None
    queue: Text | None = None
    import_id: StoredInt | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    search: Text | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "ItemFilter":
        _check_range("score", self.label, self.score_min, self.score_max)
        _check_range("also", self.also_label, self.also_min, self.also_max)
        return self

    @property
    def ranges(self) -> tuple[tuple[Label, float | None, float | None], ...]:
        """The score ranges that must hold: label, least, most."""
        both = (
            (self.label, self.score_min, self.score_max),
            (self.also_label, self.also_min, self.also_max),
        )
        return tuple((label, low, high) for label, low, high in both if label is not None)

    @property
    def is_empty(self) -> bool:
        """Whether every item is meant."""
        return not self.model_dump(exclude_none=True)


def _check_range(name: str, label: Label | None, low: float | None, high: float | None) -> None:
    if label is not None and label not in SCORED_LABELS:
        raise ValueError(f"{label.value} has no scores to filter by")
    if (low is not None or high is not None) and label is None:
        raise ValueError("a score range needs a label")
    if low is not None and high is not None and low > high:
        raise ValueError(f"{name}_min must not be above {name}_max")
