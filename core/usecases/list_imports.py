"""The history of imports, as far as it concerns somebody's tenants."""

import polars as pl

from core.domain.import_run import ImportRun
from core.domain.person import Person
from core.domain.role import Permission
from core.errors import NotFoundError
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.workspace import Workspace

SHOWN_RUNS = 20
#: So many of everybody's runs are searched for those of somebody's tenants.
_SEARCHED_RUNS = 200


@rereading
def list_imports(space: Workspace, person: Person) -> list[ImportRun]:
    """The newest imports that brought items of the person's tenants only, or that they ran."""
    person.require(Permission.IMPORT)
    searched = SHOWN_RUNS if person.tenants is None else _SEARCHED_RUNS
    with space.store.reading() as parts:
        runs = _shown(parts, person, parts.imports.recent(searched))
    return runs[:SHOWN_RUNS]


def find_import(space: Workspace, person: Person, import_id: int) -> ImportRun | None:
    """One import; None also when it is none of the person's business."""
    person.require(Permission.IMPORT)
    with space.store.reading() as parts:
        run = parts.imports.get(import_id)
        return run if run is not None and is_shown(parts, person, run) else None


@rereading
def refused_rows(
    space: Workspace, person: Person, import_id: int, *, limit: int | None
) -> pl.DataFrame:
    """The rows that an import refused: row, field, problem, excerpt.

    Nobody can tell of which tenant they are, so whoever is kept to tenants sees those of their
    own files only.
    """
    person.require(Permission.IMPORT)
    with space.store.reading() as parts:
        run = parts.imports.get(import_id)
        if run is None or not is_shown(parts, person, run):
            raise NotFoundError(f"There is no import {import_id}.")
        if not may_see_refused(person, run):
            raise NotFoundError("The refused rows are for those who brought the file.")
        return parts.imports.rejected(import_id, limit)


def may_see_refused(person: Person, run: ImportRun) -> bool:
    """Whether the refused rows of an import that is shown to them are, too."""
    return person.tenants is None or run.actor == person.name


def is_shown(parts: StoreParts, person: Person, run: ImportRun) -> bool:
    """Whether an import may be known to somebody, and taken back by them."""
    return bool(_shown(parts, person, [run]))


def _shown(parts: StoreParts, person: Person, runs: list[ImportRun]) -> list[ImportRun]:
    if person.tenants is None or not runs:
        return runs
    brought = parts.imports.tenants([run.import_id for run in runs])
    return [
        run
        for run in runs
        # A run without items left (all were known, refused or taken back) tells of its file only.
        if all(map(person.sees, brought.get(run.import_id, ())))
        and (run.import_id in brought or run.actor == person.name)
    ]
