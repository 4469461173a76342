"""Samples that were drawn."""

import polars as pl
from sqlalchemy import and_, func, insert, select, union

from core.domain.decision import Outcome, Source
from core.domain.review_sample import ReviewSample
from data.sql.part import Part
from data.sql.tables import decision, open_task, review_sample, review_task

_PEOPLE = (Source.HUMAN.value, Source.APPEAL.value, Source.IMPORT.value)


class SqlSamples(Part):
    """Samples in SQL."""

    def add(self, sample: ReviewSample) -> None:
        """Records a sample."""
        self._connection.execute(
            insert(review_sample),
            [
                {
                    "sample_id": sample.sample_id,
                    "definition": sample.model_dump_json(),
                    "actor": sample.actor,
                    "created_at": sample.created_at,
                }
            ],
        )

    def all(self) -> list[ReviewSample]:
        """Every sample, newest first."""
        rows = self._connection.execute(
            select(review_sample.c.definition).order_by(review_sample.c.sample_id.desc())
        ).scalars()
        return [ReviewSample.model_validate_json(row) for row in rows]

    def untouched(self, item_ids: pl.Series) -> pl.Series:
        """Those of the items that no person decided on and that wait in no queue."""
        if item_ids.is_empty():
            return item_ids
        # As a range: a list of ids may be as long as the history.
        bounds = item_ids.min(), item_ids.max()
        decided = select(decision.c.item_id).where(
            decision.c.source.in_(_PEOPLE), decision.c.item_id.between(*bounds)
        )
        waiting = select(open_task.c.item_id).where(open_task.c.item_id.between(*bounds))
        touched = self._dialect.fetch_frame(self._connection, union(decided, waiting))["item_id"]
        return item_ids.filter(~item_ids.is_in(touched.implode()))

    def items(self, sample_id: int) -> list[int]:
        """The ids of a sample's items, rising."""
        rows = select(review_task.c.item_id).where(review_task.c.sample_id == sample_id)
        return list(self._connection.execute(rows.order_by(review_task.c.item_id)).scalars())

    def answers(self, sample_id: int) -> pl.DataFrame:
        """probability, tasks, decided, harmful: one row per stratum."""
        newest = (
            select(decision.c.task_id, func.max(decision.c.decision_seq).label("decision_seq"))
            .where(decision.c.task_id.is_not(None), decision.c.source == Source.HUMAN.value)
            .group_by(decision.c.task_id)
            .subquery()
        )
        answered = (
            select(decision.c.task_id, decision.c.outcome)
            .join(newest, newest.c.decision_seq == decision.c.decision_seq)
            .where(decision.c.outcome.in_([Outcome.APPROVE.value, Outcome.REJECT.value]))
            .subquery()
        )
        chance = review_task.c.inclusion_probability
        rows = (
            select(
                chance.label("probability"),
                func.count().label("tasks"),
                func.count(answered.c.outcome).label("decided"),
                func.count().filter(answered.c.outcome == Outcome.REJECT.value).label("harmful"),
            )
            .select_from(
                review_task.outerjoin(answered, and_(answered.c.task_id == review_task.c.task_id))
            )
            .where(review_task.c.sample_id == sample_id)
            .group_by(chance)
            .order_by(chance)
        )
        return self._dialect.fetch_frame(self._connection, rows)
