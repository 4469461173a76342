"""Decisions that programs send for people."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import Field, model_validator

from core.domain.api_key import Scope
from core.domain.content_draft import MOST_DRAFTS
from core.domain.decision import DecisionDraft, Note, Outcome
from core.domain.label import Label
from core.domain.record import Record
from core.usecases.decide_in_bulk import BulkDecision, decide_in_bulk
from core.usecases.read_content import read_decided
from core.usecases.review_item import decide
from dashboard.api.answers import Answer, DecisionAnswer, ItemId
from dashboard.api.bodies import model_body
from dashboard.api.documented import body_of, problems
from dashboard.api.keys import Caller, api_caller
from dashboard.api.problems import ApiProblem
from dashboard.api.row_id import RowId, StorableId

router = APIRouter(prefix="/api/v1", tags=["decisions"])
Decider = Annotated[Caller, Depends(api_caller(Scope.DECIDE))]
_EXAMPLE = {
    "decision_id": "7a3a0f0e-8f51-4a52-9a34-0d9f4f3f7f10", "outcome": "reject",
    "reasons": ["spam"], "note": "sold by a bot",
}  # fmt: skip


class Conclusion(Record):
    """What is decided, and why."""

    outcome: Annotated[Outcome, Field(description="Not withdraw: that takes a decision back.")]
    reasons: Annotated[
        tuple[Label, ...], Field(max_length=len(Label), description="A rejection has one at least.")
    ] = ()
    note: Note | None = None

    @model_validator(mode="after")
    def _reasons_fit(self) -> "Conclusion":
        if self.outcome is Outcome.REJECT and not self.reasons:
            raise ValueError("a rejection must cite at least one reason")
        if self.outcome is Outcome.WITHDRAW:
            raise ValueError("a decision is taken back on the Review page, not by another one")
        return self


class Moderation(Conclusion):
    """A decision on one item."""

    decision_id: Annotated[
        UUID | None, Field(description="Made by you: sending it again is then harmless.")
    ] = None
    score_shown: Annotated[bool, Field(description="Whether who decided had seen the scores.")] = (
        True
    )


class BulkModeration(Conclusion):
    """One decision on many items."""

    ids: Annotated[tuple[StorableId, ...], Field(min_length=1, max_length=MOST_DRAFTS)]


class NotDecided(Answer):
    """An item that was left as it is, and why."""

    id: ItemId
    problem: str


class BulkAnswer(Answer):
    """What became of a decision on many items."""

    batch_id: str
    decided_count: int
    refused: tuple[NotDecided, ...]


@router.post(
    "/content/bulk-moderate",
    summary="Decide up to 1,000 items alike",
    openapi_extra=body_of(BulkModeration, {"ids": ["123"], "outcome": "approve"}),
    responses=problems(400, 401, 403, 413, 415, 422, 429, 503),
)
async def moderate_many(request: Request, caller: Decider) -> BulkAnswer:
    """Decides every item that nobody holds; the others are named with the reason."""
    sent = await model_body(request, BulkModeration)
    decision = BulkDecision(outcome=sent.outcome, reasons=sent.reasons, note=sent.note)
    workbench = caller.workbench
    ids = [int(each) for each in dict.fromkeys(sent.ids)]
    found = await caller.parts.reading.run(
        lambda: decide_in_bulk(
            workbench.space, caller.person, ids, decision,
            policy_version_id=workbench.catalogue.policy.policy_version_id,
        )
    )  # fmt: skip
    refused = (NotDecided(id=str(each), problem=why) for each, why in found.refused.items())
    return BulkAnswer(
        batch_id=str(found.batch_id), decided_count=found.decided_count, refused=tuple(refused)
    )


@router.post(
    "/content/{item_id}/moderate",
    summary="Decide one item",
    openapi_extra=body_of(Moderation, _EXAMPLE),
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
)
async def moderate_one(request: Request, caller: Decider, item_id: RowId) -> DecisionAnswer:
    """Appends a decision to the item's ledger, in the key's name; 409 while somebody reviews it."""
    sent = await model_body(request, Moderation)
    workbench = caller.workbench
    draft = DecisionDraft(
        decision_id=sent.decision_id or workbench.space.ids.uuid(), item_id=int(item_id),
        outcome=sent.outcome, reasons=sent.reasons, note=sent.note,
        score_shown=sent.score_shown, highlight_shown=False,
    )  # fmt: skip

    def work() -> DecisionAnswer:
        [receipt] = decide(
            workbench.space, caller.person, [draft],
            policy_version_id=workbench.catalogue.policy.policy_version_id,
        )  # fmt: skip
        if not receipt.accepted:
            raise ApiProblem(409, receipt.message or "Not saved.")
        entry = read_decided(workbench.space, draft.decision_id, person=caller.person)
        return DecisionAnswer.of(entry)

    return await caller.parts.reading.run(work)
