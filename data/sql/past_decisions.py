"""Decisions that were made elsewhere, found and removed in SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import (
    BigInteger,
    Column,
    MetaData,
    Select,
    String,
    Table,
    Uuid,
    and_,
    cast,
    delete,
    func,
    select,
)

from data.sql.part import Part, of_tenants
from data.sql.selection import newest_decisions
from data.sql.tables import decision, item, open_task, review_task

_item_name = Table(
    "item_name",
    MetaData(),
    Column("tenant_id", String(200), nullable=False),
    Column("external_id", String(200), nullable=False),
    prefixes=["TEMPORARY"],
    info={"bulk": True},
)
_past_key = Table(
    "past_key",
    MetaData(),
    Column("item_id", BigInteger, nullable=False),
    Column("decision_id", Uuid),
    prefixes=["TEMPORARY"],
    info={"bulk": True},
)


class SqlPastDecisions(Part):
    """Past decisions in SQL."""

    def items(self, keys: pl.DataFrame, tenants: tuple[str, ...] | None) -> pl.DataFrame:
        """The items with these ids; see the protocol."""
        query = (
            select(item.c.tenant_id, item.c.external_id, item.c.item_id)
            .join(
                _item_name,
                and_(
                    _item_name.c.tenant_id == item.c.tenant_id,
                    _item_name.c.external_id == item.c.external_id,
                ),
            )
            .where(*of_tenants(item.c.tenant_id, tenants))
        )
        names = keys.select("tenant_id", "external_id").unique()
        return self._beside(_item_name, names, query)

    def known(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The decision ids that the ledger has; see the protocol."""
        query = select(
            cast(decision.c.decision_id, String).label("decision_id"),
            decision.c.item_id.label("known_item_id"),
        ).join(_past_key, _past_key.c.decision_id == decision.c.decision_id)
        return self._beside(_past_key, rows.select("item_id", "decision_id"), query).cast(
            {"decision_id": pl.String, "known_item_id": pl.Int64}
        )

    def standing(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The newest entry of each item; see the protocol."""
        newest = newest_decisions(select(_past_key.c.item_id))
        query = select(
            newest.c.item_id, newest.c.source, newest.c.decided_at.label("stood_since")
        ).where(newest.c.standing_outcome.is_not(None))
        return self._beside(_past_key, rows.select("item_id").unique(), query).cast(
            {"item_id": pl.Int64, "source": pl.String, "stood_since": pl.Datetime("us", "UTC")}
        )

    def _beside(self, table: Table, frame: pl.DataFrame, query: Select[Any]) -> pl.DataFrame:
        with self._standing_by(table, frame):
            return self._dialect.fetch_frame(self._connection, query)

    @contextmanager
    def _standing_by(self, table: Table, frame: pl.DataFrame) -> Iterator[None]:
        """The temporary table with these rows, gone at the end."""
        table.create(self._connection, checkfirst=False)
        try:
            self._dialect.bulk_insert(self._connection, table, frame)
            yield
        finally:
            table.drop(self._connection)

    def close_tasks(self, rows: pl.DataFrame) -> None:
        """Takes the items out of every queue, drawn samples aside."""
        self._unit.has_news = True
        sampled = select(review_task.c.task_id).where(review_task.c.sample_id.is_not(None))
        with self._standing_by(_past_key, rows.select("item_id").unique()):
            self._connection.execute(
                delete(open_task).where(
                    open_task.c.item_id.in_(select(_past_key.c.item_id)),
                    # A drawn sample counts only with the answers it asked for.
                    open_task.c.task_id.not_in(sampled),
                )
            )

    def decided_since(self, batch_id: UUID) -> int:
        """How many decisions people made on the items of a batch after its own."""
        ours = (
            select(decision.c.item_id, func.min(decision.c.decision_seq).label("first_seq"))
            .where(decision.c.batch_id == batch_id)
            .group_by(decision.c.item_id)
            .subquery()
        )
        later = (
            select(func.count())
            .select_from(decision.join(ours, ours.c.item_id == decision.c.item_id))
            .where(
                decision.c.decision_seq > ours.c.first_seq,
                decision.c.source.in_(["human", "appeal"]),
            )
        )
        return int(self._connection.execute(later).scalar_one())

    def remove(self, batch_id: UUID) -> int:
        """Removes the decisions of a batch, and puts back the tasks it closed; how many."""
        of_batch = select(decision.c.item_id).where(decision.c.batch_id == batch_id)
        self._put_tasks_back(of_batch)
        self._unit.has_news = True
        self._unit.facts.clear()
        removed = self._connection.execute(delete(decision).where(decision.c.batch_id == batch_id))
        return int(removed.rowcount)

    def _put_tasks_back(self, item_ids: Select[Any]) -> None:
        """Opens the tasks of these items that no decision answered, as they were made."""
        tasks, columns = review_task.c, item.c
        answered = select(decision.c.task_id).where(decision.c.task_id.is_not(None))
        query = (
            select(
                tasks.task_id, tasks.item_id, columns.tenant_id, columns.language, tasks.queue,
                tasks.priority, tasks.waiting_since, tasks.due_at, tasks.waiting_weight,
            )
            .join(item, columns.item_id == tasks.item_id)
            .where(
                tasks.item_id.in_(item_ids),
                tasks.task_id.not_in(answered),
                tasks.task_id.not_in(select(open_task.c.task_id)),
            )
        )  # fmt: skip
        closed = self._dialect.fetch_frame(self._connection, query)
        since, due = pl.col("waiting_since"), pl.col("due_at")
        self._dialect.bulk_insert(
            self._connection,
            open_task,
            closed.with_columns(
                fence=pl.lit(0, dtype=pl.Int64),
                waits_from=since.dt.epoch("us") / 1e6,
                target_seconds=(due - since).dt.total_microseconds() / 1e6,
            ),
        )
