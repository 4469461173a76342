"""Blind reviews of disagreements."""

import polars as pl
from sqlalchemy import and_, func, insert, select

from core.domain.decision import Outcome, Source
from core.domain.disagreement_review import DisagreementReview
from core.domain.label import SCORED_LABELS
from core.domain.review_task import Claim
from data.sql.part import Part
from data.sql.tables import decision, disagreement_review, item, open_task, review_task, score


class SqlDisagreements(Part):
    """Blind reviews in SQL."""

    def add(self, review: DisagreementReview) -> None:
        """Records a review."""
        self._connection.execute(
            insert(disagreement_review),
            [
                {
                    "review_id": review.review_id,
                    "definition": review.model_dump_json(),
                    "actor": review.actor,
                    "created_at": review.created_at,
                }
            ],
        )

    def all(self) -> list[DisagreementReview]:
        """Every review, newest first."""
        rows = self._connection.execute(
            select(disagreement_review.c.definition).order_by(
                disagreement_review.c.review_id.desc()
            )
        ).scalars()
        return [DisagreementReview.model_validate_json(row) for row in rows]

    def answers(self, review_id: int) -> pl.DataFrame:
        """What stands on each of its items, answered ones first and in the order of answers."""
        tasks = select(review_task.c.task_id).where(review_task.c.sample_id == review_id)
        # An escalated item has two tasks in the review: the newest entry on either one stands.
        newest = (
            select(decision.c.item_id, func.max(decision.c.decision_seq).label("decision_seq"))
            .where(decision.c.task_id.in_(tasks), decision.c.source == Source.HUMAN.value)
            .group_by(decision.c.item_id)
            .subquery()
        )
        stands = (
            select(
                decision.c.item_id, decision.c.outcome, decision.c.score_shown,
                decision.c.decided_at, decision.c.decision_seq,
            )
            .join(newest, newest.c.decision_seq == decision.c.decision_seq)
            .where(decision.c.outcome != Outcome.WITHDRAW.value)
            .subquery()
        )  # fmt: skip
        drawn = (
            select(
                review_task.c.item_id,
                func.min(review_task.c.inclusion_probability).label("probability"),
                func.count(open_task.c.task_id).label("open_tasks"),
            )
            .outerjoin(open_task, open_task.c.task_id == review_task.c.task_id)
            .where(review_task.c.sample_id == review_id)
            .group_by(review_task.c.item_id)
            .subquery()
        )
        rows = (
            select(
                drawn.c.item_id,
                drawn.c.probability,
                stands.c.outcome,
                stands.c.score_shown,
                stands.c.decided_at,
                stands.c.decision_seq.label("decided_seq"),
                (drawn.c.open_tasks > 0).label("is_open"),
            )
            .select_from(drawn.outerjoin(stands, stands.c.item_id == drawn.c.item_id))
            .order_by(stands.c.decision_seq.asc().nulls_last(), drawn.c.item_id)
        )
        return self._dialect.fetch_frame(self._connection, rows)

    def scores(self, review_id: int, model_version_id: int) -> pl.DataFrame:
        """The scores of one model version on its items, by rising id."""
        drawn = (
            select(review_task.c.item_id)
            .where(review_task.c.sample_id == review_id)
            .distinct()
            .subquery()
        )
        rows = (
            select(
                item.c.item_id, item.c.tenant_id, item.c.language,
                *(score.c[label.value] for label in SCORED_LABELS),
            )
            .select_from(
                drawn.join(item, item.c.item_id == drawn.c.item_id).outerjoin(
                    score,
                    and_(
                        score.c.item_id == drawn.c.item_id,
                        score.c.model_version_id == model_version_id,
                    ),
                )
            )
            .order_by(item.c.item_id)
        )  # fmt: skip
        return self._dialect.fetch_frame(self._connection, rows)

    def waiting(self, review_id: int) -> list[Claim]:
        """Its open tasks, whoever holds them."""
        rows = self._connection.execute(
            select(*(open_task.c[name] for name in Claim.model_fields))
            .join(review_task, review_task.c.task_id == open_task.c.task_id)
            .where(review_task.c.sample_id == review_id)
            .order_by(open_task.c.task_id)
        )
        return [Claim.model_validate(dict(row)) for row in rows.mappings()]
