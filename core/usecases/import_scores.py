"""Importing an outside model's scores: read and check all of it, then add them batch by batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
import polars as pl

from core.domain.import_run import CANCELLED, SCORES_OF, VERSION_ID, ImportRun, ImportState
from core.domain.label import SCORED_LABELS
from core.domain.model_version import ModelVersion
from core.domain.person import Person
from core.domain.plain_text import PlainText
from core.domain.record import Record
from core.domain.rejected_row import REJECTED_SCHEMA, rejected_frame
from core.domain.role import Permission
from core.domain.score_frame import check_scores
from core.domain.score_mapping import ScoreMapping
from core.domain.settled_scores import settle, stored_form
from core.errors import ForbiddenError, JobCancelledError
from core.store.import_parts import FrameSpool
from core.store.job_handle import JobHandle
from core.store.reader import FileReader
from core.store.store import StoreParts
from core.usecases.outside_models import (
    OutsideModel,
    add_version,
    digest_of,
    find_version,
    next_version,
)
from core.usecases.workspace import Workspace

_KEYS = ["tenant_id", "external_id"]
_MANY = 10_000


class ScoreImportRequest(Record):
    """Which model's scores are imported from what, and by whom."""

    file_name: PlainText
    file_digest: str
    mapping: ScoreMapping
    model: OutsideModel
    tenant_id: PlainText | None
    """The tenant of rows that name none; None: an id is looked for in all tenants."""

    person: Person


@dataclass
class _Progress:
    """What an import has done so far."""

    row_count: int = 0
    new_count: int = 0
    known_count: int = 0
    changed_count: int = 0
    version: ModelVersion | None = None
    refused: list[pl.DataFrame] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "row_count": self.row_count,
            "new_count": self.new_count,
            "known_count": self.known_count,
            "changed_count": self.changed_count,
        }


def import_scores(
    space: Workspace,
    reader: FileReader,
    request: ScoreImportRequest,
    *,
    good: Sequence[FrameSpool],
    bad: FrameSpool,
    job: JobHandle,
) -> ImportRun:
    """Adds the file's scores to items that are there; no verdict and no decision changes.

    Each spool of `good` becomes one batch and one transaction. A damaged file, or cancelling while
    it is read, leaves the store as it was; batches that were added before a later cancel stay, and
    importing the file again adds the rest. A score that was recorded never changes: other scores
    of an item are refused. The score is taken to be of the item's present text.
    """
    person = request.person
    person.require(Permission.IMPORT)
    if request.tenant_id is not None and not person.sees(request.tenant_id):
        raise ForbiddenError(f"You do not see the items of {request.tenant_id}.")
    started = space.clock.now()
    with space.store.reading() as parts:
        find_version(parts, request.model, request.mapping)
    done = _Progress()
    done.row_count = _read(reader, request, good=good, bad=bad, job=job)
    cancelled: JobCancelledError | None = None
    try:
        _add(space, request, good, bad, done, job)
    except JobCancelledError as error:
        cancelled = error
    run = _finish(space, request, bad, done, started=started, is_cancelled=cancelled is not None)
    if done.new_count > _MANY:
        space.store.after_bulk_load()
    if cancelled is not None:
        raise JobCancelledError(
            f"Cancelled. {done.new_count:,} items got their scores and keep them; import the file "
            "again to add the rest."
        ) from cancelled
    return run


def _read(
    reader: FileReader,
    request: ScoreImportRequest,
    *,
    good: Sequence[FrameSpool],
    bad: FrameSpool,
    job: JobHandle,
) -> int:
    """Checks every row into the spools, all rows of an id into the same; the number of rows."""
    row_count = bytes_read = 0
    size = reader.shape.size_bytes
    for chunk in reader.chunks():
        checked = check_scores(
            chunk.frame, chunk.row_numbers, request.mapping, tenant_id=request.tenant_id,
            sees=request.person.sees,
        )  # fmt: skip
        for rejected in (chunk.rejected, checked.rejected):
            bad.append(rejected)
        if len(good) == 1:
            good[0].append(checked.rows)
        else:
            place = (pl.col("external_id").hash(seed=7) % len(good)).alias("spool")
            parts = checked.rows.with_columns(place).partition_by(
                "spool", as_dict=True, include_key=False
            )
            for (number,), part in parts.items():
                good[int(number)].append(part)
        row_count += chunk.frame.height + chunk.rejected["row"].n_unique()
        bytes_read += chunk.bytes_read
        job.progress("reading", min(bytes_read, size), size)
    return row_count


def _add(
    space: Workspace,
    request: ScoreImportRequest,
    good: Sequence[FrameSpool],
    bad: FrameSpool,
    done: _Progress,
    job: JobHandle,
) -> None:
    job.progress("adding", 0, len(good))
    for number, spool in enumerate(good, start=1):
        frames = list(spool.frames())
        if frames:
            _add_batch(space, request, pl.concat(frames), done)
            for refused in done.refused:
                bad.append(refused)
            done.refused.clear()
        job.progress("adding", number, len(good))


def _add_batch(
    space: Workspace, request: ScoreImportRequest, rows: pl.DataFrame, done: _Progress
) -> None:
    """One transaction: the batch's items found, their scores compared and added."""
    refused: list[pl.DataFrame] = []
    with space.store.writing() as parts:
        version = _version(parts, request, done)
        number = version.model_version_id if version is not None else 0
        keys = rows.select(_KEYS).unique()
        known = parts.score_imports.matched(keys, request.person.tenants, number)
        found, unknown = _with_items(rows, known)
        settled = settle(found, request.mapping)
        refused += [unknown, settled.rejected]
        items = stored_form(settled.items, request.mapping).join(
            known.drop(_KEYS), on="item_id", suffix="_stored"
        )
        scored = items.filter("is_scored")
        changed = _changed(scored, request, next_version(parts, request.model))
        new = items.filter(~pl.col("is_scored"))
        if new.height:
            version = version or add_version(
                space, parts, request.model, request.mapping, request.person
            )
            _record(space, parts, new, version)
    # Only now: a transaction that failed changed nothing.
    done.version = version
    done.refused = [*refused, changed]
    done.new_count += new.height
    done.changed_count += changed["row"].n_unique()
    done.known_count += scored.height - changed["row"].n_unique()


def _version(
    parts: StoreParts, request: ScoreImportRequest, done: _Progress
) -> ModelVersion | None:
    """The version if it is recorded; nobody else can add it or its scores from here on."""
    if done.version is None:
        parts.serialise("catalogue")
        version = find_version(parts, request.model, request.mapping)
    else:
        version = done.version
    if version is not None:
        parts.serialise(f"scores:{version.model_version_id}")
    return version


def _with_items(rows: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows with the item that each is about, and the problems of those about none."""
    by_key = known.select(*_KEYS, "item_id", tenants=pl.lit(1, dtype=pl.UInt32), where=pl.lit(""))
    by_id = known.group_by("external_id").agg(
        pl.col("item_id").first(),
        tenants=pl.len(),
        where=pl.col("tenant_id").sort().head(3).str.join(", "),
    )
    has_tenant = pl.col("tenant_id").is_not_null()
    placed = pl.concat(
        [
            rows.filter(has_tenant).join(by_key, on=_KEYS, how="left"),
            rows.filter(~has_tenant).join(by_id, on="external_id", how="left"),
        ],
        how="diagonal_relaxed",
    )
    lost, torn = pl.col("item_id").is_null(), pl.col("tenants") > 1
    problems = placed.filter(lost | torn).select(
        "row",
        field=pl.lit("external_id"),
        problem=pl.when(torn)
        .then(pl.format("an id in several tenants ({}): say which one", pl.col("where")))
        .when(has_tenant)
        .then(pl.lit("no item of this tenant has this id"))
        .otherwise(pl.lit("no item has this id: import the items first")),
        excerpt=pl.col("external_id").str.slice(0, 60),
    )
    return placed.filter(~lost & ~torn), problems.select(REJECTED_SCHEMA.keys())


def _changed(scored: pl.DataFrame, request: ScoreImportRequest, other: str) -> pl.DataFrame:
    """The problems of items that have scores of the version, where the file says others.

    What the file does not say is no difference.
    """
    ours = request.mapping.ours
    differs = {
        name: pl.col(label.value).is_not_null()
        & ~pl.col(label.value).eq_missing(pl.col(f"{label.value}_stored"))
        for label, name in ours.items()
    }
    suspects = scored.filter(
        pl.any_horizontal(*differs.values())
        | (pl.col("extra").is_not_null() & ~pl.col("extra").eq_missing(pl.col("extra_stored")))
    )
    problem = (
        f"has other scores of {request.model.display_name}, and recorded scores never change: "
        f"import these as another version, such as “{other}”"
    )
    found: list[tuple[int, str, str, str | None]] = []
    for row in suspects.iter_rows(named=True):
        told = {name: row[label.value] for label, name in ours.items()}
        kept = {name: row[f"{label.value}_stored"] for label, name in ours.items()}
        told |= orjson.loads(row["extra"] or "{}")
        kept |= orjson.loads(row["extra_stored"] or "{}")
        for name, value in told.items():
            if value is not None and value != kept.get(name):
                was = "none" if kept.get(name) is None else f"{kept[name]:.6g}"
                found.append((row["row"], name, problem, f"{value:.6g} here, {was} recorded"))
                break
    return rejected_frame(found)


def _record(space: Workspace, parts: StoreParts, new: pl.DataFrame, version: ModelVersion) -> None:
    parts.scores.add_scores(
        new.sort("item_id").select(
            "item_id",
            *(label.value for label in SCORED_LABELS),
            "extra",
            "content_hash",
            model_version_id=pl.lit(version.model_version_id, dtype=pl.Int64),
            scored_at=pl.lit(space.clock.now()),
        )
    )


def _finish(
    space: Workspace,
    request: ScoreImportRequest,
    bad: FrameSpool,
    done: _Progress,
    *,
    started: datetime,
    is_cancelled: bool,
) -> ImportRun:
    """Records the run with the rows it refused."""
    model = request.model
    mapping = request.mapping.as_pairs() | {SCORES_OF: model.display_name}
    if done.version is not None:
        mapping[VERSION_ID] = str(done.version.model_version_id)
    if is_cancelled:
        mapping[CANCELLED] = "yes"
    import_id = space.ids.next()
    with space.store.writing() as parts:
        rejected_count = 0
        for frame in bad.frames():
            parts.imports.add_rejected(import_id, frame)
            rejected_count += frame.height
        run = ImportRun.model_validate(
            {
                "import_id": import_id,
                "file_name": request.file_name,
                "file_digest": request.file_digest,
                "mapping": mapping,
                "actor": request.person.name,
                "started_at": started,
                "finished_at": space.clock.now(),
                "rejected_count": rejected_count,
                "decision_count": 0,
                "state": ImportState.DONE,
                **done.counts,
            }
        )
        parts.imports.add(run)
        parts.audit.append(
            request.person.name,
            "scores.imported",
            f"model:{model.display_name}",
            {
                "import_id": str(import_id),
                "file_digest": request.file_digest,
                "version_digest": digest_of(model, request.mapping.meaning),
                "mapping": mapping,
                "rejected_count": rejected_count,
                "is_cancelled": is_cancelled,
                **done.counts,
            },
        )
    return run
