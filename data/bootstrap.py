"""The one place where the parts are put together: open_workbench(settings)."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from core.clock import Clock
from core.domain.audit_event import AuditFilter
from core.domain.column_mapping import ColumnMapping, guess_mapping, parse_mapping
from core.domain.import_run import ImportRun
from core.domain.item_filter import ItemFilter
from core.domain.labeler import NO_LABELER
from core.domain.person import Person, operator
from core.domain.policy import NOWHERE, Place, PolicyVersion
from core.domain.role import Permission
from core.engine.classifier import Classifier
from core.engine.highlighter import Highlighter
from core.engine.registry import Registry
from core.errors import MappingError
from core.store.job_handle import JobHandle
from core.store.reader import FileShape
from core.usecases.catalogue import Catalogue, ensure_catalogue
from core.usecases.conclude_history import conclude_history
from core.usecases.export_records import (
    ExportFormat,
    ExportKind,
    ExportManifest,
    export_records,
)
from core.usecases.history import Histories
from core.usecases.import_items import ImportRequest, undo_import
from core.usecases.list_imports import refused_rows
from core.usecases.list_models import ModelRow, list_models
from core.usecases.outside_models import outside_models
from core.usecases.present_items import texts_to_explain
from core.usecases.read_audit import export_audit
from core.usecases.rescore_items import RescoringSummary, rescore_items
from core.usecases.score_items import ScoringSummary, score_items
from core.usecases.try_text import TriedText, texts_per_second, try_text
from core.usecases.workspace import Workspace
from data.exports.file_writer import file_digest
from data.exports.formula_guard import guard_cells
from data.exports.open_writer import open_writer
from data.import_runs import run_import
from data.imports.open_file import open_file
from data.jobs import JobRunner
from data.open_store import open_space
from data.passwords import Argon2Passwords
from data.settings import Settings, read_settings
from data.telemetry import configure_logs
from data.trials import TrialRunner

__all__ = [
    "Settings",
    "Workbench",
    "configure_logs",
    "moddesk_version",
    "open_workbench",
    "read_settings",
]

#: Items at the head of the queue whose highlights are worked out before they are claimed.
_EXPLAINED_AHEAD = 64


#: The kind of a job that scores with another model; it goes on after a restart.
RESCORING = "rescoring"


#: How old what pages know of policies may be; the process that publishes knows at once.
_CATALOGUE_SECONDS = 2.0


@dataclass(frozen=True)
class _KnownCatalogue:
    """A catalogue, and when it was looked up."""

    catalogue: Catalogue
    changes: int
    read_at: float


def registry_of(settings: Settings) -> Registry:
    """The models that these settings know."""
    return Registry(added=settings.models_dir)


def moddesk_version() -> str:
    """The installed version of ModDesk."""
    return version("moddesk")


class Workbench:
    """One open store with the engine and the job runner; shared by every page and command."""

    def __init__(self, settings: Settings, space: Workspace, registry: Registry) -> None:
        self.settings = settings
        self.space = space
        self.registry = registry
        registry.elsewhere = lambda: {each.name for each in outside_models(space)}
        self.jobs = JobRunner(space.store, space.clock, space.ids)
        self.trials = TrialRunner()
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._catalogue: _KnownCatalogue | None = None

    @cached_property
    def classifier(self) -> Classifier:
        """The model that scores new items; loaded when first asked for."""
        return self.registry.get(self.settings.model)

    @cached_property
    def passwords(self) -> Argon2Passwords:
        """How passwords are digested."""
        return Argon2Passwords()

    @property
    def notice(self) -> str | None:
        """What every page has to say about the model in use; None when all is well."""
        return self.registry.notice

    @cached_property
    def highlighter(self) -> Highlighter:
        """The highlights of the model in use."""
        return Highlighter(self.classifier)

    def explain_ahead(self) -> None:
        """Has the head of the review queue explained before somebody sees it."""
        if self._ahead._work_queue.empty():
            self._ahead.submit(self._explain_ahead)

    def _explain_ahead(self) -> None:
        texts = texts_to_explain(self.space, self.catalogue, limit=_EXPLAINED_AHEAD)
        self.highlighter.prepare(texts)

    @property
    def catalogue(self) -> Catalogue:
        """The model version and the policies in force, as of two seconds ago at most."""
        known, changes = self._catalogue, self.space.store.changes
        if known is None or (
            known.changes != changes and time.monotonic() - known.read_at > _CATALOGUE_SECONDS
        ):
            found = ensure_catalogue(self.space, self.classifier, actor=self.settings.actor)
            known = self._catalogue = _KnownCatalogue(found, changes, time.monotonic())
        return known.catalogue

    def policies_changed(self, policy: PolicyVersion | None = None, *, by: Person) -> int | None:
        """Looks the policies up anew; a policy given has its verdicts recorded on history.

        The id of the job that records them.
        """
        self._catalogue = None
        if policy is None:
            return None

        def work(job: JobHandle) -> dict[str, Any]:
            return {"concluded": conclude_history(self.space, policy, job)}

        return self.jobs.submit(
            "concluding", f"Recording what {policy.display_name} says", by.name, work
        )

    @cached_property
    def histories(self) -> Histories:
        """Scored history in memory, for previews."""
        return Histories(self.space.store, most_bytes=self.settings.preview_memory_mb << 20)

    def score(self, job: JobHandle) -> ScoringSummary:
        """Scores what is unscored by the model in use."""
        return score_items(
            self.space,
            self.classifier,
            model=self.catalogue.model,
            policy=self.catalogue.policy,
            progress=lambda done, total: job.progress("scoring", done, total),
        )

    @property
    def operator(self) -> Person:
        """Who acts when a command or the workbench itself does."""
        return operator(self.settings.actor)

    def rescore(
        self, name: str, wanted: ItemFilter, job: JobHandle, person: Person | None = None
    ) -> RescoringSummary:
        """Adds a model's scores to the selected items that lack them."""
        return rescore_items(
            self.space,
            self.registry.get(name),
            catalogue=self.catalogue,
            wanted=wanted,
            person=person or self.operator,
            progress=lambda done, total: job.progress("scoring", done, total),
        )

    def start_rescoring(self, name: str, wanted: ItemFilter, person: Person) -> int:
        """Re-scores in the background; the job's id."""
        person.require(Permission.RESCORE)

        def work(job: JobHandle) -> dict[str, Any]:
            summary = self.rescore(name, wanted, job, person)
            return summary.model_dump() | {"sentence": summary.sentence}

        request = {
            "model": name,
            "filter": wanted.model_dump(mode="json", exclude_none=True),
            "person": person.model_dump(mode="json"),
        }
        return self.jobs.submit(
            RESCORING, f"Scoring with {name}", person.name, work, request=request
        )

    def resume_rescoring(self, request: dict[str, Any], person: Person | None = None) -> int:
        """Goes on with a re-scoring, for `person` or else for who asked for it first."""
        wanted = ItemFilter.model_validate(request["filter"])
        who = person or Person.model_validate(request["person"])
        return self.start_rescoring(request["model"], wanted, who)

    def try_text(
        self,
        name: str,
        text: str,
        *,
        policy: PolicyVersion | None = None,
        place: Place = NOWHERE,
    ) -> TriedText:
        """What a model makes of one text under a policy, or the live one; nothing is stored."""
        return try_text(self.registry.get(name), policy or self.catalogue.policy, text, place)

    def speed(self, name: str) -> float:
        """Short posts a second with a model, measured now."""
        return texts_per_second(self.registry.get(name))

    def models(self, person: Person) -> list[ModelRow]:
        """The models that can be used and those that the store has used."""
        return list_models(self.space, self.registry, self.catalogue, person)

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
        guess = guess_mapping(shape.columns, shape.preview)
        return guess if shape.brings_only_decisions else parse_mapping(pairs, shape.columns, guess)

    def import_file(
        self,
        path: Path,
        *,
        mapping: list[str],
        job: JobHandle,
        tenant: str | None = None,
        encoding: str | None = None,
        name: str | None = None,
        person: Person | None = None,
    ) -> ImportRun:
        """Imports a file; `mapping` changes what the columns' names suggest."""
        reader = open_file(path, encoding=encoding)
        request = ImportRequest(
            file_name=name or path.name,
            file_digest=file_digest(path),
            mapping=self._mapping(reader.shape, mapping),
            tenant_id=tenant or self.settings.tenant,
            person=person or self.operator,
        )
        return run_import(self.space, reader, request, job)

    def rejected_csv(self, import_id: int, person: Person | None = None) -> bytes:
        """The refused rows of an import as CSV, safe to open in a spreadsheet."""
        rows = refused_rows(self.space, person or self.operator, import_id, limit=None)
        return guard_cells(rows).write_csv().encode()

    def table_csv(self, person: Person, name: str, rows: pl.DataFrame) -> bytes:
        """A table as CSV, safe to open in a spreadsheet; that it was taken is in the audit log."""
        person.require(Permission.EXPORT)
        content = guard_cells(rows).write_csv().encode()
        with self.space.store.writing() as parts:
            parts.audit.append(
                person.name, "export.written", f"export:{name}",
                {"rows": rows.height, "sha256": sha256(content).hexdigest()},
            )  # fmt: skip
        return content

    def undo_import(self, import_id: int, person: Person | None = None) -> int:
        """Takes an import back; the number of items removed."""
        return undo_import(self.space, import_id, person=person or self.operator)

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
        self,
        path: Path,
        *,
        kind: ExportKind,
        wanted: ItemFilter,
        person: Person,
        job: JobHandle,
        written_as: ExportFormat | None = None,
        labeler: str = NO_LABELER,
    ) -> ExportManifest:
        """Writes the selection, its manifest beside it; without a format the ending names it."""
        return export_records(
            self.space,
            self.catalogue,
            open_writer(path, written_as, labeler),
            kind=kind,
            wanted=wanted,
            person=person,
            version=moddesk_version(),
            job=job,
        )

    def export_audit(
        self, path: Path, wanted: AuditFilter, person: Person, job: JobHandle
    ) -> dict[str, object]:
        """Writes the audit log to the file (its ending names the format)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return export_audit(self.space, person, open_writer(path), wanted, job)

    def close(self) -> None:
        """Stops jobs and releases the store."""
        self._ahead.shutdown(wait=True, cancel_futures=True)
        self.highlighter.close()
        self.trials.close()
        self.jobs.close()
        self.space.store.close()


@contextmanager
def open_workbench(
    settings: Settings, clock: Clock | None = None, registry: Registry | None = None
) -> Iterator[Workbench]:
    """The workbench on the settings' store, closed at the end."""
    space = open_space(settings, clock)
    workbench = Workbench(settings, space, registry or registry_of(settings))
    try:
        yield workbench
    finally:
        workbench.close()
