"""Reports in SQL: the period's rows and counts, each from one query."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    Executable,
    Select,
    Subquery,
    and_,
    cast,
    extract,
    func,
    select,
)
from sqlalchemy.sql.selectable import NamedFromClause

from core.domain.decision import Outcome, Source
from core.domain.label import SCORED_LABELS
from core.store.reports import ReportScope
from data.sql.kept_reports import KeptReports
from data.sql.part import of_tenants
from data.sql.tables import decision, import_run, item, review_task, score, task_move

_PEOPLE = (Source.HUMAN.value, Source.IMPORT.value, Source.APPEAL.value)
_SETTLED = (Outcome.APPROVE.value, Outcome.REJECT.value)
_ROWS = 250_000
_DAY_SECONDS = 86_400


class SqlReports(KeptReports):
    """Reports in SQL."""

    def arrivals(self, scope: ReportScope) -> pl.DataFrame:
        """day, tenant_id, language, items: items created in the period."""
        day = cast(item.c.created_at, Date)
        return self._frame(
            select(
                day.label("day"), item.c.tenant_id, item.c.language, func.count().label("items")
            )
            .where(*_arrived(scope))
            .group_by(day, item.c.tenant_id, item.c.language)
            .order_by(day, item.c.tenant_id, item.c.language)
        )  # fmt: skip

    def outcomes(self, scope: ReportScope) -> pl.DataFrame:
        """tenant_id, language, source, outcome, items: what stands on them at `state_at`."""
        newest = _newest(scope)
        columns = (
            item.c.tenant_id, item.c.language,
            func.coalesce(newest.c.source, "none").label("source"),
            func.coalesce(newest.c.standing_outcome, "undecided").label("outcome"),
        )  # fmt: skip
        return self._frame(
            select(*columns, func.count().label("items"))
            .select_from(item.outerjoin(newest, newest.c.item_id == item.c.item_id))
            .where(*_arrived(scope))
            .group_by(*columns)
            .order_by(*columns)
        )

    def automatic(self, scope: ReportScope) -> pl.DataFrame:
        """tenant_id, language, reasons, rejections: the policy's rejections in the period."""
        columns = decision.c.tenant_id, item.c.language, decision.c.reasons
        return self._frame(
            select(*columns, func.count().label("rejections"))
            .select_from(decision.join(item, item.c.item_id == decision.c.item_id))
            .where(
                *_in_period(scope), decision.c.source == Source.POLICY.value,
                decision.c.outcome == Outcome.REJECT.value,
            )
            .group_by(*columns)
            .order_by(*columns)
        )  # fmt: skip

    def decisions(self, scope: ReportScope) -> pl.DataFrame:
        """People's decisions in the period that stood at `state_at`; see the protocol."""
        places = _task_places(scope)
        return self._frame(
            select(
                decision.c.decision_seq, decision.c.item_id, decision.c.tenant_id,
                item.c.language, places.c.queue, decision.c.actor, decision.c.outcome,
                decision.c.reasons, decision.c.source, decision.c.handling_seconds,
                decision.c.decided_at, places.c.due_at, places.c.created_at.label("opened_at"),
            )
            .select_from(
                decision.join(item, item.c.item_id == decision.c.item_id).outerjoin(
                    places, places.c.task_id == decision.c.task_id
                )
            )
            .where(*_in_period(scope), *_by_people(), *_in_queues(places, scope))
            .order_by(decision.c.decision_seq)
        )  # fmt: skip

    def withdrawn_count(self, scope: ReportScope) -> int:
        """How many decisions were taken back in the period."""
        query = (
            select(func.count())
            .select_from(decision)
            .where(*_in_period(scope), decision.c.outcome == Outcome.WITHDRAW.value)
        )
        return int(self._connection.execute(query).scalar_one())

    def reversals(self, scope: ReportScope) -> pl.DataFrame:
        """source, outcome, earlier_source, earlier, same_person, decisions."""
        decided = select(decision.c.item_id).where(*_in_period(scope), *_by_people())
        entry = decision.alias("entry")
        chain = (
            select(
                entry.c.decision_seq, entry.c.source, entry.c.outcome, entry.c.actor,
                entry.c.decided_at,
                _before(entry, entry.c.source).label("earlier_source"),
                _before(entry, entry.c.outcome).label("earlier"),
                _before(entry, entry.c.actor).label("earlier_actor"),
            )
            .where(
                entry.c.item_id.in_(decided), entry.c.outcome.in_(_SETTLED),
                entry.c.decision_id.not_in(_withdrawn(scope)),
            )
            .subquery("chain")
        )  # fmt: skip
        columns = (
            chain.c.source, chain.c.outcome, chain.c.earlier_source, chain.c.earlier,
            (chain.c.actor == chain.c.earlier_actor).label("same_person"),
        )  # fmt: skip
        return self._frame(
            select(*columns, func.count().label("decisions"))
            .where(
                chain.c.earlier.is_not(None), chain.c.source.in_(_PEOPLE),
                chain.c.decided_at >= scope.period.start, chain.c.decided_at < _until(scope),
            )
            .group_by(*columns)
            .order_by(*columns)
        )  # fmt: skip

    def ratings(self, scope: ReportScope) -> pl.DataFrame:
        """item_id, tenant_id, language, actor, outcome: what each person last said of an item."""
        said = (
            select(
                decision.c.item_id, decision.c.actor,
                func.max(decision.c.decision_seq).label("decision_seq"),
                func.max(decision.c.decided_at).label("decided_at"),
            )
            .where(
                *of_tenants(decision.c.tenant_id, scope.tenants), *_by_people(),
                decision.c.outcome.in_(_SETTLED), decision.c.decided_at < _until(scope),
                decision.c.decision_id.not_in(_withdrawn(scope)),
            )
            .group_by(decision.c.item_id, decision.c.actor)
            .cte("said")
        )  # fmt: skip
        # Who said it is told apart by the person's name; automated imports have one too.
        twice = _rated_twice(said, scope)
        places = _task_places(scope)
        return self._frame(
            select(
                said.c.item_id, item.c.tenant_id, item.c.language, said.c.actor,
                decision.c.outcome,
            )
            .select_from(
                said.join(decision, decision.c.decision_seq == said.c.decision_seq)
                .join(item, item.c.item_id == said.c.item_id)
                .outerjoin(places, places.c.task_id == decision.c.task_id)
            )
            .where(said.c.item_id.in_(twice), *_in_queues(places, scope))
            .order_by(said.c.item_id, said.c.actor)
        )  # fmt: skip

    def opened(self, scope: ReportScope) -> pl.DataFrame:
        """day, queue, tasks: review tasks that were opened in the period."""
        places = _task_places(scope)
        day = cast(places.c.created_at, Date)
        return self._frame(
            select(day.label("day"), places.c.queue, func.count().label("tasks"))
            .select_from(places.join(item, item.c.item_id == places.c.item_id))
            .where(
                places.c.created_at >= scope.period.start, places.c.created_at < _until(scope),
                *of_tenants(item.c.tenant_id, scope.tenants), *_in_queues(places, scope),
            )
            .group_by(day, places.c.queue)
            .order_by(day, places.c.queue)
        )  # fmt: skip

    def backlog(self, scope: ReportScope) -> pl.DataFrame:
        """queue, tenant_id, waiting, overdue, oldest: tasks that waited at `state_at`."""
        places = _task_places(scope)
        closed = select(decision.c.task_id).where(
            decision.c.task_id.is_not(None), decision.c.outcome != Outcome.WITHDRAW.value,
            decision.c.decided_at < scope.state_at,
            decision.c.decision_id.not_in(_withdrawn(scope)),
        )  # fmt: skip
        columns = places.c.queue, item.c.tenant_id
        return self._frame(
            select(
                *columns, func.count().label("waiting"),
                func.count().filter(places.c.due_at < scope.state_at).label("overdue"),
                func.min(places.c.waiting_since).label("oldest"),
            )
            .select_from(places.join(item, item.c.item_id == places.c.item_id))
            .where(
                places.c.created_at < scope.state_at, places.c.task_id.not_in(closed),
                *of_tenants(item.c.tenant_id, scope.tenants), *_in_queues(places, scope),
            )
            .group_by(*columns)
            .order_by(*columns)
        )  # fmt: skip

    def decided_by(self, scope: ReportScope) -> dict[int, int]:
        """How many of the period's decisions each policy version made by itself, by its id."""
        version = decision.c.policy_version_id
        rows = self._connection.execute(
            select(version, func.count())
            .where(
                *_in_period(scope),
                decision.c.source == Source.POLICY.value,
                version.is_not(None),
            )
            .group_by(version)
        )
        return {int(key): int(count) for key, count in rows}

    def scored_by(self, scope: ReportScope) -> pl.DataFrame:
        """model_version_id, items: which model versions scored the period's items."""
        return self._frame(
            select(score.c.model_version_id, func.count().label("items"))
            .select_from(item.join(score, score.c.item_id == item.c.item_id))
            .where(*_arrived(scope))
            .group_by(score.c.model_version_id)
            .order_by(score.c.model_version_id)
        )

    def item_facts(self, scope: ReportScope) -> pl.DataFrame:
        """One row: items, no_language, detected, no_author, no_source, late, texts."""
        columns = item.c
        delay = extract("epoch", columns.ingested_at) - extract("epoch", columns.created_at)
        return self._frame(
            select(
                func.count().label("items"),
                func.count().filter(columns.language.is_(None)).label("no_language"),
                func.count().filter(columns.language_detected).label("detected"),
                func.count().filter(columns.author_id.is_(None)).label("no_author"),
                func.count().filter(columns.source.is_(None)).label("no_source"),
                func.count().filter(delay > _DAY_SECONDS).label("late"),
                func.count(columns.content_hash.distinct()).label("texts"),
            ).where(*_arrived(scope))
        )

    def import_facts(self, scope: ReportScope) -> pl.DataFrame:
        """imports, rows, refused: one row on the imports that ended in the period."""
        columns = import_run.c
        return self._frame(
            select(
                func.count().label("imports"),
                cast(func.coalesce(func.sum(columns.row_count), 0), BigInteger).label("rows"),
                cast(func.coalesce(func.sum(columns.rejected_count), 0), BigInteger).label(
                    "refused"
                ),
            ).where(
                columns.finished_at >= scope.period.start, columns.finished_at < _until(scope)
            )
        )  # fmt: skip

    def keys(self, scope: ReportScope, kind: str) -> Iterator[pl.DataFrame]:
        """The rows that a report rests on in a fixed order."""
        match kind:
            case "items":
                query: Select[Any] = (
                    select(
                        item.c.item_id, item.c.tenant_id, item.c.language, item.c.content_hash,
                        item.c.created_at,
                    )
                    .where(*_arrived(scope))
                    .order_by(item.c.item_id)
                )  # fmt: skip
            case "scores":
                labels = [score.c[label.value] for label in SCORED_LABELS]
                query = (
                    select(score.c.item_id, score.c.model_version_id, *labels)
                    .select_from(item.join(score, score.c.item_id == item.c.item_id))
                    .where(*_arrived(scope))
                    .order_by(score.c.item_id, score.c.model_version_id)
                )
            case _:
                query = (
                    select(
                        decision.c.decision_seq, decision.c.item_id, decision.c.outcome,
                        decision.c.source, decision.c.actor, decision.c.handling_seconds,
                        decision.c.decided_at,
                    )
                    .where(*_in_period(scope, withdrawn=True))
                    .order_by(decision.c.decision_seq)
                )  # fmt: skip
        return self._dialect.stream_frames(self._connection, query, _ROWS)

    def _frame(self, query: Executable) -> pl.DataFrame:
        return self._dialect.fetch_frame(self._connection, query)


def _before(entry: NamedFromClause[Any], column: ColumnElement[Any]) -> ColumnElement[Any]:
    """What the column is in the entry before on the same item."""
    return func.lag(column).over(partition_by=entry.c.item_id, order_by=entry.c.decision_seq)


def _until(scope: ReportScope) -> datetime:
    return min(scope.period.end, scope.state_at)


def _arrived(scope: ReportScope) -> list[ColumnElement[bool]]:
    return [
        item.c.created_at >= scope.period.start,
        item.c.created_at < scope.period.end,
        *of_tenants(item.c.tenant_id, scope.tenants),
    ]


def _withdrawn(scope: ReportScope) -> Select[Any]:
    """The ids of decisions that had been taken back at `state_at`."""
    entry = decision.alias("withdrawal")
    return select(entry.c.reverses_id).where(
        entry.c.outcome == Outcome.WITHDRAW.value, entry.c.reverses_id.is_not(None),
        entry.c.decided_at < scope.state_at,
    )  # fmt: skip


def _in_period(scope: ReportScope, *, withdrawn: bool = False) -> list[ColumnElement[bool]]:
    found = [
        *of_tenants(decision.c.tenant_id, scope.tenants),
        decision.c.decided_at >= scope.period.start,
        decision.c.decided_at < _until(scope),
    ]
    return found if withdrawn else [*found, decision.c.decision_id.not_in(_withdrawn(scope))]


def _by_people() -> list[ColumnElement[bool]]:
    return [
        decision.c.source.in_(_PEOPLE),
        decision.c.outcome != Outcome.WITHDRAW.value,
    ]


def _newest(scope: ReportScope) -> Subquery:
    """The newest ledger entry of each item of the period at `state_at`."""
    latest = (
        select(decision.c.item_id, func.max(decision.c.decision_seq).label("decision_seq"))
        .where(decision.c.decided_at < scope.state_at)
        .group_by(decision.c.item_id)
        .subquery("latest")
    )
    return (
        select(decision.c.item_id, decision.c.source, decision.c.standing_outcome)
        .join(latest, latest.c.decision_seq == decision.c.decision_seq)
        .subquery("newest")
    )


def _task_places(scope: ReportScope) -> Subquery:
    """Review tasks in the queue, and with the due time, that they had at `state_at`."""
    newest: Subquery = (
        select(task_move.c.task_id, func.max(task_move.c.move_seq).label("move_seq"))
        .where(task_move.c.moved_at < scope.state_at)
        .group_by(task_move.c.task_id)
        .subquery("newest_move")
    )
    moves = (
        select(task_move.c.task_id, task_move.c.queue, task_move.c.due_at)
        .join(newest, newest.c.move_seq == task_move.c.move_seq)
        .subquery("moves")
    )
    return (
        select(
            review_task.c.task_id, review_task.c.item_id, review_task.c.created_at,
            review_task.c.waiting_since,
            func.coalesce(moves.c.queue, review_task.c.queue).label("queue"),
            func.coalesce(moves.c.due_at, review_task.c.due_at).label("due_at"),
        )
        .select_from(review_task.outerjoin(moves, moves.c.task_id == review_task.c.task_id))
        .subquery("places")
    )  # fmt: skip


def _in_queues(places: Subquery, scope: ReportScope) -> Sequence[ColumnElement[bool]]:
    return [places.c.queue.in_(scope.queues)] if scope.queues else []


def _rated_twice(said: CTE, scope: ReportScope) -> Select[Any]:
    return (
        select(said.c.item_id)
        .group_by(said.c.item_id)
        .having(and_(func.count() >= 2, func.max(said.c.decided_at) >= scope.period.start))
    )
