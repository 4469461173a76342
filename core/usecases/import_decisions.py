"""Importing decisions without texts (labels, decision logs) onto items that are there."""

import polars as pl

from core.domain.import_run import DECISIONS_OF, ImportRun, ImportState
from core.domain.person import Person
from core.domain.record import Record
from core.domain.rejected_row import REJECTED_SCHEMA, excerpt_of
from core.domain.role import Permission
from core.store.import_parts import FrameSpool
from core.store.job_handle import JobHandle
from core.store.reader import FileReader
from core.store.store import StoreParts
from core.usecases.past_decisions import append_past
from core.usecases.workspace import Workspace

_KEYS = ["tenant_id", "external_id"]


class DecisionImportRequest(Record):
    """A file with decisions, and by whom it is imported."""

    file_name: str
    file_digest: str
    tenant_id: str
    """Where rows that name no tenant belong."""

    person: Person


def import_decisions(
    space: Workspace,
    reader: FileReader,
    request: DecisionImportRequest,
    *,
    good: FrameSpool,
    bad: FrameSpool,
    job: JobHandle,
) -> ImportRun:
    """Adds the file's decisions to the ledger; cancelling leaves the store as it was."""
    request.person.require(Permission.IMPORT)
    started = space.clock.now()
    row_count = _read(reader, request, good=good, bad=bad, job=job)
    import_id = space.ids.next()
    with space.store.writing() as parts:
        parts.serialise("items")
        added, known = _write(space, parts, request, import_id, good=good, bad=bad, job=job)
        rejected_count = 0
        for frame in bad.frames():
            parts.imports.add_rejected(import_id, frame)
            rejected_count += frame.height
        run = ImportRun(
            import_id=import_id,
            file_name=request.file_name,
            file_digest=request.file_digest,
            mapping={DECISIONS_OF: reader.shape.words},
            actor=request.person.name,
            started_at=started,
            finished_at=space.clock.now(),
            row_count=row_count,
            new_count=0,
            known_count=known,
            changed_count=0,
            rejected_count=rejected_count,
            decision_count=added,
            state=ImportState.DONE,
        )
        parts.imports.add(run)
        parts.audit.append(
            request.person.name,
            "import.finished",
            f"import:{import_id}",
            {
                "file_digest": request.file_digest,
                "decisions_of": reader.shape.words,
                "decision_count": added,
                "known_count": known,
                "rejected_count": rejected_count,
            },
        )
    return run


def _read(
    reader: FileReader,
    request: DecisionImportRequest,
    *,
    good: FrameSpool,
    bad: FrameSpool,
    job: JobHandle,
) -> int:
    row_count = bytes_read = 0
    for chunk in reader.chunks():
        good.append(
            chunk.decisions.with_columns(tenant_id=pl.col("tenant_id").fill_null(request.tenant_id))
        )
        bad.append(chunk.rejected)
        row_count += chunk.row_numbers.len()
        bytes_read += chunk.bytes_read
        job.progress("reading", min(bytes_read, reader.shape.size_bytes), reader.shape.size_bytes)
    return row_count


def _write(
    space: Workspace,
    parts: StoreParts,
    request: DecisionImportRequest,
    import_id: int,
    *,
    good: FrameSpool,
    bad: FrameSpool,
    job: JobHandle,
) -> tuple[int, int]:
    """(decisions added, decisions that were known)."""
    now = space.clock.now()
    added = known = written = 0
    for frame in good.frames():
        there = parts.past_decisions.items(frame.select(_KEYS), request.person.tenants)
        bad.append(_unknown(frame.join(there, on=_KEYS, how="anti", maintain_order="left")))
        found = frame.join(there, on=_KEYS, how="inner", maintain_order="left")
        result = append_past(
            space, parts, found, import_id=import_id, file_name=request.file_name, now=now
        )
        bad.append(result.left_out)
        added += result.added_count
        known += result.known_count
        written += frame.height
        job.progress("writing", written, None)
    return added, known


def _unknown(rows: pl.DataFrame) -> pl.DataFrame:
    """Decisions on items that are not there, or not for the person's eyes: both look the same."""
    return rows.select(
        "row",
        field=pl.lit("external_id"),
        problem=pl.concat_str(pl.lit("there is no item with this id in tenant "), "tenant_id"),
        excerpt=excerpt_of(pl.col("external_id")),
    ).select(REJECTED_SCHEMA.keys())
