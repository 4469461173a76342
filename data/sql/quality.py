"""What people answered and how they worked, in SQL."""

from typing import Any

import polars as pl
from sqlalchemy import (
    ColumnElement,
    Double,
    Executable,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    select,
)

from core.domain.decision import Outcome, Source
from core.policies.priority import SEVERITY
from core.store.quality import QualityScope
from data.sql.part import Part, of_tenants
from data.sql.tables import decision, item, review_task, score, task_move, task_skip

_PEOPLE = (Source.HUMAN.value, Source.APPEAL.value, Source.IMPORT.value)
_HERE = (Source.HUMAN.value, Source.APPEAL.value)
_SETTLED = (Outcome.APPROVE.value, Outcome.REJECT.value)


class SqlQuality(Part):
    """Reviewers' answers and work in SQL."""

    def answers(self, scope: QualityScope) -> pl.DataFrame:
        """People's approvals and rejections of items that have two or more, oldest first."""
        said = settled_by_people(scope)
        twice = (
            select(decision.c.item_id)
            .where(*said)
            .group_by(decision.c.item_id)
            .having(
                and_(func.count() >= 2, func.max(decision.c.decided_at) >= scope.period.start)
            )
        )  # fmt: skip
        queues = _queues()
        return self._frame(
            select(
                decision.c.decision_seq, decision.c.item_id, decision.c.tenant_id,
                item.c.language, queues.c.queue, decision.c.actor, decision.c.outcome,
                decision.c.reasons, decision.c.source, decision.c.decided_at,
            )
            .select_from(
                decision.join(item, item.c.item_id == decision.c.item_id).outerjoin(
                    queues, queues.c.task_id == decision.c.task_id
                )
            )
            .where(*said, *in_language(scope), decision.c.item_id.in_(twice))
            .order_by(decision.c.decision_seq)
        )  # fmt: skip

    def work(self, scope: QualityScope, model_version_id: int) -> pl.DataFrame:
        """People's decisions here in the period, with the harm of what they looked at."""
        withdrawn = decision.c.decision_id.in_(_withdrawn())
        return self._frame(
            select(
                decision.c.item_id, decision.c.actor, decision.c.outcome,
                decision.c.handling_seconds, decision.c.decided_at,
                case((withdrawn, True), else_=False).label("is_withdrawn"), _harm().label("harm"),
            )
            .select_from(
                decision.join(item, item.c.item_id == decision.c.item_id).outerjoin(
                    score,
                    and_(
                        score.c.item_id == decision.c.item_id,
                        score.c.model_version_id == model_version_id,
                    ),
                )
            )
            .where(
                *of_tenants(decision.c.tenant_id, scope.tenants), *in_language(scope),
                decision.c.source.in_(_HERE), decision.c.outcome != Outcome.WITHDRAW.value,
                decision.c.decided_at >= scope.period.start,
                decision.c.decided_at < scope.period.end,
            )
            .order_by(decision.c.decision_seq)
        )  # fmt: skip

    def skips(self, scope: QualityScope) -> pl.DataFrame:
        """actor, skips: tasks given back in the period."""
        return self._frame(
            select(task_skip.c.actor, func.count().label("skips"))
            .select_from(
                task_skip.join(review_task, review_task.c.task_id == task_skip.c.task_id).join(
                    item, item.c.item_id == review_task.c.item_id
                )
            )
            .where(
                *of_tenants(item.c.tenant_id, scope.tenants), *in_language(scope),
                task_skip.c.skipped_at >= scope.period.start,
                task_skip.c.skipped_at < scope.period.end,
            )
            .group_by(task_skip.c.actor)
            .order_by(task_skip.c.actor)
        )  # fmt: skip

    def _frame(self, query: Executable) -> pl.DataFrame:
        return self._dialect.fetch_frame(self._connection, query)


def settled_by_people(scope: QualityScope) -> list[ColumnElement[bool]]:
    """People's approvals and rejections before the period's end that were not taken back."""
    return [
        *of_tenants(decision.c.tenant_id, scope.tenants),
        decision.c.source.in_(_PEOPLE),
        decision.c.outcome.in_(_SETTLED),
        decision.c.decided_at < scope.period.end,
        decision.c.decision_id.not_in(_withdrawn()),
    ]


def _withdrawn() -> Select[Any]:
    """The ids of decisions that were taken back."""
    entry = decision.alias("withdrawal")
    return select(entry.c.reverses_id).where(
        entry.c.outcome == Outcome.WITHDRAW.value, entry.c.reverses_id.is_not(None)
    )


def _queues() -> Subquery:
    """The queue that each task belongs to since its last move: task_id, queue."""
    newest = (
        select(task_move.c.task_id, func.max(task_move.c.move_seq).label("move_seq"))
        .group_by(task_move.c.task_id)
        .subquery("newest_move")
    )
    moves = (
        select(task_move.c.task_id, task_move.c.queue)
        .join(newest, newest.c.move_seq == task_move.c.move_seq)
        .subquery("moves")
    )
    return (
        select(
            review_task.c.task_id,
            func.coalesce(moves.c.queue, review_task.c.queue).label("queue"),
        )
        .select_from(review_task.outerjoin(moves, moves.c.task_id == review_task.c.task_id))
        .subquery("queues")
    )


def in_language(scope: QualityScope) -> list[ColumnElement[bool]]:
    """The condition that keeps to items of the language; none for all."""
    return [] if scope.language is None else [item.c.language == scope.language]


def _harm() -> ColumnElement[float]:
    """The largest severity * score; null where the item has no scores."""
    terms = [
        func.coalesce(cast(score.c[label.value], Double), 0.0) * literal(weight, Double)
        for label, weight in SEVERITY.items()
    ]
    return case((score.c.item_id.is_not(None), func.greatest(*terms)), else_=None)
