"""Content that programs send, on an open workbench: kept, and scored at once or in a job."""

from collections.abc import Sequence
from typing import Any

from core.domain.content_draft import ContentDraft
from core.domain.person import Person
from core.store.job_handle import JobHandle
from core.usecases.ingest_content import IngestResult, ingest_content, score_ingested
from data.bootstrap import Workbench
from data.imports.language import languages_at_once


def ingest(
    workbench: Workbench,
    person: Person,
    drafts: Sequence[tuple[int, ContentDraft]],
    *,
    tenant: str,
    keeps_good: bool,
) -> IngestResult:
    """Keeps content; see `ingest_content`."""
    return ingest_content(
        workbench.space, person, drafts,
        tenant=tenant, detect=languages_at_once, keeps_good=keeps_good,
    )  # fmt: skip


def score_now(workbench: Workbench, item_ids: Sequence[int]) -> None:
    """Gives items their scores and verdicts before it returns."""
    score_ingested(workbench.space, workbench.classifier, workbench.catalogue, item_ids)


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
