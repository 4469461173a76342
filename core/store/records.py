"""What we need from storage for import runs, jobs and the audit log."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import polars as pl

from core.domain.audit_event import AuditEvent, AuditFilter
from core.domain.import_run import ImportRun, ImportState
from core.domain.job import Job


class ImportStore(Protocol):
    """Runs of imports and the rows they refused."""

    def add(self, run: ImportRun) -> None:
        """Records a finished run."""

    def add_rejected(self, import_id: int, frame: pl.DataFrame) -> None:
        """Records refused rows: row, field, problem, excerpt."""

    def get(self, import_id: int) -> ImportRun | None:
        """One run, or None."""

    def recent(self, limit: int) -> list[ImportRun]:
        """The newest runs first."""

    def rejected(self, import_id: int, limit: int | None) -> pl.DataFrame:
        """The refused rows of a run, by row."""

    def tenants(self, import_ids: Sequence[int]) -> dict[int, set[str]]:
        """The tenants of the items that these runs brought and that are still there."""

    def set_state(self, import_id: int, state: ImportState) -> None:
        """Marks a run as undone."""


class JobStore(Protocol):
    """Rows that pages watch."""

    def add(self, job: Job) -> None:
        """Records a job that starts."""

    def update(self, job_id: int, **changes: Any) -> bool:
        """Changes progress or state; whether somebody asked for the job to be cancelled."""

    def get(self, job_id: int) -> Job | None:
        """One job, or None."""

    def recent(self, limit: int) -> list[Job]:
        """The newest jobs first."""

    def running(self) -> list[Job]:
        """Jobs that are marked as running."""


class AuditStore(Protocol):
    """The chained log of every change of state."""

    def append(self, actor: str, verb: str, subject: str, details: dict[str, Any]) -> None:
        """Appends one event to the chain, at the end of the transaction."""

    def append_many(self, actor: str, events: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
        """Appends several events (verb, subject, details) in order."""

    def page(self, wanted: AuditFilter, before_seq: int | None, limit: int) -> list[AuditEvent]:
        """The newest events first, those before `before_seq`."""

    def count(self, wanted: AuditFilter) -> int:
        """How many events are meant."""

    def stream(self, wanted: AuditFilter) -> Iterator[pl.DataFrame]:
        """The events with their hashes in frames, oldest first."""

    def names(self) -> dict[str, list[str]]:
        """The actors and verbs that occur, for choosing in filters."""

    def events(self) -> Iterator[AuditEvent]:
        """The whole chain, oldest first."""
