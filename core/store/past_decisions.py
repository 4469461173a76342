"""What we need from storage to add decisions that were made elsewhere to items that are there."""

from typing import Protocol
from uuid import UUID

import polars as pl


class PastDecisionStore(Protocol):
    """The ledger as far as an import of decisions must know it."""

    def items(self, keys: pl.DataFrame, tenants: tuple[str, ...] | None) -> pl.DataFrame:
        """The items with these (tenant_id, external_id) that somebody of `tenants` may see.

        None: all tenants. Columns: tenant_id, external_id, item_id.
        """

    def known(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Those decision ids of `rows` that the ledger has: decision_id, known_item_id."""

    def standing(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The newest entry of each item of `rows` that has a standing outcome.

        Columns: item_id, source, stood_since (when it was decided).
        """

    def close_tasks(self, rows: pl.DataFrame) -> None:
        """Takes the items of `rows` (item_id) out of every queue, drawn samples aside."""

    def decided_since(self, batch_id: UUID) -> int:
        """How many decisions people made on the items of a batch after its own."""

    def remove(self, batch_id: UUID) -> int:
        """Removes the decisions of a batch, and puts back the tasks it closed; how many."""
