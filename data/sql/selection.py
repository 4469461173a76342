"""Filters as SQL conditions, and the derived status as a SQL expression."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    REAL,
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.status import Status, status_of
from core.domain.verdict import VerdictKind
from core.store.items import Selection
from data.sql.tables import decision, item, open_task, score, verdict


def newest_decisions(item_ids: Sequence[int] | Select[Any] | None = None) -> Subquery:
    """The newest ledger entry of each item; its `standing_outcome` is what stands."""
    newest = select(
        decision.c.item_id, func.max(decision.c.decision_seq).label("decision_seq")
    ).group_by(decision.c.item_id)
    rows = select(
        decision.c.item_id,
        decision.c.standing_outcome,
        decision.c.source,
        decision.c.actor,
        decision.c.decided_at,
        decision.c.reasons,
        decision.c.decision_id,
    )
    if item_ids is not None:
        newest = newest.where(decision.c.item_id.in_(item_ids))
        rows = rows.where(decision.c.item_id.in_(item_ids))
    latest = newest.subquery()
    return rows.join(latest, latest.c.decision_seq == decision.c.decision_seq).subquery()


def status_expression(
    standing: ColumnElement[Any], verdict_kind: ColumnElement[Any], waiting: ColumnElement[Any]
) -> ColumnElement[str]:
    """`core.domain.status.status_of` in SQL, built from that very function."""
    by_standing = [
        (standing == outcome.value, status_of(None, outcome).value)
        for outcome in Outcome
        if outcome is not Outcome.WITHDRAW
    ]
    by_verdict = [(verdict_kind == kind.value, status_of(kind, None).value) for kind in VerdictKind]
    by_task = (waiting.is_not(None), status_of(None, None, waits=True).value)
    return case(*by_standing, by_task, *by_verdict, else_=status_of(None, None).value)


def waiting_items() -> Subquery:
    """The items that wait in a queue: item_id."""
    return select(open_task.c.item_id).distinct().subquery("waiting")


def item_conditions(wanted: ItemFilter) -> list[ColumnElement[bool]]:
    """The conditions on the item's own columns."""
    columns = item.c
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (columns.language, wanted.language),
        (columns.tenant_id, wanted.tenant),
        (columns.author_id, wanted.author),
        (columns.source, wanted.source),
        (columns.import_id, wanted.import_id),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.created_from is not None:
        conditions.append(columns.created_at >= wanted.created_from)
    if wanted.created_until is not None:
        conditions.append(columns.created_at < wanted.created_until)
    if wanted.search is not None:
        text = wanted.search
        conditions.append(
            or_(
                columns.body.icontains(text, autoescape=True),
                columns.title.icontains(text, autoescape=True),
            )
        )
    return conditions


def needs_item_columns(wanted: ItemFilter) -> bool:
    """Whether the filter asks for more than what open tasks themselves know."""
    known = {"tenant", "language", "queue"}
    return bool(set(wanted.model_dump(exclude_none=True)) - known)


def selected(
    selection: Selection, base: FromClause = item
) -> tuple[FromClause, ColumnElement[bool]]:
    """The joined tables and the condition that keep exactly the selected items."""
    wanted = selection.filter
    source: FromClause = base
    conditions = item_conditions(wanted)
    if selection.tenants is not None and source is item:
        conditions.append(item.c.tenant_id.in_(selection.tenants))
    if wanted.ranges:
        source, condition = _with_scores(source, selection)
        conditions.append(condition)
    if wanted.status is not None or wanted.verdict is not None:
        source = source.outerjoin(
            verdict,
            and_(
                verdict.c.item_id == item.c.item_id,
                verdict.c.policy_version_id == selection.policy_version_id,
            ),
        )
    if wanted.verdict is not None:
        conditions.append(verdict.c.verdict == wanted.verdict.value)
    if wanted.status is not None:
        source, condition = _with_status(source, wanted.status)
        conditions.append(condition)
    if wanted.queue is not None and base is item:
        waiting = select(open_task.c.item_id).where(open_task.c.queue == wanted.queue)
        conditions.append(item.c.item_id.in_(waiting))
    return source, and_(*conditions) if conditions else literal(True, Boolean)  # SQL's TRUE


def _with_scores(
    source: FromClause, selection: Selection
) -> tuple[FromClause, ColumnElement[bool]]:
    wanted = selection.filter
    joined = source.join(
        score,
        and_(
            score.c.item_id == item.c.item_id,
            score.c.model_version_id == (wanted.model or selection.model_version_id),
        ),
    )
    # In single precision, as scores are stored: 0.3 as a double is less than 0.3 as a score.
    bounds: list[ColumnElement[bool]] = []
    for label, low, high in wanted.ranges:
        column = score.c[label.value]
        bounds.append(column.is_not(None))
        if low is not None:
            bounds.append(column >= cast(low, REAL))
        if high is not None:
            bounds.append(column <= cast(high, REAL))
    return joined, and_(*bounds)


def _with_status(source: FromClause, status: Status) -> tuple[FromClause, ColumnElement[bool]]:
    """`source` has the verdicts."""
    standing = newest_decisions()
    waiting = waiting_items()
    joined = source.outerjoin(standing, standing.c.item_id == item.c.item_id).outerjoin(
        waiting, waiting.c.item_id == item.c.item_id
    )
    expression = status_expression(
        standing.c.standing_outcome, verdict.c.verdict, waiting.c.item_id
    )
    return joined, expression == status.value
