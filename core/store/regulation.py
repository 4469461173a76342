"""What we need from storage for regulatory exports."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

import polars as pl

from core.domain.dsa_mapping import DsaMapping
from core.domain.period import Period
from core.store.items import Selection

#: The columns of `rejections`.
REJECTION_COLUMNS = (
    "decision_seq", "decision_id", "item_id", "reasons", "note", "source", "score_shown",
    "effective_at", "policy", "policy_number", "stratum", "verdict", "content_type", "language",
    "metadata", "created_at",
)  # fmt: skip


class RegulationStore(Protocol):
    """The mapping to the words of the DSA, and the measures it is applied to."""

    def mapping(self) -> DsaMapping | None:
        """The newest version; None while nobody has saved one."""

    def save_mapping(self, mapping: DsaMapping) -> None:
        """Appends a version."""

    def rejections(
        self, selection: Selection, period: Period, *, now: datetime, only_standing: bool
    ) -> Iterator[pl.DataFrame]:
        """REJECTION_COLUMNS of the rejections that took effect in the period, oldest first.

        One per item: its last one. Not those that were withdrawn, or are not in effect at `now`.
        With `only_standing`, nothing was decided on the item afterwards.
        """

    def rejection_count(
        self, selection: Selection, period: Period, *, now: datetime, only_standing: bool
    ) -> int:
        """How many these are."""

    def complaints(self, selection: Selection, period: Period) -> pl.DataFrame:
        """outcome, complaints: decisions on appeals that were made in the period."""

    def noticed(self, selection: Selection) -> Iterator[pl.DataFrame]:
        """item_id, metadata, outcome, reasons, effective_at: items whose metadata has a notice."""
