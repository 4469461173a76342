"""Saved definitions of reports, and the reports that were built."""

import orjson
from sqlalchemy import delete, insert, select

from core.domain.period import Period
from core.domain.report import ReportDefinition, ReportRun, SavedReport
from data.sql.part import Part
from data.sql.tables import report_run, saved_report


class KeptReports(Part):
    """What is kept about reports."""

    def save(self, saved: SavedReport) -> None:
        """Keeps a definition, in the place of one of the same name."""
        self.remove(saved.definition.name)
        row = {
            "name": saved.definition.name,
            "definition": saved.definition.model_dump_json(),
            "actor": saved.saved_by,
            "saved_at": saved.saved_at,
        }
        self._connection.execute(insert(saved_report), [row])

    def remove(self, name: str) -> None:
        """Removes a definition."""
        self._connection.execute(delete(saved_report).where(saved_report.c.name == name))

    def saved(self) -> list[SavedReport]:
        """The kept definitions by name."""
        rows = self._connection.execute(select(saved_report).order_by(saved_report.c.name))
        return [
            SavedReport(
                definition=ReportDefinition.model_validate(orjson.loads(row.definition)),
                saved_by=row.actor,
                saved_at=row.saved_at,
            )
            for row in rows
        ]

    def add_run(self, run: ReportRun) -> None:
        """Records a report that was built."""
        row = {
            "run_id": run.run_id, "name": run.name, "actor": run.actor,
            "tenants": orjson.dumps(run.tenants).decode(), "built_at": run.built_at,
            "period_start": run.period.start, "period_end": run.period.end, "file": run.file,
            "sha256": run.sha256, "manifest": run.manifest,
        }  # fmt: skip
        self._connection.execute(insert(report_run), [row])

    def runs(self, limit: int) -> list[ReportRun]:
        """The newest runs first."""
        rows = self._connection.execute(
            select(report_run).order_by(report_run.c.run_id.desc()).limit(limit)
        )
        return [
            ReportRun(
                run_id=row.run_id, name=row.name, actor=row.actor,
                tenants=orjson.loads(row.tenants), built_at=row.built_at,
                period=Period(start=row.period_start, end=row.period_end), file=row.file,
                sha256=row.sha256, manifest=row.manifest,
            )
            for row in rows
        ]  # fmt: skip
