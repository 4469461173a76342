"""Importing a file: read and check all of it, then write the good rows in one transaction."""

from datetime import datetime

import numpy as np
import polars as pl

from core.domain.column_mapping import ColumnMapping
from core.domain.decision import Outcome, Source
from core.domain.import_run import ImportRun, ImportState
from core.domain.item_frame import (
    DECISION_COLUMNS,
    ITEM_COLUMNS,
    ImportDefaults,
    LanguageDetector,
    validate,
)
from core.domain.past_decision import PAST_SCHEMA
from core.domain.person import Person
from core.domain.record import Record
from core.domain.rejected_row import REJECTED_SCHEMA
from core.domain.role import Permission
from core.errors import ForbiddenError, ImportUndoError, NotFoundError
from core.store.import_parts import FrameSpool
from core.store.job_handle import JobHandle
from core.store.reader import FileReader
from core.store.store import StoreParts
from core.usecases.list_imports import is_shown
from core.usecases.past_decisions import append_past, batch_of
from core.usecases.workspace import Workspace

_KEYS = ["tenant_id", "external_id"]


class ImportRequest(Record):
    """What is imported, how, and by whom."""

    file_name: str
    file_digest: str
    mapping: ColumnMapping
    tenant_id: str
    person: Person


def import_items(
    space: Workspace,
    reader: FileReader,
    request: ImportRequest,
    *,
    good: FrameSpool,
    bad: FrameSpool,
    detect: LanguageDetector,
    job: JobHandle,
) -> ImportRun:
    """Imports the file; cancelling or a damaged file leaves the store as it was."""
    request.person.require(Permission.IMPORT)
    started = space.clock.now()
    defaults = ImportDefaults(tenant_id=request.tenant_id, created_at=started)
    row_count = _read(reader, request.mapping, defaults, good=good, bad=bad, detect=detect, job=job)
    import_id = space.ids.next()
    with space.store.writing() as parts:
        parts.serialise("items")
        counts = _write(space, parts, good, request, import_id, bad=bad, job=job)
        rejected_count = 0
        for frame in bad.frames():
            parts.imports.add_rejected(import_id, frame)
            rejected_count += frame.height
        run = ImportRun(
            import_id=import_id,
            file_name=request.file_name,
            file_digest=request.file_digest,
            mapping=dict(pair.split("=", 1) for pair in request.mapping.as_pairs()),
            actor=request.person.name,
            started_at=started,
            finished_at=space.clock.now(),
            row_count=row_count,
            rejected_count=rejected_count,
            state=ImportState.DONE,
            **counts,
        )
        parts.imports.add(run)
        parts.audit.append(
            request.person.name,
            "import.finished",
            f"import:{import_id}",
            {"file_digest": request.file_digest, **counts, "rejected_count": rejected_count},
        )
    if run.new_count > 10_000:
        space.store.after_bulk_load()
    return run


def _read(
    reader: FileReader,
    mapping: ColumnMapping,
    defaults: ImportDefaults,
    *,
    good: FrameSpool,
    bad: FrameSpool,
    detect: LanguageDetector,
    job: JobHandle,
) -> int:
    """Checks every row into the spools; the number of rows."""
    identities = _Identities()
    row_count = bytes_read = 0
    for chunk in reader.chunks():
        checked = validate(chunk.frame, chunk.row_numbers, mapping, defaults, detect)
        items, clashes = identities.settle(checked.items)
        good.append(_with_decisions(items, chunk.decisions))
        for rejected in (chunk.rejected, checked.rejected, clashes):
            bad.append(rejected)
        # A row with a bad decision may be kept as an item.
        refused = chunk.rejected["row"].unique()
        row_count += chunk.frame.height
        row_count += refused.filter(~refused.is_in(chunk.row_numbers.implode())).len()
        bytes_read += chunk.bytes_read
        job.progress("reading", min(bytes_read, reader.shape.size_bytes), reader.shape.size_bytes)
    return row_count


def _with_decisions(items: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """The items, each with the past decisions of its row as a list."""
    if decisions.is_empty():
        return items
    facts = [name for name in PAST_SCHEMA if name not in ("row", *_KEYS)]
    of_row = decisions.group_by("row", maintain_order=True).agg(past=pl.struct(facts))
    return items.join(of_row, on="row", how="left", maintain_order="left")


class _Identities:
    """Gives rows without an id a repeatable one, and names rows that claim a taken id."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def settle(self, items: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """(the rows that stay, the problems of those that do not); equal repeats just go."""
        if items.is_empty():
            return items, pl.DataFrame(schema=REJECTED_SCHEMA)
        named = self._with_ids(items)
        keys = named.select(
            key=pl.struct(*_KEYS).hash(seed=1), content=pl.struct("content_hash").hash(seed=2)
        )
        fresh = np.ones(named.height, dtype=bool)
        differs = np.zeros(named.height, dtype=bool)
        seen = self._seen
        pairs = zip(keys["key"].to_list(), keys["content"].to_list(), strict=True)
        for place, (key, content) in enumerate(pairs):
            known = seen.setdefault(key, content)
            if known is not content:
                fresh[place] = False
                differs[place] = known != content
        problems = named.filter(pl.Series(differs)).select(
            "row",
            field=pl.lit("external_id"),
            problem=pl.lit("an earlier row has this id with other text"),
            excerpt=pl.col("external_id").str.slice(0, 60),
        )
        return named.filter(pl.Series(fresh)), problems.select(REJECTED_SCHEMA.keys())

    def _with_ids(self, items: pl.DataFrame) -> pl.DataFrame:
        """Rows without an id get one from their content, so that repeating finds them again.

        Equal rows (same tenant, author, time and text) are numbered, so that none is lost.
        """
        lacking = items["external_id"].is_null()
        if not lacking.any():
            return items
        prints = (
            items.filter(lacking)
            .select(
                print=pl.concat_str(
                    pl.col("content_hash").bin.encode("hex").str.slice(0, 24),
                    pl.struct("tenant_id", "author_id", "created_at").hash(seed=3).cast(pl.String),
                    separator="-",
                )
            )["print"]
            .to_list()
        )
        made = []
        for text in prints:
            key = hash(text)
            number = self._seen.get(key, 0) + 1
            self._seen[key] = number
            made.append(f"auto:{text}:{number}"[:200])
        places = np.flatnonzero(lacking.to_numpy()).tolist()
        return items.with_columns(external_id=items["external_id"].scatter(places, made))


def _write(
    space: Workspace,
    parts: StoreParts,
    good: FrameSpool,
    request: ImportRequest,
    import_id: int,
    *,
    bad: FrameSpool,
    job: JobHandle,
) -> dict[str, int]:
    """Writes all good rows; the counts of the run."""
    counts = dict.fromkeys(("new_count", "known_count", "changed_count", "decision_count"), 0)
    now = space.clock.now()
    written = 0
    for frame in good.frames():
        _refuse_foreign(frame, request.person)
        items = frame.select(ITEM_COLUMNS).with_columns(
            import_id=pl.lit(import_id, dtype=pl.Int64), ingested_at=pl.lit(now)
        )
        result = parts.items.add_new(items)
        new = result.filter("is_new")
        counts["new_count"] += new.height
        counts["known_count"] += result.filter(~pl.col("is_new") & pl.col("is_same_content")).height
        counts["changed_count"] += result.filter(~pl.col("is_same_content")).height
        counts["decision_count"] += _old_decisions(space, parts, frame, new, request, now)
        if "past" in frame.columns:
            added = append_past(
                space, parts, _past_of(frame, result),
                import_id=import_id, file_name=request.file_name, now=now,
            )  # fmt: skip
            counts["decision_count"] += added.added_count
            bad.append(added.left_out)
        written += frame.height
        job.progress("writing", written, None)
    return counts


def _past_of(frame: pl.DataFrame, result: pl.DataFrame) -> pl.DataFrame:
    """The past decisions on items that are there with the text of the file."""
    there = result.filter("is_same_content").select(*_KEYS, "item_id")
    return (
        frame.filter(pl.col("past").is_not_null())
        .select("row", *_KEYS, "past")
        .join(there, on=_KEYS, how="inner", maintain_order="left")
        .explode("past")
        .unnest("past")
    )


def _refuse_foreign(frame: pl.DataFrame, person: Person) -> None:
    foreign = [tenant for tenant in frame["tenant_id"].unique() if not person.sees(tenant)]
    if foreign:
        raise ForbiddenError(
            f"The file has items of {', '.join(sorted(foreign)[:3])}, which you do not see. "
            "Nothing was imported."
        )


def _old_decisions(
    space: Workspace,
    parts: StoreParts,
    frame: pl.DataFrame,
    new: pl.DataFrame,
    request: ImportRequest,
    now: datetime,
) -> int:
    """Appends the old decisions on new items to the ledger; how many."""
    decided = (
        frame.filter(pl.col("outcome").is_not_null())
        .select(*_KEYS, "created_at", *DECISION_COLUMNS)
        .join(new.select(*_KEYS, "item_id"), on=_KEYS, how="inner", maintain_order="left")
    )
    if decided.is_empty():
        return 0
    when = pl.coalesce("decided_at", "created_at")
    parts.decisions.append_frame(
        decided.select(
            "item_id",
            "tenant_id",
            "outcome",
            "note",
            decision_seq=pl.Series(space.ids.block(decided.height)),
            decision_id=pl.Series(space.ids.uuid_block(decided.height), dtype=pl.String),
            standing_outcome=pl.col("outcome"),
            reasons=pl.when(pl.col("outcome") == Outcome.REJECT.value)
            .then(pl.col("reasons"))
            .otherwise(pl.lit([], dtype=pl.List(pl.String))),
            source=pl.lit(Source.IMPORT.value),
            actor=pl.col("decided_by").fill_null(f"import:{request.file_name}"[:200]),
            decided_at=pl.min_horizontal(when, pl.lit(now)),
            effective_at=pl.min_horizontal(when, pl.lit(now)),
        )
    )
    return decided.height


def undo_import(space: Workspace, import_id: int, *, person: Person) -> int:
    """Removes everything an import brought, while nobody decided on it here; the item count.

    Items that were there before it stay, without the past decisions it added to them.
    """
    person.require(Permission.IMPORT)
    with space.store.writing() as parts:
        run = parts.imports.get(import_id)
        if run is None or run.state is ImportState.UNDONE or not is_shown(parts, person, run):
            raise NotFoundError(f"There is no import {import_id} that could be taken back.")
        if run.scores_of is not None:
            raise ImportUndoError(
                f"Not taken back: import {import_id} brought scores of {run.scores_of}, and "
                "recorded scores are never removed. Nothing reads them unless a policy or somebody "
                "who compares chooses that version."
            )
        batch = batch_of(import_id)
        decided = parts.items.people_decided_on_import(import_id)
        decided = decided or parts.past_decisions.decided_since(batch)
        if decided:
            raise ImportUndoError(
                f"Not taken back: people made {decided:,} decisions on items of this import. "
                "Undo or overturn those first, or keep the import."
            )
        removed = parts.items.remove_import(import_id)
        # What is left of the batch stands on items that were there before.
        decisions = parts.past_decisions.remove(batch)
        parts.imports.set_state(import_id, ImportState.UNDONE)
        parts.audit.append(
            person.name,
            "import.undone",
            f"import:{import_id}",
            {"items": removed, "decisions": decisions},
        )
    return removed
