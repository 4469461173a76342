"""Reports as files: built now by a command, or in the background for a page."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.domain.person import Person
from core.domain.report import ReportDefinition, ReportRun
from core.domain.report_content import ModerationReport
from core.domain.role import Permission
from core.store.job_handle import JobHandle
from core.usecases.build_report import build_report, narrowed
from core.usecases.keep_reports import record_run
from data.bootstrap import Workbench, moddesk_version
from data.reports.archive import write_archive

_HOUR = timedelta(hours=1)


def report_now(
    workbench: Workbench, definition: ReportDefinition, person: Person, job: JobHandle,
    *, as_of: datetime | None = None,
) -> ModerationReport:  # fmt: skip
    """The report as it is seen at `as_of`, the current hour unless given."""
    return build_report(
        workbench.space, workbench.histories, workbench.catalogue, person, definition,
        as_of=as_of or this_hour(workbench), job=job,
    )  # fmt: skip


def this_hour(workbench: Workbench) -> datetime:
    """The moment that reports without another one count from: a period may not be over."""
    return workbench.space.clock.now().replace(minute=0, second=0, microsecond=0) + _HOUR


def write_report(
    workbench: Workbench, definition: ReportDefinition, path: Path, person: Person,
    job: JobHandle, *, as_of: datetime | None = None,
) -> tuple[ReportRun, ModerationReport]:  # fmt: skip
    """Builds the report into a zip; the run and its manifest are kept and audited."""
    report = report_now(workbench, definition, person, job, as_of=as_of)
    digest, manifest = write_archive(path, report, version=moddesk_version(), job=job)
    folder = workbench.settings.export_folder.resolve()
    file = path.resolve()
    run = record_run(
        workbench.space, person, report,
        file=file.name if file.parent == folder else str(file), sha256=digest,
        manifest=json.dumps(manifest, ensure_ascii=False),
    )  # fmt: skip
    return run, report


def start_report(
    workbench: Workbench, definition: ReportDefinition, path: Path, person: Person
) -> int:
    """Builds the report in the background; the job's id."""
    person.require(Permission.EXPORT)
    narrowed(person, definition)

    def work(job: JobHandle) -> dict[str, Any]:
        run, _ = write_report(workbench, definition, path, person, job)
        return {"path": str(path), "run_id": str(run.run_id), "sha256": run.sha256}

    return workbench.jobs.submit("report", f"Report {definition.name}", person.name, work)


def run_file(workbench: Workbench, run: ReportRun) -> Path:
    """Where a run's zip is, or was."""
    kept = Path(run.file)
    return kept if kept.is_absolute() else workbench.settings.export_folder / kept
