"""Samples that were planned and drawn, and what people said of them."""

from typing import Protocol

import polars as pl

from core.domain.review_sample import ReviewSample


class SampleStore(Protocol):
    """Samples: a definition, and the review tasks that carry its id."""

    def add(self, sample: ReviewSample) -> None:
        """Records a sample."""

    def all(self) -> list[ReviewSample]:
        """Every sample, newest first."""

    def untouched(self, item_ids: pl.Series) -> pl.Series:
        """Those of the items that no person decided on and that wait in no queue."""

    def items(self, sample_id: int) -> list[int]:
        """The ids of a sample's items, rising."""

    def answers(self, sample_id: int) -> pl.DataFrame:
        """probability, tasks, decided, harmful: one row per stratum."""
