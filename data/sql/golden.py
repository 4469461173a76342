"""Golden items in SQL."""

import orjson
import polars as pl
from sqlalchemy import insert, select

from core.domain.golden_item import GoldenItem
from core.store.quality import QualityScope
from data.sql.part import Part, of_tenants
from data.sql.quality import in_language, settled_by_people
from data.sql.tables import decision, golden_item, item


class SqlGolden(Part):
    """Golden items in SQL."""

    def add(self, mark: GoldenItem) -> None:
        """Appends a mark."""
        self._unit.has_news = True
        row = {
            "golden_id": mark.golden_id,
            "item_id": mark.item_id,
            "tenant_id": mark.tenant_id,
            "definition": mark.model_dump_json(),
            "actor": mark.actor,
            "marked_at": mark.marked_at,
        }
        self._connection.execute(insert(golden_item), [row])

    def marks(self, tenants: tuple[str, ...] | None) -> list[GoldenItem]:
        """All marks of items that are there, oldest first."""
        rows = self._connection.execute(
            select(golden_item.c.definition)
            .join(item, item.c.item_id == golden_item.c.item_id)
            .where(*of_tenants(golden_item.c.tenant_id, tenants))
            .order_by(golden_item.c.golden_id)
        ).scalars()
        return [GoldenItem.model_validate(orjson.loads(row)) for row in rows]

    def find(self, external_id: str, tenants: tuple[str, ...] | None) -> list[int]:
        """The items that their platforms call so, of these tenants."""
        rows = self._connection.execute(
            select(item.c.item_id)
            .where(item.c.external_id == external_id, *of_tenants(item.c.tenant_id, tenants))
            .order_by(item.c.item_id)
        )
        return [int(each) for each in rows.scalars()]

    def answers(self, scope: QualityScope) -> pl.DataFrame:
        """Approvals and rejections of marked items before the period's end, oldest first."""
        query = (
            select(
                decision.c.decision_seq, decision.c.item_id, decision.c.actor, decision.c.outcome,
                decision.c.reasons, decision.c.decided_at,
            )
            .join(item, item.c.item_id == decision.c.item_id)
            .where(
                *settled_by_people(scope), *in_language(scope),
                decision.c.item_id.in_(select(golden_item.c.item_id)),
            )
            .order_by(decision.c.decision_seq)
        )  # fmt: skip
        return self._dialect.fetch_frame(self._connection, query)
