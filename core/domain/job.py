"""Long work that a page can watch and cancel."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from core.domain.record import Record


class JobState(StrEnum):
    """Where a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self is not JobState.RUNNING


class Job(Record):
    """One run of long work, with its progress; the page shows this row."""

    job_id: int
    kind: str
    title: str
    actor: str
    state: JobState
    stage: str
    done: int
    total: int | None
    message: str | None
    result: dict[str, Any]
    cancel_requested: bool
    started_at: datetime
    updated_at: datetime

    @property
    def share(self) -> float | None:
        """How much is done, 0..1; None when the total is not known."""
        return min(1.0, self.done / self.total) if self.total else None
