"""Blind reviews of what two sides conclude differently, and what people answered."""

from typing import Protocol

import polars as pl

from core.domain.disagreement_review import DisagreementReview
from core.domain.review_task import Claim


class DisagreementStore(Protocol):
    """Reviews: a definition, and the review tasks that carry its id."""

    def add(self, review: DisagreementReview) -> None:
        """Records a review."""

    def all(self) -> list[DisagreementReview]:
        """Every review, newest first."""

    def answers(self, review_id: int) -> pl.DataFrame:
        """One row per item of the review, answered ones first and in the order of their answers.

        item_id, probability (of the first draw it was in); outcome, score_shown, decided_at and
        decided_seq of what stands on its tasks, null where nothing does; is_open, whether a task
        of the review waits.
        """

    def scores(self, review_id: int, model_version_id: int) -> pl.DataFrame:
        """item_id, tenant_id, language and a column per label: the review's items, by rising id.

        Labels are null where the model version has no score.
        """

    def waiting(self, review_id: int) -> list[Claim]:
        """The review's open tasks, whoever holds them."""
