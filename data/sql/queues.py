"""Definitions of queues, and what happens in them."""

from datetime import datetime, timedelta
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
from data.sql.tables import decision, item, open_task, review_queue, review_task

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

    def move_waiting(self, selection: Selection, queue: ReviewQueue, source: str) -> int:
        """Puts waiting tasks of `source` that match and nobody holds into the queue; how many."""
        tables, condition = selected(selection)
        matching = select(item.c.item_id).select_from(tables).where(condition)
        now = self._unit.clock.now()
        free = open_task.c.lease_until.is_(None) | (open_task.c.lease_until <= now)
        waiting = select(open_task.c.task_id, open_task.c.waiting_since).where(
            open_task.c.queue == source, free, open_task.c.item_id.in_(matching)
        )
        moved = self._connection.execute(waiting).all()
        by_start: dict[datetime, list[int]] = {}
        for task_id, since in moved:
            by_start.setdefault(since, []).append(task_id)
        for since, task_ids in by_start.items():
            self._connection.execute(
                update(open_task)
                .where(open_task.c.task_id.in_(task_ids))
                .values(
                    queue=queue.name,
                    due_at=since + timedelta(hours=queue.target_hours),
                    waiting_weight=queue.weights.waiting,
                    target_seconds=queue.target.total_seconds(),
                )
            )
        return len(moved)

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
        decided = self._fetch(
            select(
                review_task.c.queue,
                func.count().label("decided"),
                func.count().filter(decision.c.decided_at > review_task.c.due_at).label("late"),
            )
            .join(decision, decision.c.task_id == review_task.c.task_id)
            .where(
                decision.c.decided_at >= since,
                decision.c.source == Source.HUMAN.value,
                decision.c.standing_outcome.is_not(None),
                decision.c.reverses_id.is_(None),
                *of_tenants(decision.c.tenant_id, tenants),
            )
            .group_by(review_task.c.queue)
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
