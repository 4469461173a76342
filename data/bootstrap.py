"""The one place where the parts are put together: open_workbench(settings)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.clock import Clock, SystemClock
from core.domain.column_mapping import ColumnMapping, guess_mapping, parse_mapping
from core.domain.identifiers import IdSequence
from core.domain.import_run import ImportRun
from core.domain.item_filter import ItemFilter
from core.engine.classifier import Classifier
from core.engine.registry import Registry
from core.errors import MappingError
from core.store.job_handle import JobHandle
from core.store.reader import FileShape
from core.usecases.catalogue import Catalogue, ensure_catalogue
from core.usecases.export_records import ExportKind, ExportManifest, export_records
from core.usecases.import_items import ImportRequest, import_items, undo_import
from core.usecases.score_items import ScoringSummary, score_items
from core.usecases.workspace import Workspace
from data.exports.formula_guard import guard_cells
from data.exports.record_writer import file_digest, open_writer
from data.imports.language import detect_languages
from data.imports.open_file import open_file
from data.imports.spool import disk_spools
from data.jobs import JobRunner
from data.open_store import open_duckdb
from data.settings import Settings, read_settings

__all__ = ["Settings", "Workbench", "moddesk_version", "open_workbench", "read_settings"]


def moddesk_version() -> str:
    """The installed version of ModDesk."""
    return version("moddesk")


class Workbench:
    """One open store with the engine and the job runner; shared by every page and command."""

    def __init__(self, settings: Settings, space: Workspace, registry: Registry) -> None:
        self.settings = settings
        self.space = space
        self.registry = registry
        self.jobs = JobRunner(space.store, space.clock, space.ids)

    @cached_property
    def classifier(self) -> Classifier:
        """The model that scores new items; loaded when first asked for."""
        return self.registry.get(self.settings.model)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The model version and the live policy in force."""
        return ensure_catalogue(self.space, self.classifier, actor=self.settings.actor)

    def score(self, job: JobHandle) -> ScoringSummary:
        """Scores what is unscored by the model in use."""
        return score_items(
            self.space,
            self.classifier,
            model=self.catalogue.model,
            policy=self.catalogue.policy,
            progress=lambda done, total: job.progress("scoring", done, total),
        )

    def look_at(self, path: Path, encoding: str | None = None) -> FileShape:
        """What a file is, and its first rows."""
        return open_file(path, encoding=encoding).shape

    def mapping_problem(self, shape: FileShape, pairs: list[str]) -> str | None:
        """Why a mapping does not fit the file, or None when it does."""
        try:
            self._mapping(shape, pairs)
        except MappingError as error:
            return str(error)
        return None

    def _mapping(self, shape: FileShape, pairs: list[str]) -> ColumnMapping:
        return parse_mapping(pairs, shape.columns, guess_mapping(shape.columns, shape.preview))

    def import_file(
        self,
        path: Path,
        *,
        mapping: list[str],
        job: JobHandle,
        tenant: str | None = None,
        encoding: str | None = None,
        name: str | None = None,
        actor: str | None = None,
    ) -> ImportRun:
        """Imports a file; `mapping` changes what the columns' names suggest."""
        reader = open_file(path, encoding=encoding)
        request = ImportRequest(
            file_name=name or path.name,
            file_digest=file_digest(path),
            mapping=self._mapping(reader.shape, mapping),
            tenant_id=tenant or self.settings.tenant,
            actor=actor or self.settings.actor,
        )
        with disk_spools("good", "bad") as (good, bad):
            return import_items(
                self.space, reader, request, good=good, bad=bad, detect=detect_languages, job=job
            )

    def rejected_csv(self, import_id: int) -> bytes:
        """The refused rows of an import as CSV, safe to open in a spreadsheet."""
        with self.space.store.reading() as parts:
            rows = parts.imports.rejected(import_id, None)
        return guard_cells(rows).write_csv().encode()

    def undo_import(self, import_id: int) -> int:
        """Takes an import back; the number of items removed."""
        return undo_import(self.space, import_id, actor=self.settings.actor)

    def resume_scoring(self) -> int | None:
        """Starts a job if items wait for scores; its id."""
        model_version_id = self.catalogue.model.model_version_id
        with self.space.store.reading() as parts:
            missing = parts.items.unscored_count(model_version_id)
        if not missing:
            return None

        def work(job: JobHandle) -> dict[str, Any]:
            return self.score(job).model_dump()

        return self.jobs.submit("scoring", f"Scoring {missing:,} items", self.settings.actor, work)

    def export(
        self, path: Path, *, kind: ExportKind, wanted: ItemFilter, actor: str, job: JobHandle
    ) -> ExportManifest:
        """Writes the selection to the file (its ending names the format) with its manifest."""
        return export_records(
            self.space,
            self.catalogue,
            open_writer(path),
            kind=kind,
            wanted=wanted,
            actor=actor,
            version=moddesk_version(),
            job=job,
        )

    def close(self) -> None:
        """Stops jobs and releases the store."""
        self.jobs.close()
        self.space.store.close()


@contextmanager
def open_workbench(
    settings: Settings, clock: Clock | None = None, registry: Callable[[], Registry] = Registry
) -> Iterator[Workbench]:
    """The workbench on the settings' store, closed at the end."""
    time = clock or SystemClock()
    ids = IdSequence(time)
    store = open_duckdb(str(settings.store_path), time, ids, threads=settings.threads)
    space = Workspace(store=store, clock=time, ids=ids, rules=settings.rules)
    workbench = Workbench(settings, space, registry())
    try:
        yield workbench
    finally:
        workbench.close()
