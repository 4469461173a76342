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

    def move_waiting(self, selection: Selection, queue: ReviewQueue, source: str) -> int:
        """Puts waiting tasks of `source` that match and nobody holds into the queue; how many."""

    def facts(self, now: datetime, since: datetime, tenants: Tenants) -> pl.DataFrame:
        """queue, waiting, overdue, oldest, decided, late: now, and of those decided since then."""

    def presence(self, queue: str, now: datetime, tenants: Tenants) -> list[str]:
        """Who holds tasks of the queue now, by name."""
