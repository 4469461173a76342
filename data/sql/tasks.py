"""Review tasks, claims and skips."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Double,
    Integer,
    RowMapping,
    Select,
    String,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from core.domain.item import Item
from core.domain.review_task import WEIGHT_WAITING, Claim, ReviewTask
from core.store.tasks import ClaimRequest, Hold, Holding, Reopening, Scope, SkipRequest
from data.dialects.dialect import Dialect
from data.sql.part import Part, of_tenants
from data.sql.tables import open_task, review_task, task_move, task_skip

#: What a move changes of a task.
MOVED = ("queue", "priority", "terms", "due_at", "waiting_weight")


def rank_expression(now: ColumnElement[float]) -> ColumnElement[float]:
    """priority + waiting term: weight * clip(waited / target, 0, 2)^2; `now` in epoch seconds."""
    columns = open_task.c
    # The type is said, because a quotient of unknown type is worked out in slow decimals.
    target = func.nullif(columns.target_seconds, 0.0, type_=Double)
    ratio = (now - columns.waits_from) / target
    clipped = func.least(func.greatest(ratio, 0.0), 2.0)
    weight = func.coalesce(columns.waiting_weight, WEIGHT_WAITING)
    # Not clipped * clipped: PostgreSQL would work it out twice a row.
    return columns.priority + weight * func.coalesce(func.power(clipped, 2.0), 0.0)


def _best_tasks(*, tenant: bool, language: bool, tenants: bool) -> Select[Any]:
    """The best free tasks of a queue, with the values left open."""
    columns = open_task.c
    now = bindparam("now", type_=DateTime(timezone=True))
    skipped = select(task_skip.c.task_id).where(
        task_skip.c.actor == bindparam("actor"),
        task_skip.c.skipped_at > bindparam("skipped_since", type_=DateTime(timezone=True)),
    )
    best = select(columns.task_id).where(
        columns.queue == bindparam("wanted_queue"),
        or_(columns.lease_until.is_(None), columns.lease_until <= now),
        columns.task_id.not_in(skipped),
        or_(columns.postponed_until.is_(None), columns.postponed_until <= now),
    )
    if tenants:
        best = best.where(columns.tenant_id.in_(bindparam("tenants", expanding=True)))
    if tenant:
        best = best.where(columns.tenant_id == bindparam("wanted_tenant"))
    if language:
        best = best.where(columns.language == bindparam("wanted_language"))
    rank = rank_expression(bindparam("now_seconds", type_=Double))
    return best.order_by(rank.desc(), columns.task_id).limit(bindparam("count", type_=Integer))


class SqlTasks(Part):
    """Tasks in SQL."""

    def open(self, frame: pl.DataFrame) -> None:
        """Appends tasks (facts) and makes them claimable."""
        self._unit.has_news = True
        facts = [column.name for column in review_task.c if column.name in frame.columns]
        self._dialect.bulk_insert(self._connection, review_task, frame.select(facts))
        since, due = pl.col("waiting_since"), pl.col("due_at")
        claimable = frame.select(
            "task_id", "item_id", "tenant_id", "language", "queue", "priority",
            "waiting_since", "due_at", "waiting_weight",
            fence=pl.lit(0, dtype=pl.Int64),
            waits_from=since.dt.epoch("us") / 1e6,
            target_seconds=(due - since).dt.total_microseconds() / 1e6,
        )  # fmt: skip
        self._dialect.bulk_insert(self._connection, open_task, claimable)

    def reopen(self, task: ReviewTask, item: Item, claim: Reopening) -> Claim:
        """Makes a closed task open again, in the hands of its last owner."""
        row = {
            "task_id": task.task_id,
            "item_id": item.item_id,
            "tenant_id": item.tenant_id,
            "language": item.language,
            "queue": task.queue,
            "priority": task.priority,
            "waiting_since": task.waiting_since,
            "due_at": task.due_at,
            "owner": claim.owner,
            "lease_until": claim.lease_until,
            "fence": claim.fence,
            "waiting_weight": task.waiting_weight,
            "waits_from": task.waiting_since.timestamp(),
            "target_seconds": (task.due_at - task.waiting_since).total_seconds(),
        }
        self._connection.execute(insert(open_task), [row])
        return Claim.model_validate({name: row[name] for name in Claim.model_fields})

    def claim(self, request: ClaimRequest) -> list[Claim]:
        """Takes the best open tasks in one guarded statement."""
        statement = _claiming(
            self._dialect,  # type: ignore[arg-type]  # every object of ours can be hashed
            tenant=request.tenant is not None,
            language=request.language is not None,
            tenants=request.tenants is not None,
        )
        values: dict[str, Any] = {
            "actor": request.actor,
            "skipped_since": request.skipped_since,
            "wanted_queue": request.queue,
            "now": request.now,
            "now_seconds": request.now.timestamp(),
            "count": request.count,
        }
        narrowed = {
            "wanted_tenant": request.tenant,
            "wanted_language": request.language,
            "tenants": request.tenants,
        }
        values |= {name: value for name, value in narrowed.items() if value is not None}
        return self._take(statement, request, values)

    def _take(self, statement: Any, request: ClaimRequest, values: dict[str, Any]) -> list[Claim]:
        taken = {"new_owner": request.owner, "new_lease": request.lease_until}
        rows = self._connection.execute(statement, {**values, **taken}).mappings().all()
        self._unit.claimed[request.owner, request.queue] += len(rows)
        return _ranked(rows, request.now)

    def renew(self, owner: str, scope: Scope, now: datetime, lease_until: datetime) -> Holding:
        """Extends the claims of the scope that are still the owner's, and returns them.

        A lapsed one is the owner's until somebody else takes it. What the owner holds elsewhere
        comes along in the same statement, only to be counted.
        """
        values = {
            "holder": owner, "new_lease": lease_until, "in_queue": scope.queue,
            "in_tenant": scope.tenant, "in_language": scope.language,
        }  # fmt: skip
        rows = self._connection.execute(_RENEWAL, values).mappings().all()
        here = [row for row in rows if _is_within(row, scope)]
        elsewhere = [row for row in rows if not _is_within(row, scope)]
        return Holding(
            claims=_ranked([{name: row[name] for name in Claim.model_fields} for row in here], now),
            elsewhere_count=sum(row["lease_until"] > now for row in elsewhere),
        )

    def release(self, owner: str, scope: Scope | None = None) -> int:
        """Gives claims back; how many."""
        statement = update(open_task).where(open_task.c.owner == owner)
        if scope is not None:
            statement = statement.where(
                *(open_task.c[name] == value for name, value in _narrowed(scope).items())
            )
        changed = self._connection.execute(statement.values(owner=None, lease_until=None))
        return int(changed.rowcount)

    def close(self, hold: Hold) -> str | None:
        """Takes the task out of the open ones if the hold is still good; its tenant."""
        good = [
            open_task.c.task_id == hold.task_id,
            open_task.c.item_id == hold.item_id,
            open_task.c.fence == hold.fence,
        ]
        if hold.owner is not None:
            good.append(open_task.c.owner == hold.owner)
        closed = self._connection.execute(
            delete(open_task).where(*good).returning(open_task.c.tenant_id)
        )
        tenant: str | None = closed.scalar()
        return tenant

    def skip(self, request: SkipRequest, actor: str, now: datetime) -> bool:
        """Records a skip and gives the claim back, if the fence is still current."""
        freed = self._connection.execute(
            update(open_task)
            .where(
                open_task.c.task_id == request.task_id,
                open_task.c.fence == request.fence,
                open_task.c.owner == actor,
            )
            .values(
                owner=None,
                lease_until=None,
                fence=open_task.c.fence + 1,
                postponed_until=request.postponed_until,
            )
        )
        if not freed.rowcount:
            return False
        row = {
            "skip_id": request.skip_id,
            "task_id": request.task_id,
            "actor": actor,
            "reason": request.reason,
            "skipped_at": now,
        }
        self._connection.execute(insert(task_skip), [row])
        return True

    def skipped_by(self, skip_id: UUID) -> tuple[int, str] | None:
        """The task and the person of the skip with this id, if there is one."""
        query = select(task_skip.c.task_id, task_skip.c.actor).where(task_skip.c.skip_id == skip_id)
        row = self._connection.execute(query).first()
        return (int(row.task_id), str(row.actor)) if row else None

    def get(self, task_ids: Sequence[int]) -> list[ReviewTask]:
        """The tasks with these ids, as their last move left them."""
        moved = self._connection.execute(
            select(task_move.c.task_id, *(task_move.c[name] for name in MOVED))
            .where(task_move.c.task_id.in_(list(task_ids)))
            .order_by(task_move.c.move_seq)
        )
        last = {row["task_id"]: dict(row) for row in moved.mappings()}
        rows = self._connection.execute(
            select(review_task).where(review_task.c.task_id.in_(list(task_ids)))
        )
        return [
            ReviewTask.model_validate({**row, **last.get(row["task_id"], {})})
            for row in rows.mappings()
        ]

    def open_tasks_of(self, item_ids: Sequence[int]) -> list[Claim]:
        """The open tasks of items, whoever holds them."""
        rows = self._connection.execute(
            select(*_CLAIM_COLUMNS).where(open_task.c.item_id.in_(list(item_ids)))
        )
        return [Claim.model_validate(dict(row)) for row in rows.mappings()]

    def waiting_count(
        self,
        queue: str,
        tenant: str | None,
        language: str | None,
        tenants: tuple[str, ...] | None = None,
    ) -> int:
        """How many tasks are open, among these tenants."""
        query = select(func.count()).select_from(open_task).where(open_task.c.queue == queue)
        query = query.where(*of_tenants(open_task.c.tenant_id, tenants))
        if tenant is not None:
            query = query.where(open_task.c.tenant_id == tenant)
        if language is not None:
            query = query.where(open_task.c.language == language)
        return int(self._connection.execute(query).scalar_one())

    def newest_open_id(self) -> int:
        """The largest id among open tasks, 0 when none is open."""
        return int(self._connection.execute(select(func.max(open_task.c.task_id))).scalar() or 0)

    def waiting_newer_than(self, task_id: int, queue: str | None) -> int:
        """How many open tasks came after the given one."""
        query = select(func.count()).select_from(open_task).where(open_task.c.task_id > task_id)
        if queue is not None:
            query = query.where(open_task.c.queue == queue)
        return int(self._connection.execute(query).scalar_one())


@lru_cache(maxsize=64)
def _claiming(dialect: Dialect, *, tenant: bool, language: bool, tenants: bool) -> Any:
    """The whole claim; built once, because building it costs more than running it."""
    return _taking(dialect, _best_tasks(tenant=tenant, language=language, tenants=tenants))


def _taking(dialect: Dialect, chosen: Select[Any]) -> Any:
    """The guarded statement that takes the chosen tasks."""
    return (
        update(open_task)
        .where(open_task.c.task_id.in_(dialect.skip_locked(chosen)))
        .values(
            owner=bindparam("new_owner"),
            lease_until=bindparam("new_lease", type_=DateTime(timezone=True)),
            fence=open_task.c.fence + 1,
        )
        .returning(*_CLAIM_COLUMNS)
    )


_CLAIM_COLUMNS = tuple(open_task.c[name] for name in Claim.model_fields)
_IS_HERE = and_(
    open_task.c.queue == bindparam("in_queue"),
    *(
        or_(value.is_(None), column == value)
        for value, column in (
            (bindparam("in_tenant", type_=String), open_task.c.tenant_id),
            (bindparam("in_language", type_=String), open_task.c.language),
        )
    ),
)
_RENEWAL = (
    update(open_task)
    .where(open_task.c.owner == bindparam("holder"))
    .values(
        lease_until=case(
            (_IS_HERE, bindparam("new_lease", type_=DateTime(timezone=True))),
            else_=open_task.c.lease_until,
        )
    )
    # DuckDB takes no parameters in what is returned: which ones are of the scope is seen later.
    .returning(*_CLAIM_COLUMNS, open_task.c.tenant_id, open_task.c.language)
)


def _narrowed(scope: Scope) -> dict[str, str]:
    """The columns of an open task that the scope fixes, with their values."""
    narrowed = {"queue": scope.queue, "tenant_id": scope.tenant, "language": scope.language}
    return {name: value for name, value in narrowed.items() if value is not None}


def _is_within(row: RowMapping, scope: Scope) -> bool:
    return all(row[name] == value for name, value in _narrowed(scope).items())


def _ranked(rows: Sequence[Any], now: datetime) -> list[Claim]:
    claims = [Claim.model_validate(dict(row)) for row in rows]
    return sorted(claims, key=lambda claim: (-claim.rank(now), claim.task_id))
