"""Content that programs send, on an open workbench: kept, and scored at once or in a job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from core.domain.person import Person
from core.errors import ContentConflictError
from core.store.job_handle import JobHandle
from core.usecases.ingest_content import (
    IngestResult,
    SentContent,
    ingest_content,
    score_ingested,
)
from core.usecases.ingest_scored import ScoredContent, keep_scored, score_sent
from core.usecases.list_items import describe_items
from data.bootstrap import Workbench
from data.imports.language import languages_at_once


def warm_up() -> None:
    """Loads what the first content without a language would wait for, half a second."""
    languages_at_once(pl.Series(["So that nobody has to wait for the detector."]))


def ingest(workbench: Workbench, sent: SentContent) -> IngestResult:
    """Keeps content; see `ingest_content`."""
    return ingest_content(workbench.space, sent, languages_at_once)


@dataclass(frozen=True)
class KeptContent:
    """What became of a request's content, and its items as they are listed."""

    result: IngestResult
    rows: dict[int, dict[str, Any]]
    """By item id."""


def score(workbench: Workbench, sent: SentContent) -> ScoredContent:
    """The content with the scores of its texts."""
    return score_sent(workbench.space, workbench.classifier, workbench.catalogue, sent)


def keep(
    workbench: Workbench, requests: Sequence[ScoredContent]
) -> list[KeptContent | ContentConflictError]:
    """Keeps several requests' content at once; see `keep_scored`."""
    catalogue = workbench.catalogue
    answers = keep_scored(workbench.space, catalogue, requests, languages_at_once)
    ids = {
        each.item_id
        for answer in answers
        if isinstance(answer, IngestResult)
        for each in answer.kept
    }
    described = describe_items(workbench.space, catalogue, sorted(ids), person=workbench.operator)
    rows = {row["item_id"]: row for row in described.iter_rows(named=True)}
    return [
        KeptContent(answer, {each.item_id: rows[each.item_id] for each in answer.kept})
        if isinstance(answer, IngestResult)
        else answer
        for answer in answers
    ]


def start_scoring(workbench: Workbench, person: Person, item_ids: Sequence[int]) -> int:
    """Scores items in the background; the job's id. What a crash leaves is scored at the start."""

    def work(job: JobHandle) -> dict[str, Any]:
        job.progress("scoring", 0, len(item_ids))
        summary = score_ingested(
            workbench.space, workbench.classifier, workbench.catalogue, item_ids
        )
        job.progress("scored", len(item_ids), len(item_ids))
        return summary.model_dump()

    title = f"Scoring {len(item_ids):,} items that {person.name} sent"
    return workbench.jobs.submit("ingesting", title, person.name, work)
