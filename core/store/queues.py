"""What we need from storage for the definitions of queues."""

from datetime import datetime
from typing import Protocol

import polars as pl

from core.domain.review_queue import ReviewQueue
from core.store.analytics import Tenants
from core.store.items import Selection


class QueueStore(Protocol):
    """Definitions of queues, and what happens in them."""

    def save(self, queue: ReviewQueue) -> None:
        """Records a new queue, or replaces the one of this name."""

    def all(self) -> list[ReviewQueue]:
        """The queues that somebody defined, in their order."""

    def waiting(self, selection: Selection, source: str) -> pl.DataFrame:
        """The tasks of `source` that match and that nobody holds, kept from being claimed.

        Columns: task_id, item_id, waiting_since, priority, terms (JSON), stratum.
        """

    def move(self, tasks: pl.DataFrame, queue: ReviewQueue) -> None:
        """Puts the tasks into the queue, with the priority and terms of the frame: a fact."""

    def facts(self, now: datetime, since: datetime, tenants: Tenants) -> pl.DataFrame:
        """queue, waiting, overdue, oldest, decided, late: now, and of those decided since then."""

    def presence(self, queue: str, now: datetime, tenants: Tenants) -> list[str]:
        """Who holds tasks of the queue now, by name."""
