"""Content that a program sends and waits for: scored first, then kept with its scores.

Scoring holds no lock, and several requests are written in one: what a transaction costs by
itself is many times what a row in it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from core.domain.content_hash import content_hashes
from core.domain.item_frame import LanguageDetector
from core.domain.label import SCORED_LABELS
from core.engine.classifier import Classifier
from core.errors import ContentConflictError
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue
from core.usecases.ingest_content import (
    IngestResult,
    SentContent,
    keep_sent,
    record_ingested,
    sent_rows,
)
from core.usecases.score_items import score_columns_of, still_unscored, with_scores
from core.usecases.workspace import Workspace

_LABELS = [label.value for label in SCORED_LABELS]
#: Fewer texts are scored sooner than their scores are looked for.
_LOOKED_FOR_FROM = 8


@dataclass(frozen=True)
class ScoredContent:
    """What one request brings, with the scores of its texts."""

    sent: SentContent
    scores: pl.DataFrame
    """A row per draft, in their order, and a column per label (null: not scored)."""


def score_sent(
    space: Workspace, classifier: Classifier, catalogue: Catalogue, sent: SentContent
) -> ScoredContent:
    """The content with the scores of its texts; nothing is kept yet."""
    texts = pl.DataFrame(
        [(draft.title, draft.body) for _, draft in sent.drafts],
        schema={"title": pl.String, "body": pl.String}, orient="row",
    )  # fmt: skip
    if texts.height < _LOOKED_FOR_FROM:
        return ScoredContent(sent, score_columns_of(classifier, texts))
    hashed = texts.with_columns(content_hash=content_hashes(texts["title"], texts["body"]))
    with space.store.reading() as parts:
        return ScoredContent(
            sent, with_scores(parts, classifier, hashed, catalogue.model).select(_LABELS)
        )


class _RefusedError(Exception):
    """Some requests may keep nothing, so that the transaction starts anew without them."""

    def __init__(self, refusals: dict[int, ContentConflictError]) -> None:
        super().__init__()
        self.refusals = refusals


def keep_scored(
    space: Workspace,
    catalogue: Catalogue,
    requests: Sequence[ScoredContent],
    detect: LanguageDetector,
) -> list[IngestResult | ContentConflictError]:
    """Keeps the requests' content with scores, verdicts, decisions and tasks, in one transaction.

    A request that conflicts with what is there has its error for an answer and keeps nothing; the
    others are not touched by it.
    """
    answers: dict[int, IngestResult | ContentConflictError] = {}
    while left := [place for place in range(len(requests)) if place not in answers]:
        tried = [requests[place] for place in left]
        rows = sent_rows(space, [each.sent for each in tried], detect)
        try:
            with space.store.writing() as parts:
                results = _keep(space, parts, catalogue, tried, rows)
            answers |= dict(zip(left, results, strict=True))
        except _RefusedError as error:
            answers |= {left[place]: refusal for place, refusal in error.refusals.items()}
    return [answers[place] for place in range(len(requests))]


def _keep(
    space: Workspace,
    parts: StoreParts,
    catalogue: Catalogue,
    requests: Sequence[ScoredContent],
    rows: pl.DataFrame,
) -> list[IngestResult]:
    results = keep_sent(parts, [each.sent for each in requests], rows)
    refusals = _refusals([each.sent for each in requests], results)
    if refusals:
        raise _RefusedError(refusals)
    scored = pl.concat([rows, pl.concat(each.scores for each in requests)], how="horizontal")
    fresh = _unscored(parts, catalogue, results, scored)
    if not fresh.is_empty():
        record_ingested(space, parts, catalogue, fresh)
    return results


def _refusals(
    sent: Sequence[SentContent], results: Sequence[IngestResult]
) -> dict[int, ContentConflictError]:
    """The requests, by place, that certainly may keep nothing.

    One that only conflicts with what another brings now may still be kept, if that other is not:
    only the first of those is certain, and of them none while others are refused.
    """
    new = {each.item_id for result in results for each in result.kept if each.is_new}
    found = {
        place: refusal
        for place, (each, result) in enumerate(zip(sent, results, strict=True))
        if (refusal := each.refusal(result)) is not None
    }
    certain = {
        place: refusal
        for place, refusal in found.items()
        if any(each.item_id not in new for each in results[place].differing)
    }
    return certain or dict(list(found.items())[:1])


def _unscored(
    parts: StoreParts, catalogue: Catalogue, results: Sequence[IngestResult], scored: pl.DataFrame
) -> pl.DataFrame:
    """The items to record scores of, with what recording needs: the new ones, and those that were
    kept before and wait for scores.
    """
    ids = pl.DataFrame(
        [
            (request, each.position, each.item_id)
            for request, result in enumerate(results)
            for each in result.kept
            if each.is_new
        ],
        schema={"request": pl.Int64, "position": pl.Int64, "item_id": pl.Int64}, orient="row",
    )  # fmt: skip
    # Nobody can have decided on an item that did not exist.
    new = scored.join(ids, on=["request", "position"], how="inner").with_columns(
        has_decision=pl.lit(value=False)
    )
    known = {each.item_id for result in results for each in result.kept if not each.is_new}
    known -= set(ids["item_id"])
    if not known:
        return new.sort("item_id")
    scores = scored.select("content_hash", *_LABELS).unique("content_hash", keep="any")
    batch = parts.items.to_score(sorted(known)).join(scores, on="content_hash", how="left")
    waiting = still_unscored(parts, batch, catalogue.model)
    return pl.concat([new.select(waiting.columns), waiting]).sort("item_id")
