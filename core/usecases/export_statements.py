"""Statements of reasons of a period: batches for the DSA Transparency Database, with a manifest."""

from collections.abc import Iterator
from typing import Any

import orjson

from core.domain.item_filter import ItemFilter
from core.domain.period import Period
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.domain.statement import BATCH_MAX, StatementOfReasons
from core.errors import RegulationError
from core.store.items import Selection
from core.store.job_handle import JobHandle
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue
from core.usecases.held_back import HeldBack, HeldGroup, Tally, held_sentence
from core.usecases.manage_regulation import mapping_in_force
from core.usecases.regulatory_bundle import Bundle, BundledFile
from core.usecases.state_reasons import state_reasons
from core.usecases.workspace import Workspace

SCHEMA = "DSA Transparency Database, statement of reasons v2"


class StatementRequest(Record):
    """Which rejections: those that took effect in the period, of the items in the filter."""

    period: Period
    filter: ItemFilter = ItemFilter()
    is_partial: bool = False
    """Whether to write what is ready although something is held back."""


class StatementCheck(Record):
    """What an export would hold, and what it would hold back."""

    ready_count: int
    held_count: int
    groups: tuple[HeldGroup, ...]
    held: tuple[HeldBack, ...]
    """The first LISTED_MAX problems one by one."""
    mapping_version: int

    @property
    def problem(self) -> str | None:
        """Why nothing complete can be written; None when everything is ready."""
        if not self.ready_count and not self.held_count:
            return "No rejection took effect in this period: there is nothing to state."
        if not self.held_count:
            return None
        return (
            f"{self.held_count:,} of {self.ready_count + self.held_count:,} statements are held "
            f"back: {held_sentence(self.groups)}. Answer it on the page Regulation"
            + (", or write only what is ready." if self.ready_count else ".")
        )


class StatementManifest(Record):
    """What the files hold and where it came from; no time of writing: equal stores, equal files."""

    schema_name: str = SCHEMA
    period: Period
    filter: dict[str, Any]
    tenants: tuple[str, ...] | None
    mapping_version: int
    moddesk_version: str
    statement_count: int
    held_count: int
    held_groups: tuple[HeldGroup, ...]
    files: tuple[BundledFile, ...]


@rereading
def check_statements(
    space: Workspace,
    catalogue: Catalogue,
    person: Person,
    request: StatementRequest,
    job: JobHandle,
) -> StatementCheck:
    """What an export would hold back and why; nothing is written."""
    person.require(Permission.EXPORT)
    selection = catalogue.selection(request.filter, person)
    tally = Tally()
    with space.store.reading() as parts:
        for _ in _ready(space, parts, selection, request, tally, job):
            pass
        return _check(tally, mapping_in_force(parts).version)


def export_statements(
    space: Workspace,
    catalogue: Catalogue,
    bundle: Bundle,
    person: Person,
    request: StatementRequest,
    *,
    version: str,
    job: JobHandle,
) -> StatementManifest:
    """Writes batches of 1 to 100 statements; RegulationError if something is held back.

    Only a request that is partial leaves statements out, and then the manifest and held-back.json
    say which.
    """
    person.require(Permission.EXPORT)
    selection = catalogue.selection(request.filter, person)
    tally = Tally()
    with bundle, space.store.reading() as parts:
        files = tuple(
            bundle.add(f"statements-{number:06d}.json", content)
            for number, content in enumerate(
                _batches(_ready(space, parts, selection, request, tally, job)), start=1
            )
        )
        check = _check(tally, mapping_in_force(parts).version)
        if check.problem is not None and not (request.is_partial and check.ready_count):
            raise RegulationError(check.problem)
        if check.held:
            listed = [each.model_dump(mode="json", exclude_none=True) for each in check.held]
            files += (bundle.add("held-back.json", _json(listed)),)
        manifest = StatementManifest(
            period=request.period,
            filter=request.filter.model_dump(mode="json", exclude_none=True),
            tenants=selection.tenants,
            mapping_version=check.mapping_version,
            moddesk_version=version,
            statement_count=check.ready_count,
            held_count=check.held_count,
            held_groups=check.groups,
            files=files,
        )
        bundle.add("manifest.json", _json(manifest.model_dump(mode="json", exclude_none=True)))
        bundle.finish()
    with space.store.writing() as parts:
        parts.audit.append(
            person.name,
            "export.written",
            "export:dsa-statements",
            {
                "statements": manifest.statement_count,
                "held_back": manifest.held_count,
                "mapping_version": manifest.mapping_version,
                "period": manifest.period.model_dump(mode="json"),
                "filter": manifest.filter,
                "sha256": [each.sha256 for each in files[:10]],
            },
        )
    return manifest


def _check(tally: Tally, mapping_version: int) -> StatementCheck:
    return StatementCheck(
        ready_count=tally.ready_count,
        held_count=tally.held_count,
        groups=tally.groups,
        held=tally.listed,
        mapping_version=mapping_version,
    )


def _ready(
    space: Workspace,
    parts: StoreParts,
    selection: Selection,
    request: StatementRequest,
    tally: Tally,
    job: JobHandle,
) -> Iterator[StatementOfReasons]:
    """The statements that can be written, in the order of the ledger; the others are tallied."""
    mapping, now = mapping_in_force(parts), space.clock.now()
    total = parts.regulation.rejection_count(selection, request.period, now=now, only_standing=True)
    frames = parts.regulation.rejections(selection, request.period, now=now, only_standing=True)
    done = 0
    for frame in frames:
        job.progress("stating reasons", done, total)
        for row in frame.iter_rows(named=True):
            statement = state_reasons(row, mapping)
            if isinstance(statement, StatementOfReasons):
                tally.ready_count += 1
                yield statement
            else:
                tally.hold(statement)
        done += frame.height
    job.progress("stating reasons", done, total)


def _batches(statements: Iterator[StatementOfReasons]) -> Iterator[bytes]:
    batch: list[dict[str, Any]] = []
    for statement in statements:
        batch.append(statement.to_values())
        if len(batch) == BATCH_MAX:
            yield _json({"statements": batch})
            batch = []
    if batch:
        yield _json({"statements": batch})


def _json(content: object) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
