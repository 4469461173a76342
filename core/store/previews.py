"""What a rule would conclude about history, and what people said about the same items."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

import polars as pl

from core.domain.label import Label
from core.domain.policy import Rule
from core.domain.record import Record
from core.store.items import Selection


class RuleOn(Record):
    """A rule, and the model version whose scores it reads."""

    rule: Rule
    model_version_id: int


class PreviewStore(Protocol):
    """What previews need of the history."""

    def history(
        self, selection: Selection, model_version_id: int, other_version_id: int | None
    ) -> Iterator[pl.DataFrame]:
        """The selected items that the model version scored, in frames.

        item_id, tenant_id, language, a column per label, and other_L by the other version.
        """

    def reviews(self, selection: Selection) -> pl.DataFrame:
        """item_id, is_harmful, reasons, decided_at: people's standing approvals and rejections.

        And how the item came to be reviewed: queue, stratum, probability, sample_id, opened_at;
        null where nobody drew it: imports, decisions in a list.
        """

    def review_keys(self, selection: Selection) -> pl.DataFrame:
        """item_id, tenant_id, author_id, thread_id, source, content_hash: the items of `reviews`.

        By rising id. What makes reviews no independent evidence, and where the items are from.
        """

    def review_texts(self, selection: Selection) -> pl.DataFrame:
        """item_id, title, body: what the items of `reviews` say."""

    def tasks_opened(self, selection: Selection, after_id: int = 0) -> pl.DataFrame:
        """queue, stratum, probability, tasks: first review tasks of the selected items.

        Of those with an id above `after_id` only.
        """

    def waiting_since(self, selection: Selection, moment: datetime, before_id: int) -> int:
        """Selected items below `before_id` with an open task, opened before the moment.

        The tasks of the sample `before_id` itself do not count.
        """

    def conclude(
        self, policy_version_id: int, on: RuleOn, after_id: int, limit: int
    ) -> tuple[int, int] | None:
        """Records missing verdicts of a policy for the next items by id.

        (the last id, how many); None at the end.
        """

    def verdicts_compared(
        self, selection: Selection, policy_version_id: int, other_version_id: int
    ) -> pl.DataFrame:
        """verdict, other, items: recorded verdicts of two policy versions on the same items."""


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
