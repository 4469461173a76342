"""What a rule would conclude about history, and what people said about the same items."""

from datetime import datetime
from typing import Protocol

import polars as pl

from core.domain.label import Label
from core.domain.policy import Rule
from core.domain.record import Record
from core.domain.verdict import VerdictKind
from core.store.items import Selection


class RuleOn(Record):
    """A rule, and the model version whose scores it reads."""

    rule: Rule
    model_version_id: int


class Flip(Record):
    """Which changes of verdict are meant; None: any."""

    before: VerdictKind | None = None
    after: VerdictKind | None = None


class PreviewStore(Protocol):
    """Two rules on the same history: `before` and `after`.

    Only items with scores of the after-rule's model version take part.
    """

    def verdict_counts(self, selection: Selection, before: RuleOn, after: RuleOn) -> pl.DataFrame:
        """language, tenant_id, before, after, items, and per label before_L, after_L: citations."""

    def flips(
        self, selection: Selection, before: RuleOn, after: RuleOn, flip: Flip, *,
        clear_first: bool, limit: int,
    ) -> pl.DataFrame:  # fmt: skip
        """item_id, before, after, overall, distance (of the after-rule): items that change."""

    def truth_counts(self, selection: Selection, before: RuleOn, after: RuleOn) -> pl.DataFrame:
        """queue, stratum, probability, language, tenant_id, before, after, is_harmful, reviews.

        What people decided (approve or reject) and stands, by how the item came to be reviewed:
        stratum and probability are null where nobody drew it (imports, decisions in a list).
        """

    def tasks_opened(self, selection: Selection) -> pl.DataFrame:
        """queue, stratum, probability, tasks: first review tasks of the selected items."""

    def truth_buckets(
        self, selection: Selection, label: Label, model_version_id: int, buckets: int
    ) -> pl.DataFrame:
        """queue, stratum, probability, is_harmful, bucket, reviews, mean_score.

        Harmful for a label is what was rejected citing it; rejections that cite nothing are left
        out. Bucket i holds scores in [i / buckets, (i + 1) / buckets), the last one 1.0 as well.
        """

    def conclude(self, policy_version_id: int, on: RuleOn, after_id: int, limit: int) -> int | None:
        """Records missing verdicts of a policy for the next items; the last id, None at the end."""


class DistributionStore(Protocol):
    """How scores are distributed."""

    def buckets(
        self, selection: Selection, label: Label, model_version_id: int, buckets: int, by: str
    ) -> pl.DataFrame:
        """part, bucket, items: one label's scores by `by`, one of DISTRIBUTED_BY."""

    def density(
        self, selection: Selection, labels: tuple[Label, Label], model_version_id: int, bins: int
    ) -> pl.DataFrame:
        """x, y, items: two labels' scores on a grid of bins."""

    def outcomes(self, selection: Selection) -> pl.DataFrame:
        """outcome, source, items: what stands on the selected items."""

    def period(self, selection: Selection) -> tuple[datetime, datetime] | None:
        """When the first and the last of the selected items were created; None without any."""

    def scored_count(self, selection: Selection, model_version_id: int) -> int:
        """How many of the selected items have scores of the model version."""


#: What distributions can be told apart by.
DISTRIBUTED_BY = ("none", "outcome", "language", "tenant", "source", "verdict")
