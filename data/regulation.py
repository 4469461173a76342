"""Regulatory exports: apart from the workbench, for they need what scoring must not."""

from pathlib import Path
from typing import Any

from core.domain.person import Person
from core.domain.role import Permission
from core.errors import UnreadableFileError
from core.store.job_handle import JobHandle
from core.usecases.export_statements import (
    StatementManifest,
    StatementRequest,
    export_statements,
)
from core.usecases.transparency_report import ReportManifest, ReportRequest, export_report
from core.usecases.validate_report import ReportVerdict, validate_report
from data.bootstrap import Workbench, moddesk_version
from data.exports.bundle import open_bundle

#: A filing has eleven files of at most some megabytes.
_LARGEST_FILE = 64 << 20


def write_statements(
    workbench: Workbench, path: Path, request: StatementRequest, person: Person, job: JobHandle
) -> StatementManifest:
    """Writes statements of reasons into a zip or a folder."""
    return export_statements(
        workbench.space,
        workbench.catalogue,
        open_bundle(path),
        person,
        request,
        version=moddesk_version(),
        job=job,
    )


def write_report(
    workbench: Workbench, path: Path, request: ReportRequest, person: Person, job: JobHandle
) -> ReportManifest:
    """Writes the transparency report's parts into a zip or a folder."""
    return export_report(
        workbench.space,
        workbench.histories,
        workbench.catalogue,
        open_bundle(path),
        person,
        request,
        version=moddesk_version(),
        job=job,
    )


def start_statements(
    workbench: Workbench, path: Path, request: StatementRequest, person: Person
) -> int:
    """Writes statements in the background; the job's id."""
    person.require(Permission.EXPORT)

    def work(job: JobHandle) -> dict[str, Any]:
        manifest = write_statements(workbench, path, request, person, job)
        files = len(manifest.files)
        sentence = f"{manifest.statement_count:,} statements in {files:,} files"
        if manifest.held_count:
            sentence += f"; {manifest.held_count:,} held back, which held-back.json lists"
        return {"path": str(path), "sentence": f"{sentence}.", "notes": []}

    return workbench.jobs.submit("export", "Statements of reasons", person.name, work)


def start_report(workbench: Workbench, path: Path, request: ReportRequest, person: Person) -> int:
    """Writes the report's parts in the background; the job's id."""
    person.require(Permission.EXPORT)

    def work(job: JobHandle) -> dict[str, Any]:
        manifest = write_report(workbench, path, request, person, job)
        sentence = f"{len(manifest.files)} parts with {manifest.measure_count:,} measures"
        if manifest.held_count:
            sentence += f"; {manifest.held_count:,} measures are not counted"
        notes = [*manifest.not_filled, *manifest.to_fill_in]
        return {"path": str(path), "sentence": f"{sentence}.", "notes": notes}

    return workbench.jobs.submit("export", "Transparency report", person.name, work)


def check_folder(folder: Path) -> ReportVerdict:
    """The counting rules over the CSV files in a folder."""
    if not folder.is_dir():
        raise UnreadableFileError(f"{folder} is no folder: name the one with the parts 1 to 11.")
    files: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.csv")):
        if path.stat().st_size > _LARGEST_FILE:
            raise UnreadableFileError(f"{path.name} is larger than any part of a report.")
        try:
            files[path.name] = path.read_bytes()
        except OSError as error:
            raise UnreadableFileError(f"Cannot read {path}: {error.strerror or error}.") from error
    return validate_report(files)
