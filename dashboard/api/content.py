"""Content: sent, read, listed."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from core.domain.api_key import Scope
from core.domain.content_draft import MOST_DRAFTS, ContentDraft
from core.domain.item_filter import ItemFilter
from core.domain.plain_text import PlainText
from core.domain.status import Status
from core.errors import ContentConflictError
from core.store.items import Order
from core.usecases.ingest_content import (
    Differing,
    Ingested,
    IngestResult,
    SentContent,
    sent_content,
)
from core.usecases.list_items import first_cursor, list_items
from core.usecases.read_content import read_content
from dashboard.api.answers import (
    Accepted,
    AcceptedAnswer,
    ContentDetailAnswer,
    ContentPage,
    ContentResult,
    ContentRow,
    IngestAnswer,
    Refused,
    judged_of,
)
from dashboard.api.bodies import ReadDrafts, invalid, json_body
from dashboard.api.cursors import cursor_of, token_of
from dashboard.api.documented import body_of, problems
from dashboard.api.keys import Caller, api_caller
from dashboard.api.problems import ApiProblem, FieldProblem
from dashboard.api.row_id import RowId
from data.ingesting import KeptContent, ingest, score, start_scoring

router = APIRouter(prefix="/api/v1", tags=["content"])
#: Jobs that may wait to score what was sent before more is refused.
_MOST_WAITING_JOBS = 100
_EXAMPLE = {
    "external_id": "comment-1001", "body": "Buy cheap pills now", "author_id": "user-7",
    "language": "en", "tags": ["comments"],
}  # fmt: skip

Ingester = Annotated[Caller, Depends(api_caller(Scope.INGEST))]
Reader = Annotated[Caller, Depends(api_caller(Scope.READ))]


@router.post(
    "/content",
    summary="Send content: one piece or up to 1,000",
    response_model=IngestAnswer,
    openapi_extra=body_of(
        {"anyOf": [
            ContentDraft,
            {"type": "array", "items": ContentDraft, "minItems": 1, "maxItems": MOST_DRAFTS},
        ]},
        _EXAMPLE,
    ),
    responses={
        202: {"model": AcceptedAnswer, "description": "Kept; the job gives it scores."},
        **problems(400, 401, 403, 409, 413, 415, 422, 429, 503),
    },
)  # fmt: skip
async def send_content(
    request: Request,
    caller: Ingester,
    wait: Annotated[bool, Query(description="Answer when it is scored.")] = False,
    partial: Annotated[bool, Query(description="Keep what is right and name what is not.")] = False,
) -> IngestAnswer | Response:
    """Keeps content once (by `external_id`) and scores it.

    With `wait=true` the answer has scores, verdict and reasons; otherwise it is 202 and a job.
    One wrong piece refuses the whole request, unless `partial=true`.
    """
    began = time.perf_counter()
    drafts = ReadDrafts(await json_body(request))
    if drafts.bad and not partial:
        raise invalid([field for _, field in drafts.bad])
    if not wait:
        answer = await caller.parts.reading.run(lambda: _accept(caller, drafts, partial=partial))
        return Response(answer.model_dump_json(), 202, media_type="application/json")
    refused = _refused_at_once(drafts)
    results: tuple[ContentResult, ...] = ()
    if drafts.good:
        with _conflicts_as_problems(drafts):
            kept = await _keep_with_scores(caller, drafts, partial=partial)
        refused += _left_out(drafts, kept.result)
        results = tuple(
            ContentResult(**_identity(each), **judged_of(kept.rows[each.item_id]))
            for each in kept.result.kept
        )
    return IngestAnswer(
        results=results, refused=_in_order(refused),
        processing_time_ms=round((time.perf_counter() - began) * 1000, 2),
    )  # fmt: skip


async def _keep_with_scores(caller: Caller, drafts: ReadDrafts, *, partial: bool) -> KeptContent:
    """Scores on one of the scoring threads; many requests are written in one transaction."""
    with caller.parts.ingesting.coming() as coming:
        scored = await caller.parts.scoring.run(
            lambda: score(caller.workbench, _sent(caller, drafts, partial=partial))
        )
        answer = coming.add(scored)
    return await asyncio.wrap_future(answer)


def _sent(caller: Caller, drafts: ReadDrafts, *, partial: bool) -> SentContent:
    return sent_content(caller.person, drafts.good, tenant=caller.tenant, keeps_good=partial)


def _accept(caller: Caller, drafts: ReadDrafts, *, partial: bool) -> AcceptedAnswer:
    with caller.workbench.space.store.reading() as parts:
        waiting = sum(job.kind == "ingesting" for job in parts.jobs.running())
    if waiting >= _MOST_WAITING_JOBS:
        raise ApiProblem(
            429, f"{waiting} requests wait for their scores. Try again later.", retry_after=5
        )
    refused, found = _refused_at_once(drafts), IngestResult(kept=())
    if drafts.good:
        with _conflicts_as_problems(drafts):
            found = ingest(caller.workbench, _sent(caller, drafts, partial=partial))
        refused += _left_out(drafts, found)
    ids = [each.item_id for each in found.kept]
    return AcceptedAnswer(
        job_id=str(start_scoring(caller.workbench, caller.person, ids)),
        accepted=tuple(Accepted(**_identity(each)) for each in found.kept),
        refused=_in_order(refused),
    )


def _refused_at_once(drafts: ReadDrafts) -> list[Refused]:
    """What cannot be content at all."""
    return [
        Refused(position=position, field=field.field, problem=field.problem)
        for position, field in drafts.bad
    ]


def _left_out(drafts: ReadDrafts, found: IngestResult) -> list[Refused]:
    """What differs from what is there."""
    return [
        Refused(position=each.position, field=field.field, problem=field.problem)
        for each in found.differing
        for field in _conflicts(drafts, each)
    ]


def _in_order(refused: list[Refused]) -> tuple[Refused, ...]:
    return tuple(sorted(refused, key=lambda each: each.position))


@contextmanager
def _conflicts_as_problems(drafts: ReadDrafts) -> Iterator[None]:
    """What refuses the whole request names every piece and field that differs."""
    try:
        yield
    except ContentConflictError as error:
        fields = [
            field
            for each in error.differing
            if isinstance(each, Differing)
            for field in _conflicts(drafts, each)
        ]
        raise ApiProblem(409, str(error), fields) from error


def _conflicts(drafts: ReadDrafts, each: Differing) -> list[FieldProblem]:
    return [
        FieldProblem(
            field=drafts.field(each.position, name),
            problem=f"differs from what is kept as {each.external_id} (item {each.item_id})",
        )
        for name in each.fields
    ]


def _identity(each: Ingested) -> dict[str, Any]:
    return {
        "position": each.position, "id": str(each.item_id), "external_id": each.external_id,
        "is_new": each.is_new,
    }  # fmt: skip


@router.get(
    "/content/{item_id}",
    summary="One item with its decisions",
    responses=problems(401, 403, 404, 422, 429, 503),
)
async def one_item(caller: Reader, item_id: RowId) -> ContentDetailAnswer:
    """The item, its scores and verdict, and every decision on it, oldest first."""
    workbench = caller.workbench
    found = await caller.parts.reading.run(
        lambda: read_content(
            workbench.space, workbench.catalogue, int(item_id), person=caller.person
        )
    )
    return ContentDetailAnswer.of(found.item, found.row, found.decisions)


@router.get(
    "/content",
    summary="Items, newest first",
    responses=problems(401, 403, 422, 429, 503),
)
async def many_items(
    caller: Reader,
    status: Annotated[Status | None, Query(description="Only items that stand there.")] = None,
    language: Annotated[
        str | None, Query(pattern=r"^[a-z]{2}$", description="Only items in this language.")
    ] = None,
    author_id: Annotated[
        PlainText | None, Query(min_length=1, max_length=200, description="Only this author's.")
    ] = None,
    cursor: Annotated[
        str | None, Query(max_length=500, description="A page's next_cursor: what follows it.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Items on a page.")] = 50,
) -> ContentPage:
    """A page by keyset: as quick when deep; what arrives after the first page is not in it."""
    wanted = ItemFilter(status=status, language=language, author=author_id)
    workbench = caller.workbench
    start = cursor_of(cursor) if cursor is not None else None
    page = await caller.parts.reading.run(
        lambda: list_items(
            workbench.space, workbench.catalogue, wanted, person=caller.person,
            order=Order.NEWEST, cursor=start or first_cursor(workbench.space), limit=limit,
        )
    )  # fmt: skip
    rows = tuple(ContentRow.of(row) for row in page.rows.iter_rows(named=True))
    following = token_of(page.following) if page.following is not None else None
    return ContentPage(items=rows, next_cursor=following)
