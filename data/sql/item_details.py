"""Queries that describe a few items with everything known about them."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from sqlalchemy import BigInteger, ColumnElement, Select, and_, column, false, func, select, values

from core.domain.label import SCORED_LABELS
from core.store.items import Selection
from data.sql.selection import newest_decisions
from data.sql.tables import decision, item, open_task, score, verdict

_LISTED = ("item_id", "tenant_id", "external_id", "author_id", "title", "body", "language")


#: What `text_query` gives; none of it ever changes.
TEXT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "item_id": pl.Int64,
    **dict.fromkeys(_LISTED[1:], pl.String),
    "created_at": pl.Datetime("us", "UTC"),
}

#: What `fact_queries` give together; none of it ever changes once the verdict is there.
FACT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    **TEXT_SCHEMA,
    **{label.value: pl.Float32 for label in SCORED_LABELS},
    "verdict": pl.String,
    "overall": pl.Float64,
    "verdict_reasons": pl.List(pl.String),
}


def text_query(item_ids: Sequence[int]) -> Select[Any]:
    """The items' own columns that lists show.

    A join with the wanted ids: DuckDB then reads the wide columns of hits only, IN reads them all.
    """
    rows = select(*(item.c[name] for name in _LISTED), item.c.created_at)
    if not item_ids:
        return rows.where(false())
    wanted = (
        values(column("wanted_id", BigInteger), name="wanted", literal_binds=True)
        .data([(item_id,) for item_id in dict.fromkeys(item_ids)])
        .alias("wanted")
    )
    return rows.join(wanted, wanted.c.wanted_id == item.c.item_id)


def fact_queries(item_ids: Sequence[int], selection: Selection) -> list[Select[Any]]:
    """Item, scores and verdict by item_id.

    One small query a table: a single statement over all of them took three times as long.
    """
    ids = list(item_ids)
    return [
        text_query(ids),
        select(score.c.item_id, *(score.c[label.value] for label in SCORED_LABELS)).where(
            score.c.item_id.in_(ids), score.c.model_version_id == selection.model_version_id
        ),
        select(
            verdict.c.item_id,
            verdict.c.verdict,
            verdict.c.overall,
            verdict.c.reasons.label("verdict_reasons"),
        ).where(
            verdict.c.item_id.in_(ids), verdict.c.policy_version_id == selection.policy_version_id
        ),
    ]


def state_queries(item_ids: Sequence[int]) -> list[Select[Any]]:
    """The standing decision and the open task by item_id: what changes with every decision."""
    ids = list(item_ids)
    standing = newest_decisions(ids)
    return [
        select(
            standing.c.item_id,
            standing.c.standing_outcome,
            standing.c.source.label("decision_source"),
            standing.c.actor.label("decided_by"),
            standing.c.decided_at,
            standing.c.reasons.label("decision_reasons"),
        ),
        select(
            open_task.c.item_id,
            open_task.c.task_id,
            open_task.c.queue,
            open_task.c.owner,
            open_task.c.lease_until,
            open_task.c.fence,
            open_task.c.due_at,
            open_task.c.waiting_since,
        ).where(open_task.c.item_id.in_(ids)),
    ]


def author_history(item_ids: Sequence[int], limit: int) -> Select[Any]:
    """For each item its author's other items, newest first, with the author's totals.

    Columns: for_item_id, item_id, body, created_at, standing_outcome, verdict-free totals
    `total`, `rejected`, `approved` over all other items of the author.
    """
    asked = (
        select(item.c.item_id, item.c.tenant_id, item.c.author_id)
        .where(item.c.item_id.in_(list(item_ids)), item.c.author_id.is_not(None))
        .cte("asked")
    )
    others = (
        select(
            asked.c.item_id.label("for_item_id"),
            item.c.item_id,
            item.c.body,
            item.c.created_at,
        )
        .select_from(
            asked.join(
                item,
                and_(
                    item.c.author_id == asked.c.author_id,
                    item.c.tenant_id == asked.c.tenant_id,
                    item.c.item_id != asked.c.item_id,
                ),
            )
        )
        .cte("others")
    )
    latest = (
        select(decision.c.item_id, func.max(decision.c.decision_seq).label("decision_seq"))
        .where(decision.c.item_id.in_(select(others.c.item_id)))
        .group_by(decision.c.item_id)
        .cte("latest")
    )
    by_author = func.row_number().over(
        partition_by=others.c.for_item_id, order_by=others.c.item_id.desc()
    )
    total = func.count().over(partition_by=others.c.for_item_id)
    outcome = decision.c.standing_outcome
    rows = (
        select(
            others.c.for_item_id,
            others.c.item_id,
            others.c.body,
            others.c.created_at,
            outcome,
            by_author.label("position"),
            total.label("total"),
            func.count()
            .filter(outcome == "reject")
            .over(partition_by=others.c.for_item_id)
            .label("rejected"),
            func.count()
            .filter(outcome == "approve")
            .over(partition_by=others.c.for_item_id)
            .label("approved"),
        )
        .select_from(
            others.outerjoin(latest, latest.c.item_id == others.c.item_id).outerjoin(
                decision, decision.c.decision_seq == latest.c.decision_seq
            )
        )
        .subquery()
    )
    return (
        select(rows).where(rows.c.position <= limit).order_by(rows.c.for_item_id, rows.c.position)
    )


def to_score(item_ids: Sequence[int] | None = None) -> list[ColumnElement[Any]]:
    """The columns that scoring needs of items, with whether somebody but a policy decided.

    Naming the items lets the database leave the rest of the ledger unread.
    """
    columns = item.c
    people = select(decision.c.item_id).where(
        decision.c.item_id == columns.item_id, decision.c.source != "policy"
    )
    if item_ids is not None:
        people = people.where(decision.c.item_id.in_(list(item_ids)))
    names = (
        "item_id", "tenant_id", "title", "body", "language", "metadata", "content_hash",
        "ingested_at", "author_id", "thread_id", "source",
    )  # fmt: skip
    return [*(columns[name] for name in names), people.exists().label("has_decision")]
