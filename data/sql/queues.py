"""Definitions of queues, and what happens in them."""

from datetime import datetime
from typing import Any

import orjson
import polars as pl
from sqlalchemy import delete, func, insert, select, update

from core.domain.decision import Source
from core.domain.review_queue import ReviewQueue
from core.store.analytics import Tenants
from core.store.items import Selection
from data.sql.part import Part, of_tenants
from data.sql.selection import selected
from data.sql.tables import decision, item, open_task, review_queue, review_task, task_move

_FACTS = ("queue", "waiting", "overdue", "oldest", "decided", "late")


class SqlQueues(Part):
    """Queues in SQL."""

    def save(self, queue: ReviewQueue) -> None:
        """Records a new queue, or replaces the one of this name."""
        self._connection.execute(delete(review_queue).where(review_queue.c.name == queue.name))
        definition = queue.model_dump(mode="json", exclude={"name", "changed_at"})
        row = {
            "name": queue.name,
            "definition": orjson.dumps(definition).decode(),
            "changed_at": self._unit.clock.now(),
        }
        self._connection.execute(insert(review_queue), [row])
        self._unit.facts.forget_queues()

    def all(self) -> list[ReviewQueue]:
        """The queues that somebody defined, in their order; at most two seconds old."""
        return self._unit.facts.queues(self._read)

    def _read(self) -> list[ReviewQueue]:
        rows = self._connection.execute(select(review_queue))
        queues = [
            ReviewQueue.model_validate(
                {"name": row.name, "changed_at": row.changed_at, **orjson.loads(row.definition)}
            )
            for row in rows
        ]
        return sorted(queues, key=lambda queue: (queue.position, queue.name))

    def waiting(self, selection: Selection, source: str) -> pl.DataFrame:
        """The tasks of `source` that match and that nobody holds, kept from being claimed.

        Columns: task_id, item_id, waiting_since, priority, terms (JSON), stratum.
        """
        tables, condition = selected(selection)
        matching = select(item.c.item_id).select_from(tables).where(condition)
        now = self._unit.clock.now()
        free = open_task.c.lease_until.is_(None) | (open_task.c.lease_until <= now)
        return self._fetch(
            select(
                open_task.c.task_id, open_task.c.item_id, open_task.c.waiting_since,
                open_task.c.priority, review_task.c.terms, review_task.c.stratum,
            )
            .join(review_task, review_task.c.task_id == open_task.c.task_id)
            .where(open_task.c.queue == source, free, open_task.c.item_id.in_(matching))
            .order_by(open_task.c.task_id)
            .with_for_update(of=open_task, skip_locked=True)
        )  # fmt: skip

    def move(self, tasks: pl.DataFrame, queue: ReviewQueue) -> None:
        """Puts the tasks into the queue, with the priority and terms of the frame: a fact."""
        if tasks.is_empty():
            return
        now = self._unit.clock.now()
        seqs = self._unit.ids.block(tasks.height)
        moves = tasks.select(
            "task_id", "item_id", "priority", "terms",
            move_seq=pl.Series(seqs, dtype=pl.Int64),
            queue=pl.lit(queue.name),
            due_at=pl.col("waiting_since") + queue.target,
            waiting_weight=pl.lit(queue.weights.waiting),
            moved_at=pl.lit(now),
        )  # fmt: skip
        self._dialect.bulk_insert(self._connection, task_move, moves)
        self._connection.execute(
            update(open_task)
            .where(
                task_move.c.task_id == open_task.c.task_id,
                task_move.c.move_seq.between(int(seqs[0]), int(seqs[-1])),
            )
            .values(
                queue=task_move.c.queue,
                priority=task_move.c.priority,
                due_at=task_move.c.due_at,
                waiting_weight=task_move.c.waiting_weight,
                target_seconds=queue.target.total_seconds(),
            )
        )

    def facts(self, now: datetime, since: datetime, tenants: Tenants) -> pl.DataFrame:
        """queue, waiting, overdue, oldest, decided, late: now, and of those decided since then."""
        waiting = self._fetch(
            select(
                open_task.c.queue,
                func.count().label("waiting"),
                func.count().filter(open_task.c.due_at < now).label("overdue"),
                func.min(open_task.c.waiting_since).label("oldest"),
            )
            .where(*of_tenants(open_task.c.tenant_id, tenants))
            .group_by(open_task.c.queue)
        )
        # Where a task was when it was decided: its last move, as only waiting ones are moved.
        last = select(func.max(task_move.c.move_seq)).group_by(task_move.c.task_id)
        moved = select(task_move).where(task_move.c.move_seq.in_(last)).subquery("moved")
        queue = func.coalesce(moved.c.queue, review_task.c.queue)
        due_at = func.coalesce(moved.c.due_at, review_task.c.due_at)
        decided = self._fetch(
            select(
                queue.label("queue"),
                func.count().label("decided"),
                func.count().filter(decision.c.decided_at > due_at).label("late"),
            )
            .select_from(review_task)
            .join(decision, decision.c.task_id == review_task.c.task_id)
            .outerjoin(moved, moved.c.task_id == review_task.c.task_id)
            .where(
                decision.c.decided_at >= since,
                decision.c.source == Source.HUMAN.value,
                decision.c.standing_outcome.is_not(None),
                decision.c.reverses_id.is_(None),
                *of_tenants(decision.c.tenant_id, tenants),
            )
            .group_by(queue)
        )
        joined = waiting.join(decided, on="queue", how="full", coalesce=True)
        counts = ("waiting", "overdue", "decided", "late")
        return joined.with_columns(pl.col(counts).fill_null(0)).select(_FACTS).sort("queue")

    def presence(self, queue: str, now: datetime, tenants: Tenants) -> list[str]:
        """Who holds tasks of the queue now, by name."""
        query = (
            select(open_task.c.owner)
            .where(
                open_task.c.queue == queue,
                open_task.c.lease_until > now,
                open_task.c.owner.is_not(None),
                *of_tenants(open_task.c.tenant_id, tenants),
            )
            .distinct()
        )
        return sorted(self._connection.execute(query).scalars())

    def _fetch(self, query: Any) -> pl.DataFrame:
        return self._dialect.fetch_frame(self._connection, query)
