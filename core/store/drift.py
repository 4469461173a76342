"""What comparing periods or model versions needs of the history: counts, never rows."""

from collections.abc import Sequence
from typing import Protocol

import polars as pl

from core.domain.label import Label
from core.domain.period import Period, Periods
from core.store.items import Selection

#: The parts that counts of two periods are told apart by.
BEFORE, NOW = "before", "now"

#: What a mix is counted by.
MIXES = ("language", "source", "tenant", "content_type")


class DriftStore(Protocol):
    """Counts of two periods side by side; the selection's own period is to be empty."""

    def scores(
        self, selection: Selection, periods: Periods, model_version_id: int, buckets: int
    ) -> pl.DataFrame:
        """label, part, bucket, items: every label's scores in equally wide buckets."""

    def mixes(self, selection: Selection, periods: Periods) -> pl.DataFrame:
        """mix, part, name, items: items by each of MIXES; what is not known is `unknown`."""

    def lengths(self, selection: Selection, periods: Periods, most: int) -> pl.DataFrame:
        """part, bucket, items: bodies by their number of characters, `most` and more together."""

    def verdicts(self, selection: Selection, periods: Periods) -> pl.DataFrame:
        """part, name, items: recorded verdicts of the selection's policy version."""

    def by_day(
        self, selection: Selection, period: Period, model_version_id: int, label: Label,
        buckets: int,
    ) -> pl.DataFrame:  # fmt: skip
        """day, bucket, items: one label's scores by 24 hours, counted from the period's start."""

    def by_version(
        self, selection: Selection, version_ids: tuple[int, int], labels: Sequence[Label],
        buckets: int,
    ) -> pl.DataFrame:  # fmt: skip
        """label, part, bucket, items: scores of two model versions on the items both scored.

        The parts are BEFORE for the first version and NOW for the second.
        """

    def overlap(self, selection: Selection, version_ids: tuple[int, int]) -> tuple[int, int, int]:
        """(both, only the first, only the second): items that the versions have scores of."""
