"""What previews read: scores as columns, and what people said of the same items."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import (
    ColumnElement,
    Double,
    FromClause,
    Select,
    SmallInteger,
    Subquery,
    and_,
    cast,
    func,
    or_,
    select,
)

from core.domain.decision import Outcome, Source
from core.domain.label import SCORED_LABELS
from core.policies.evaluate_frame import evaluate_frame
from core.store.items import Selection
from core.store.previews import RuleOn
from data.sql.part import Part
from data.sql.selection import selected
from data.sql.tables import decision, item, open_task, review_task, score, verdict

#: Rows that are fetched at once when a history is read.
_ROWS_AT_ONCE = 250_000
_PEOPLE = (Source.HUMAN.value, Source.APPEAL.value, Source.IMPORT.value)


class SqlPreviews(Part):
    """Previews in SQL."""

    def history(
        self, selection: Selection, model_version_id: int, other_version_id: int | None
    ) -> Iterator[pl.DataFrame]:
        """item_id, tenant_id, language, the labels, and other_L by the other version; by id."""
        source, condition = selected(selection)
        scores = score.alias("read_score")
        columns: list[ColumnElement[Any]] = [scores.c[label.value] for label in SCORED_LABELS]
        source = source.join(scores, scores_of(scores, model_version_id))
        if other_version_id is not None:
            other = score.alias("other_score")
            source = source.outerjoin(other, scores_of(other, other_version_id))
            columns += [
                other.c[label.value].label(f"other_{label.value}") for label in SCORED_LABELS
            ]
        rows = (
            select(item.c.item_id, item.c.tenant_id, item.c.language, *columns)
            .select_from(source)
            .where(condition)
        )
        yield from self._dialect.stream_frames(self._connection, rows, _ROWS_AT_ONCE)

    def reviews(self, selection: Selection) -> pl.DataFrame:
        """What people said, standing, and how each item came to be reviewed."""
        source, condition = selected(selection)
        truth, design = _people(), _first_tasks()
        rows = (
            select(
                item.c.item_id, design.c.queue, design.c.stratum, design.c.probability,
                design.c.sample_id, design.c.opened_at,
                (truth.c.outcome == Outcome.REJECT.value).label("is_harmful"), truth.c.reasons,
                truth.c.decided_at,
            )
            .select_from(
                source.join(truth, truth.c.item_id == item.c.item_id).outerjoin(
                    design, design.c.item_id == item.c.item_id
                )
            )
            .where(condition)
        )  # fmt: skip
        return self._frame(rows)

    def review_keys(self, selection: Selection) -> pl.DataFrame:
        """Who wrote what people decided on, where it is from, and the hash of what it says."""
        columns = "tenant_id", "author_id", "thread_id", "source", "content_hash"
        return self._frame(_reviewed(selection, *columns).order_by(item.c.item_id))

    def review_texts(self, selection: Selection) -> pl.DataFrame:
        """item_id, title, body of what people decided on."""
        return self._frame(_reviewed(selection, "title", "body"))

    def tasks_opened(self, selection: Selection, after_id: int = 0) -> pl.DataFrame:
        """queue, stratum, probability, tasks: first review tasks of the selected items."""
        source, condition = selected(selection)
        design = _first_tasks()
        columns = design.c.queue, design.c.stratum, design.c.probability
        return self._frame(
            select(*columns, func.count().label("tasks"))
            .select_from(source.join(design, design.c.item_id == item.c.item_id))
            .where(condition, item.c.item_id > after_id)
            .group_by(*columns)
        )

    def waiting_since(self, selection: Selection, moment: datetime, before_id: int) -> int:
        """Selected items below `before_id` that waited at the moment and still do."""
        source, condition = selected(selection)
        tasks = open_task.alias("still_open")
        joined = source.join(tasks, tasks.c.item_id == item.c.item_id).join(
            review_task, review_task.c.task_id == tasks.c.task_id
        )
        query = (
            select(func.count(item.c.item_id.distinct()))
            .select_from(joined)
            .where(
                condition,
                item.c.item_id < before_id,
                review_task.c.created_at < moment,
                # Blind reviews and earlier samples wait too: this one was not drawn from those.
                or_(review_task.c.sample_id.is_(None), review_task.c.sample_id != before_id),
            )
        )
        return int(self._connection.execute(query).scalar_one())

    def conclude(
        self, policy_version_id: int, on: RuleOn, after_id: int, limit: int
    ) -> tuple[int, int] | None:
        """Records missing verdicts of a policy for the next scored items by id."""
        known = select(verdict.c.item_id).where(
            verdict.c.policy_version_id == policy_version_id, verdict.c.item_id > after_id
        )
        labels = [score.c[label.value] for label in SCORED_LABELS]
        batch = self._frame(
            select(score.c.item_id, item.c.tenant_id, item.c.language, *labels)
            .select_from(score.join(item, item.c.item_id == score.c.item_id))
            .where(
                score.c.model_version_id == on.model_version_id,
                score.c.item_id > after_id,
                score.c.item_id.not_in(known),
            )
            .order_by(score.c.item_id)
            .limit(limit)
        )
        if batch.is_empty():
            return None
        judged = evaluate_frame(batch, on.rule)
        self._dialect.bulk_insert(
            self._connection,
            verdict,
            judged.select(
                "item_id", "verdict", "overall", "distance", "reasons",
                policy_version_id=pl.lit(policy_version_id, dtype=pl.Int64),
                concluded_at=pl.lit(self._unit.clock.now()),
            ),
        )  # fmt: skip
        return int(batch["item_id"][-1]), batch.height

    def verdicts_compared(
        self, selection: Selection, policy_version_id: int, other_version_id: int
    ) -> pl.DataFrame:
        """verdict, other, items: recorded verdicts of two policy versions on the same items."""
        source, condition = selected(selection)
        one, two = verdict.alias("one"), verdict.alias("two")
        joined = source.join(
            one,
            and_(one.c.item_id == item.c.item_id, one.c.policy_version_id == policy_version_id),
        ).join(
            two,
            and_(two.c.item_id == item.c.item_id, two.c.policy_version_id == other_version_id),
        )
        return self._frame(
            select(one.c.verdict, two.c.verdict.label("other"), func.count().label("items"))
            .select_from(joined)
            .where(condition)
            .group_by(one.c.verdict, two.c.verdict)
            .order_by(one.c.verdict, two.c.verdict)
        )

    def _frame(self, query: Select[Any]) -> pl.DataFrame:
        return self._dialect.fetch_frame(self._connection, query)


def bucket_of(value: ColumnElement[Any], buckets: int) -> ColumnElement[int]:
    """floor(value * buckets) as a small number; 1.0 falls in one too many, see `clamped`."""
    # In double precision on both databases: 0.7 as a score times 20 is a little less than 14.
    return cast(func.floor(cast(value, Double) * buckets), SmallInteger)


def clamped(frame: pl.DataFrame, buckets: int) -> pl.DataFrame:
    """The bucket of exactly 1.0 joined to the last one; clamping in SQL costs three times more."""
    if frame.is_empty() or int(frame["bucket"].max()) < buckets:  # type: ignore[arg-type]  # numbers
        return frame
    keys = [name for name in frame.columns if name != "items"]
    joined = frame.with_columns(pl.col("bucket").clip(upper_bound=buckets - 1))
    return joined.group_by(keys, maintain_order=True).agg(pl.col("items").sum())


def scores_of(scores: FromClause, model_version_id: int) -> ColumnElement[bool]:
    """The condition that joins items to their scores by a model version."""
    return and_(scores.c.item_id == item.c.item_id, scores.c.model_version_id == model_version_id)


def _reviewed(selection: Selection, *columns: str) -> Select[Any]:
    """The selected items that people decided on: their id and these columns."""
    source, condition = selected(selection)
    truth = _people()
    return (
        select(item.c.item_id, *(item.c[name] for name in columns))
        .select_from(source.join(truth, truth.c.item_id == item.c.item_id))
        .where(condition)
    )


def _people() -> Subquery:
    """The newest approval or rejection by people of each item: item_id, outcome, reasons."""
    newest = (
        select(decision.c.item_id, func.max(decision.c.decision_seq).label("decision_seq"))
        .where(decision.c.source.in_(_PEOPLE))
        .group_by(decision.c.item_id)
        .subquery()
    )
    return (
        select(decision.c.item_id, decision.c.outcome, decision.c.reasons, decision.c.decided_at)
        .join(newest, newest.c.decision_seq == decision.c.decision_seq)
        .where(decision.c.outcome.in_([Outcome.APPROVE.value, Outcome.REJECT.value]))
        .subquery("people")
    )


def _first_tasks() -> Subquery:
    """How each item first came to be reviewed: item_id, queue, stratum, probability."""
    first = (
        select(review_task.c.item_id, func.min(review_task.c.task_id).label("task_id"))
        .group_by(review_task.c.item_id)
        .subquery()
    )
    return (
        select(
            review_task.c.item_id, review_task.c.queue, review_task.c.stratum,
            review_task.c.inclusion_probability.label("probability"),
            review_task.c.sample_id, review_task.c.created_at.label("opened_at"),
        )
        .join(first, first.c.task_id == review_task.c.task_id)
        .subquery("design")
    )  # fmt: skip
