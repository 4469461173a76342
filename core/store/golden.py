"""What we need from storage for golden items."""

from typing import Protocol

import polars as pl

from core.domain.golden_item import GoldenItem
from core.store.quality import QualityScope


class GoldenStore(Protocol):
    """Marks, appended, and what people answered on the marked items."""

    def add(self, mark: GoldenItem) -> None:
        """Appends a mark."""

    def marks(self, tenants: tuple[str, ...] | None) -> list[GoldenItem]:
        """All marks of items that are there, oldest first."""

    def find(self, external_id: str, tenants: tuple[str, ...] | None) -> list[int]:
        """The items that their platforms call so, of these tenants."""

    def answers(self, scope: QualityScope) -> pl.DataFrame:
        """Approvals and rejections of marked items before the period's end, oldest first.

        Those that were taken back are left out. Columns: decision_seq, item_id, actor, outcome,
        reasons, decided_at.
        """
