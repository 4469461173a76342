"""What we need from storage for the ledger of decisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import polars as pl

from core.domain.decision import Decision


class DecisionStore(Protocol):
    """The append-only ledger."""

    def append(self, decisions: Sequence[Decision]) -> None:
        """Appends decisions."""

    def append_frame(self, frame: pl.DataFrame) -> None:
        """Appends many decisions (imports, automated ones) from a frame."""

    def find(self, decision_id: UUID, since: datetime) -> Decision | None:
        """The decision with this id, if it was made after `since`."""

    def find_many(self, decision_ids: Sequence[UUID], since: datetime) -> list[Decision]:
        """The decisions with these ids that were made after `since`."""

    def find_batch(self, batch_id: UUID, since: datetime) -> list[Decision]:
        """The decisions of a batch made after `since`."""

    def standing(self, item_id: int) -> Decision | None:
        """The newest decision on the item that was not taken back."""

    def chain(self, item_id: int) -> list[Decision]:
        """All decisions on the item, oldest first."""

    def is_reversed(self, decision_id: UUID, since: datetime) -> bool:
        """Whether a later entry names this decision as the one it reverses."""

    def people_since(self, item_ids: Sequence[int], since: datetime) -> list[tuple[int, str]]:
        """(item, who) of the decisions that people made on these items since then."""

    def outcomes_by_people(self, item_ids: Sequence[int]) -> dict[int, str]:
        """What a person (or an import) decided, of those of the items on which that stands."""
