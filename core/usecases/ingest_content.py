"""Content that a program sends: kept once, then scored apart from everything else that waits."""

from collections.abc import Sequence

import orjson
import polars as pl

from core.domain.content_draft import ContentDraft
from core.domain.content_hash import content_hashes
from core.domain.item_frame import LanguageDetector
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.engine.classifier import Classifier
from core.errors import ContentConflictError, ForbiddenError
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue, in_force
from core.usecases.score_items import (
    ScoringSummary,
    record_scores,
    still_unscored,
    with_scores,
)
from core.usecases.split_traffic import splits_in_force
from core.usecases.workspace import Workspace

_KEYS = ["tenant_id", "external_id"]


class Ingested(Record):
    """What became of one piece of content."""

    position: int
    """Its place in what was sent, from 0."""
    item_id: int
    external_id: str
    is_new: bool


class Differing(Record):
    """Content whose external_id is taken by other content."""

    position: int
    external_id: str
    item_id: int
    fields: tuple[str, ...]
    """Which of `title` and `body` differ from what is kept."""


class IngestResult(Record):
    """What was kept, what was known before, and what could not be."""

    kept: tuple[Ingested, ...]
    differing: tuple[Differing, ...] = ()


def ingest_content(
    space: Workspace,
    person: Person,
    drafts: Sequence[tuple[int, ContentDraft]],
    *,
    tenant: str,
    detect: LanguageDetector,
    keeps_good: bool = False,
) -> IngestResult:
    """Keeps the drafts (each with its position) that are new, in one transaction.

    The same external_id with the same text changes nothing. With other text it is left out when
    `keeps_good`, and raises ContentConflictError otherwise: then nothing is kept.
    """
    person.require(Permission.IMPORT)
    if not person.sees(tenant):
        raise ForbiddenError("This tenant is not yours.")
    frame = _frame(space, drafts, tenant, detect)
    with space.store.writing() as parts:
        parts.serialise("items")
        first = frame.unique("external_id", keep="first", maintain_order=True)
        found = parts.items.add_new(first.drop("position"))
        known = {row["external_id"]: row for row in found.iter_rows(named=True)}
        differing = _differing(parts, frame, known)
        if differing and not keeps_good:
            raise ContentConflictError(
                "Nothing was kept: other content has the same external_id.", differing
            )
        left_out = {each.position for each in differing}
        kept = _kept(frame, known, left_out)
        new_count = sum(each.is_new for each in kept)
        if new_count:
            parts.audit.append(
                person.name, "content.added", f"tenant:{tenant}",
                {"new_count": new_count, "first_item_id": min(each.item_id for each in kept)},
            )  # fmt: skip
    return IngestResult(kept=kept, differing=differing)


def _frame(
    space: Workspace,
    drafts: Sequence[tuple[int, ContentDraft]],
    tenant: str,
    detect: LanguageDetector,
) -> pl.DataFrame:
    """The drafts as the store takes items, with the column `position`."""
    now = space.clock.now()
    rows = [
        {
            "position": position,
            "external_id": draft.external_id,
            "tenant_id": tenant,
            "author_id": draft.author_id,
            "content_type": draft.content_type.value,
            "title": draft.title,
            "body": draft.body,
            "language": draft.language,
            "tags": list(draft.tags),
            "metadata": orjson.dumps(draft.metadata).decode() if draft.metadata else None,
            "source": draft.source,
            "thread_id": draft.thread_id,
            "created_at": draft.created_at or now,
            "ingested_at": now,
            "import_id": None,
        }
        for position, draft in drafts
    ]
    frame = pl.DataFrame(rows, schema=_SCHEMA)
    lacking = frame["language"].is_null()
    guesses = detect(frame["body"]) if lacking.any() else frame["language"]
    return frame.with_columns(
        language=pl.coalesce("language", guesses),
        language_detected=lacking & guesses.is_not_null(),
        content_hash=content_hashes(frame["title"], frame["body"]),
    )


_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "position": pl.Int64,
    **dict.fromkeys(
        ("external_id", "tenant_id", "author_id", "content_type", "title", "body", "language"),
        pl.String,
    ),
    "tags": pl.List(pl.String),
    **dict.fromkeys(("metadata", "source", "thread_id"), pl.String),
    "created_at": pl.Datetime("us", "UTC"),
    "ingested_at": pl.Datetime("us", "UTC"),
    "import_id": pl.Int64,
}


def _differing(
    parts: StoreParts, frame: pl.DataFrame, known: dict[str, dict[str, object]]
) -> tuple[Differing, ...]:
    """Rows whose external_id is an item's, or an earlier row's, with other text."""
    first: dict[str, bytes] = {}
    suspects = []
    for row in frame.iter_rows(named=True):
        taken = first.setdefault(row["external_id"], row["content_hash"])
        is_same = bool(known[row["external_id"]]["is_same_content"])
        if not is_same or taken != row["content_hash"]:
            suspects.append(row)
    if not suspects:
        return ()
    ids = {
        name: int(str(known[name]["item_id"])) for name in {row["external_id"] for row in suspects}
    }
    items = {item.item_id: item for item in parts.items.get_many(list(ids.values()))}
    found = []
    for row in suspects:
        item = items[ids[row["external_id"]]]
        if item.content_hash == row["content_hash"]:
            continue
        fields = tuple(
            name for name in ("title", "body") if (row[name] or "") != (getattr(item, name) or "")
        )
        found.append(
            Differing(
                position=row["position"], external_id=row["external_id"],
                item_id=item.item_id, fields=fields,
            )
        )  # fmt: skip
    return tuple(found)


def _kept(
    frame: pl.DataFrame, known: dict[str, dict[str, object]], left_out: set[int]
) -> tuple[Ingested, ...]:
    """The rows that are there now; a repeat within the request is not new."""
    seen: set[str] = set()
    kept = []
    for position, name in frame.select("position", "external_id").iter_rows():
        if position in left_out:
            continue
        row = known[name]
        kept.append(
            Ingested(
                position=position, item_id=int(str(row["item_id"])), external_id=name,
                is_new=bool(row["is_new"]) and name not in seen,
            )
        )  # fmt: skip
        seen.add(name)
    return tuple(kept)


def score_ingested(
    space: Workspace, classifier: Classifier, catalogue: Catalogue, item_ids: Sequence[int]
) -> ScoringSummary:
    """Scores those of the items that lack scores, as `score_items` does for everything."""
    model = catalogue.model
    with space.store.reading() as parts:
        done = set(parts.scores.scored_among(item_ids, model.model_version_id))
        waiting = [item_id for item_id in dict.fromkeys(item_ids) if item_id not in done]
        if not waiting:
            return ScoringSummary()
        batch = parts.items.to_score(waiting)
        scored = with_scores(parts, classifier, batch, model)
    with space.store.writing() as parts:
        fresh = still_unscored(parts, scored, model)
        if fresh.is_empty():
            return ScoringSummary()
        force = in_force(parts, model) or catalogue
        return record_scores(
            space, parts, fresh, model=model, policy=force.policy, partly=force.partly_live,
            shadows=force.shadows, splits=splits_in_force(parts, force),
        )  # fmt: skip
