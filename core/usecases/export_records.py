"""Exports: a whole selection, streamed, with a manifest that says what it is."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.errors import ExportError
from core.store.job_handle import JobHandle
from core.usecases.catalogue import Catalogue
from core.usecases.workspace import Workspace


class ExportKind(StrEnum):
    """What can be exported."""

    ITEMS = "items"
    SCORES = "scores"
    DECISIONS = "decisions"


class ExportFormat(StrEnum):
    """How an export is written."""

    CSV = "csv"
    PARQUET = "parquet"
    LABEL_STUDIO = "label-studio"
    ARGILLA = "argilla"
    ATPROTO = "atproto"

    @property
    def ending(self) -> str:
        """What the name of such a file ends in."""
        return {"label-studio": "json", "argilla": "jsonl", "atproto": "jsonl"}.get(
            self.value, self.value
        )

    @property
    def words(self) -> str:
        """The format as words for a screen."""
        return {
            "label-studio": "Label Studio tasks",
            "argilla": "Argilla records",
            "atproto": "AT Protocol labels",
        }.get(self.value, self.value.upper() if self.value == "csv" else self.value.capitalize())


#: The formats of each kind of export, the usual one first.
FORMATS: dict[ExportKind, tuple[ExportFormat, ...]] = {
    ExportKind.ITEMS: (
        ExportFormat.CSV,
        ExportFormat.PARQUET,
        ExportFormat.LABEL_STUDIO,
        ExportFormat.ARGILLA,
    ),
    ExportKind.SCORES: (ExportFormat.CSV, ExportFormat.PARQUET),
    ExportKind.DECISIONS: (ExportFormat.CSV, ExportFormat.PARQUET, ExportFormat.ATPROTO),
}
#: The formats that need rows of their own; see data/sql/interop_streams.py.
_STREAMS = {
    ExportFormat.LABEL_STUDIO: "answers",
    ExportFormat.ARGILLA: "answers",
    ExportFormat.ATPROTO: "labels",
}
#: The formats that are made for another tool.
FOREIGN = frozenset(_STREAMS)


class ExportManifest(Record):
    """What a file holds and where it came from; written beside it."""

    file: str
    kind: ExportKind
    format: ExportFormat
    filter: dict[str, Any]
    row_count: int
    sha256: str
    size_bytes: int
    model: str
    model_digest: str
    policy: str
    policy_rule: dict[str, Any]
    exported_by: str
    exported_at: datetime
    moddesk_version: str
    cells_guarded: bool
    """Whether text cells that could start a spreadsheet formula were prefixed with '."""

    @property
    def things(self) -> str:
        """What the rows are, as words for a screen."""
        return self.format.words if self.format in FOREIGN else self.kind.value


class WrittenFile(Record):
    """What a writer reports of the file it finished."""

    name: str
    row_count: int
    sha256: str
    size_bytes: int
    cells_guarded: bool


class RecordWriter(Protocol):
    """Writes frames into one file; an error leaves no half file behind."""

    format: ExportFormat

    def write(self, frames: Iterator[pl.DataFrame]) -> WrittenFile:
        """Writes all frames and finishes the file."""

    def write_manifest(self, manifest: ExportManifest) -> None:
        """Writes the manifest beside the file."""


def export_records(
    space: Workspace,
    catalogue: Catalogue,
    writer: RecordWriter,
    *,
    kind: ExportKind,
    wanted: ItemFilter,
    person: Person,
    version: str,
    job: JobHandle,
) -> ExportManifest:
    """Writes the whole selection and its manifest; the export is in the audit log."""
    person.require(Permission.EXPORT)
    if writer.format not in FORMATS[kind]:
        fitting = ", ".join(each.value for each in FORMATS[kind])
        raise ExportError(
            f"{kind.value.capitalize()} cannot be written as {writer.format.value}; they can be "
            f"written as {fitting}."
        )
    selection = catalogue.selection(wanted, person)
    with space.store.reading() as parts:
        total = parts.items.count(selection) if kind is ExportKind.ITEMS else None
        frames = parts.items.stream(selection, _STREAMS.get(writer.format, kind.value))
        written = writer.write(_watched(frames, job, total))
    manifest = ExportManifest(
        file=written.name,
        kind=kind,
        format=writer.format,
        filter=wanted.model_dump(mode="json", exclude_none=True),
        row_count=written.row_count,
        sha256=written.sha256,
        size_bytes=written.size_bytes,
        model=catalogue.model.display_name,
        model_digest=catalogue.model.digest,
        policy=catalogue.policy.display_name,
        policy_rule=catalogue.policy.rule.model_dump(mode="json"),
        exported_by=person.name,
        exported_at=space.clock.now(),
        moddesk_version=version,
        cells_guarded=written.cells_guarded,
    )
    writer.write_manifest(manifest)
    with space.store.writing() as parts:
        parts.audit.append(
            person.name,
            "export.written",
            f"export:{kind.value}",
            {"rows": written.row_count, "sha256": written.sha256, "filter": manifest.filter},
        )
    return manifest


def _watched(
    frames: Iterator[pl.DataFrame], job: JobHandle, total: int | None
) -> Iterator[pl.DataFrame]:
    done = 0
    for frame in frames:
        job.progress("writing", done, total)
        yield frame
        done += frame.height
    job.progress("writing", done, total)
