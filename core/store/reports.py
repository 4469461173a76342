"""What reports need of the history, and the definitions and runs that are kept."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

import polars as pl

from core.domain.period import Period
from core.domain.record import Record
from core.domain.report import ReportRun, SavedReport


class ReportScope(Record):
    """Whose rows of which period are meant."""

    period: Period
    state_at: datetime
    """What was decided from then on does not count."""
    tenants: tuple[str, ...] | None
    queues: tuple[str, ...] = ()
    """Empty: all. They narrow what people did, never which items arrived."""


class ReportStore(Protocol):
    """Rows and counts of a period, and what is kept about reports."""

    def arrivals(self, scope: ReportScope) -> pl.DataFrame:
        """day, tenant_id, language, items: items created in the period."""

    def outcomes(self, scope: ReportScope) -> pl.DataFrame:
        """tenant_id, language, source, outcome, items: what stands on them at `state_at`."""

    def automatic(self, scope: ReportScope) -> pl.DataFrame:
        """tenant_id, language, reasons, rejections: the policy's rejections in the period."""

    def decisions(self, scope: ReportScope) -> pl.DataFrame:
        """People's decisions in the period that stood at `state_at`, oldest first.

        decision_seq, item_id, tenant_id, language, queue, actor, outcome, reasons, source,
        handling_seconds, decided_at, due_at, opened_at; queue and due_at are null outside queues.
        """

    def withdrawn_count(self, scope: ReportScope) -> int:
        """How many decisions were taken back in the period."""

    def reversals(self, scope: ReportScope) -> pl.DataFrame:
        """source, outcome, earlier_source, earlier, same_person, decisions.

        People's approvals and rejections of the period on items that had been decided before.
        """

    def ratings(self, scope: ReportScope) -> pl.DataFrame:
        """item_id, tenant_id, language, actor, outcome: what each person last said of an item.

        Of items that two people or more approved or rejected, the last of them in the period.
        """

    def opened(self, scope: ReportScope) -> pl.DataFrame:
        """day, queue, tasks: review tasks that were opened in the period."""

    def backlog(self, scope: ReportScope) -> pl.DataFrame:
        """queue, tenant_id, waiting, overdue, oldest: tasks that waited at `state_at`."""

    def decided_by(self, scope: ReportScope) -> dict[int, int]:
        """How many of the period's decisions each policy version made by itself, by its id."""

    def scored_by(self, scope: ReportScope) -> pl.DataFrame:
        """model_version_id, items: which model versions scored the period's items."""

    def item_facts(self, scope: ReportScope) -> pl.DataFrame:
        """One row: items, no_language, detected, no_author, no_source, late, texts."""

    def import_facts(self, scope: ReportScope) -> pl.DataFrame:
        """imports, rows, refused: one row on the imports that ended in the period."""

    def keys(self, scope: ReportScope, kind: str) -> Iterator[pl.DataFrame]:
        """The rows that a report rests on in a fixed order; kind: items, scores, decisions."""

    def save(self, saved: SavedReport) -> None:
        """Keeps a definition, in the place of one of the same name."""

    def remove(self, name: str) -> None:
        """Removes a definition."""

    def saved(self) -> list[SavedReport]:
        """The kept definitions by name."""

    def add_run(self, run: ReportRun) -> None:
        """Records a report that was built."""

    def runs(self, limit: int) -> list[ReportRun]:
        """The newest runs first."""
