"""Content that a program sends: kept once, then scored apart from everything else that waits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
#: By tenant_id and external_id: what `add_new` says of the item.
_Known = Mapping[tuple[str, str], Mapping[str, Any]]


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


@dataclass(frozen=True)
class SentContent:
    """What one request brings."""

    person: Person
    tenant: str
    drafts: Sequence[tuple[int, ContentDraft]]
    """Each with its position."""
    keeps_good: bool
    """Whether content whose external_id is taken by other content is left out, or refuses all."""

    def refusal(self, result: IngestResult) -> ContentConflictError | None:
        """Why nothing of it may be kept, after this result."""
        if self.keeps_good or not result.differing:
            return None
        return ContentConflictError(
            "Nothing was kept: other content has the same external_id.", result.differing
        )


def sent_content(
    person: Person,
    drafts: Sequence[tuple[int, ContentDraft]],
    *,
    tenant: str,
    keeps_good: bool = False,
) -> SentContent:
    """The drafts as what the person sends to a tenant; raises ForbiddenError unless they may."""
    person.require(Permission.IMPORT)
    if not person.sees(tenant):
        raise ForbiddenError("This tenant is not yours.")
    return SentContent(person, tenant, drafts, keeps_good)


def ingest_content(space: Workspace, sent: SentContent, detect: LanguageDetector) -> IngestResult:
    """Keeps what is new of it, in one transaction.

    The same external_id with the same text changes nothing. With other text it is left out when
    `keeps_good`, and raises ContentConflictError otherwise: then nothing is kept.
    """
    rows = sent_rows(space, [sent], detect)
    with space.store.writing() as parts:
        [result] = keep_sent(parts, [sent], rows)
        refusal = sent.refusal(result)
        if refusal is not None:
            raise refusal
    return result


def keep_sent(
    parts: StoreParts, sent: Sequence[SentContent], rows: pl.DataFrame
) -> list[IngestResult]:
    """Keeps what is new of several requests, in their order; whoever asks rolls refusals back.

    `rows` are their `sent_rows`.
    """
    parts.serialise("items")
    first = rows.unique(_KEYS, keep="first", maintain_order=True)
    found = parts.items.add_new(first.drop("request", "position"))
    known = {(row["tenant_id"], row["external_id"]): row for row in found.iter_rows(named=True)}
    differing = _differing(parts, rows, known)
    kept = _kept(rows, known, differing)
    results = [
        IngestResult(kept=tuple(kept[place]), differing=tuple(differing[place].values()))
        for place in range(len(sent))
    ]
    for each, result in zip(sent, results, strict=True):
        _audit(parts, each, result)
    return results


def _audit(parts: StoreParts, sent: SentContent, result: IngestResult) -> None:
    new = [each.item_id for each in result.kept if each.is_new]
    if new:
        parts.audit.append(
            sent.person.name, "content.added", f"tenant:{sent.tenant}",
            {"new_count": len(new), "first_item_id": min(new)},
        )  # fmt: skip


def sent_rows(
    space: Workspace, sent: Sequence[SentContent], detect: LanguageDetector
) -> pl.DataFrame:
    """The requests' drafts in their order as the store takes items, with the columns `request`
    (its place in `sent`) and `position`.
    """
    now = space.clock.now()
    rows = [
        {
            "request": request,
            "position": position,
            "external_id": draft.external_id,
            "tenant_id": each.tenant,
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
        for request, each in enumerate(sent)
        for position, draft in each.drafts
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
    "request": pl.Int64,
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
    parts: StoreParts, rows: pl.DataFrame, known: _Known
) -> defaultdict[int, dict[int, Differing]]:
    """By request and position: rows whose external_id is an item's, or an earlier row's, with
    other text.
    """
    first: dict[tuple[str, str], bytes] = {}
    suspects = []
    for row in rows.iter_rows(named=True):
        key = (row["tenant_id"], row["external_id"])
        taken = first.setdefault(key, row["content_hash"])
        if not known[key]["is_same_content"] or taken != row["content_hash"]:
            suspects.append((row, int(known[key]["item_id"])))
    found: defaultdict[int, dict[int, Differing]] = defaultdict(dict)
    if not suspects:
        return found
    ids = list(dict.fromkeys(item_id for _, item_id in suspects))
    items = {item.item_id: item for item in parts.items.get_many(ids)}
    for row, item_id in suspects:
        item = items[item_id]
        if item.content_hash == row["content_hash"]:
            continue
        fields = tuple(
            name for name in ("title", "body") if (row[name] or "") != (getattr(item, name) or "")
        )
        found[row["request"]][row["position"]] = Differing(
            position=row["position"], external_id=row["external_id"],
            item_id=item_id, fields=fields,
        )  # fmt: skip
    return found


def _kept(
    rows: pl.DataFrame, known: _Known, left_out: Mapping[int, Mapping[int, Differing]]
) -> defaultdict[int, list[Ingested]]:
    """By request: the rows that are there now; a repeat of an earlier row is not new."""
    seen: set[tuple[str, str]] = set()
    kept: defaultdict[int, list[Ingested]] = defaultdict(list)
    for request, position, *key in rows.select("request", "position", *_KEYS).iter_rows():
        if position in left_out.get(request, ()):
            continue
        tenant, external_id = key
        row = known[tenant, external_id]
        kept[request].append(
            Ingested(
                position=position, item_id=row["item_id"], external_id=external_id,
                is_new=row["is_new"] and (tenant, external_id) not in seen,
            )
        )  # fmt: skip
        seen.add((tenant, external_id))
    return kept


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
        return record_ingested(space, parts, catalogue, fresh)


def record_ingested(
    space: Workspace, parts: StoreParts, catalogue: Catalogue, scored: pl.DataFrame
) -> ScoringSummary:
    """Records the scores by the policies that are in force now: somebody may have published since
    the texts were scored.
    """
    model = catalogue.model
    force = in_force(parts, model) or catalogue
    return record_scores(
        space, parts, scored, model=model, policy=force.policy, partly=force.partly_live,
        shadows=force.shadows, splits=splits_in_force(parts, force),
    )  # fmt: skip
