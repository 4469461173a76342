"""Deciding, skipping and undoing: one transaction, idempotent on the ids the screen made."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.domain.decision import Decision, DecisionDraft, Outcome, Source
from core.domain.person import Person
from core.domain.record import Record
from core.domain.review_task import Claim
from core.domain.role import Permission
from core.errors import NotFoundError
from core.store.store import StoreParts
from core.store.tasks import Hold, SkipRequest
from core.usecases.open_tasks import open_escalation, reopen
from core.usecases.workspace import Workspace


class Receipt(Record):
    """The answer to something a screen sent."""

    request_id: UUID
    accepted: bool
    message: str | None = None
    reopened: Claim | None = None


class UndoRequest(Record):
    """Takes a decision back; `undo_id` makes a resent request harmless."""

    undo_id: UUID
    decision_id: UUID


def decide(
    space: Workspace,
    reviewer: Person,
    drafts: Sequence[DecisionDraft],
    *,
    policy_version_id: int | None,
    batch_id: UUID | None = None,
) -> list[Receipt]:
    """Records the decisions; a stale one is refused with a sentence and the others stand."""
    reviewer.require(Permission.REVIEW)
    receipts: list[Receipt] = []
    entries: list[Decision] = []
    with space.store.writing() as parts:
        parts.serialise(*(f"item:{draft.item_id}" for draft in drafts))
        for draft in drafts:
            entry = _entry(space, reviewer, draft, policy_version_id, batch_id)
            receipt = _take(space, parts, reviewer, draft, entry)
            receipts.append(receipt or Receipt(request_id=draft.decision_id, accepted=True))
            if receipt is None:
                entries.append(entry)
        parts.audit.append_many(reviewer.name, [_event(entry) for entry in entries])
    return receipts


def _take(
    space: Workspace, parts: StoreParts, reviewer: Person, draft: DecisionDraft, entry: Decision
) -> Receipt | None:
    """Writes one decision, or says why not; None means written.

    A task that is open under the draft's fence was not decided by this draft before, so only
    the others are looked up among what was written.
    """
    tenant = _tenant_of_open_task(parts, reviewer, draft)
    if tenant is None:
        since = entry.decided_at - space.rules.repeat_window
        if parts.decisions.find(draft.decision_id, since) is not None:
            return Receipt(request_id=draft.decision_id, accepted=True, message="Already saved.")
        tenant = _tenant_of_item(parts, draft)
    if tenant is None:
        return _stale(parts, reviewer, draft)
    if not reviewer.sees(tenant):
        # As if it did not exist: not even that it does is for other tenants' people.
        raise NotFoundError("There is no such item among the tenants that you see.")
    parts.decisions.append([entry.model_copy(update={"tenant_id": tenant})])
    if draft.outcome is Outcome.ESCALATE:
        open_escalation(space, parts, entry)
    return None


def _tenant_of_open_task(parts: StoreParts, reviewer: Person, draft: DecisionDraft) -> str | None:
    """Closes the draft's task by its fence; None when it is not open or the draft has none."""
    if draft.task_id is None or draft.fence is None:
        return None
    hold = Hold(
        task_id=draft.task_id, item_id=draft.item_id, fence=draft.fence, owner=reviewer.name
    )
    return parts.tasks.close(hold)


def _tenant_of_item(parts: StoreParts, draft: DecisionDraft) -> str | None:
    """The tenant for a decision outside any queue; None for a stale draft or a lost item."""
    if draft.task_id is not None:
        return None
    item = parts.items.get(draft.item_id)
    return item.tenant_id if item else None


def _stale(parts: StoreParts, reviewer: Person, draft: DecisionDraft) -> Receipt:
    standing = parts.decisions.standing(draft.item_id)
    is_peoples = standing is not None and standing.source is not Source.POLICY
    if standing is not None and is_peoples and reviewer.sees(standing.tenant_id):
        message = (
            f"Not saved: {standing.actor} decided {standing.outcome.value} on this item at "
            f"{standing.decided_at:%H:%M} UTC."
        )
    else:
        message = (
            "Not saved: your claim on this item had run out and it went to somebody else. "
            "It will come back if it is still waiting."
        )
    return Receipt(request_id=draft.decision_id, accepted=False, message=message)


def _entry(
    space: Workspace,
    reviewer: Person,
    draft: DecisionDraft,
    policy_version_id: int | None,
    batch_id: UUID | None,
) -> Decision:
    now = space.clock.now()
    return Decision(
        decision_seq=space.ids.next(),
        decision_id=draft.decision_id,
        item_id=draft.item_id,
        tenant_id="",
        task_id=draft.task_id,
        outcome=draft.outcome,
        standing_outcome=draft.outcome,
        reasons=draft.reasons if draft.outcome is Outcome.REJECT else (),
        note=draft.note,
        source=Source.HUMAN,
        actor=reviewer.name,
        policy_version_id=policy_version_id,
        fence=draft.fence,
        batch_id=batch_id,
        decided_at=now,
        effective_at=now + space.rules.undo_window,
        handling_seconds=draft.handling_seconds,
        score_shown=draft.score_shown,
        highlight_shown=draft.highlight_shown,
        reverses_id=None,
    )


def _event(entry: Decision) -> tuple[str, str, dict[str, object]]:
    return (
        f"decision.{entry.outcome.value}",
        f"item:{entry.item_id}",
        {
            "decision_id": str(entry.decision_id),
            "reasons": [reason.value for reason in entry.reasons],
            "reverses_id": str(entry.reverses_id) if entry.reverses_id else None,
        },
    )


def skip(space: Workspace, reviewer: Person, requests: Sequence[SkipRequest]) -> list[Receipt]:
    """Gives tasks back with a reason; the same reviewer is not offered them for a while."""
    reviewer.require(Permission.REVIEW)
    receipts = []
    with space.store.writing() as parts:
        for request in requests:
            done = parts.tasks.was_skipped(request.skip_id) or parts.tasks.skip(
                request, reviewer.name, space.clock.now()
            )
            message = None if done else "Nothing to skip: the task is no longer yours."
            receipts.append(Receipt(request_id=request.skip_id, accepted=done, message=message))
    return receipts


def undo(space: Workspace, reviewer: Person, request: UndoRequest) -> Receipt:
    """Takes a decision back within the undo window by a linked counter-decision."""
    reviewer.require(Permission.REVIEW)
    now = space.clock.now()
    with space.store.writing() as parts:
        since = now - space.rules.repeat_window
        if parts.decisions.find(request.undo_id, since) is not None:
            return Receipt(request_id=request.undo_id, accepted=True, message="Already undone.")
        original = parts.decisions.find(request.decision_id, since)
        if original is not None:
            parts.serialise(f"item:{original.item_id}")
        refusal = _why_not_undo(parts, original, reviewer, now)
        if original is None or refusal is not None:
            return Receipt(request_id=request.undo_id, accepted=False, message=refusal)
        claim = _withdraw(space, parts, reviewer, original, request.undo_id)
    return Receipt(request_id=request.undo_id, accepted=True, reopened=claim)


def undo_batch(space: Workspace, reviewer: Person, batch_id: UUID) -> tuple[int, int]:
    """Takes every decision of a batch back: (how many were, how many could not be)."""
    reviewer.require(Permission.REVIEW)
    now = space.clock.now()
    done = refused = 0
    with space.store.writing() as parts:
        batch = parts.decisions.find_batch(batch_id, now - space.rules.repeat_window)
        parts.serialise(*(f"item:{original.item_id}" for original in batch))
        for original in batch:
            if original.outcome is Outcome.WITHDRAW:
                continue
            if _why_not_undo(parts, original, reviewer, now) is not None:
                refused += 1
                continue
            _withdraw(space, parts, reviewer, original, None)
            done += 1
    return done, refused


def _why_not_undo(
    parts: StoreParts, original: Decision | None, reviewer: Person, now: datetime
) -> str | None:
    if original is None:
        return "Nothing to undo: this decision was not saved."
    if original.actor != reviewer.name:
        return f"Only {original.actor} can take this decision back; decide again instead."
    if now >= original.effective_at:
        return (
            "Too late to undo: the decision is in effect since "
            f"{original.effective_at:%H:%M} UTC. Open the item and decide again, with a note."
        )
    standing = parts.decisions.standing(original.item_id)
    if standing is None or standing.decision_id != original.decision_id:
        return "Not undone: the item was decided again, or this decision was already taken back."
    return None


def _withdraw(
    space: Workspace,
    parts: StoreParts,
    reviewer: Person,
    original: Decision,
    undo_id: UUID | None,
) -> Claim | None:
    now = space.clock.now()
    entry = original.model_copy(
        update={
            "decision_seq": space.ids.next(),
            "decision_id": undo_id or space.ids.uuid(),
            "outcome": Outcome.WITHDRAW,
            "standing_outcome": _standing_before(parts, original),
            "reasons": (),
            "note": None,
            "decided_at": now,
            "effective_at": now,
            "handling_seconds": None,
            "reverses_id": original.decision_id,
        }
    )
    parts.decisions.append([entry])
    parts.audit.append_many(reviewer.name, [_event(entry)])
    return reopen(space, parts, reviewer.name, original)


def _standing_before(parts: StoreParts, original: Decision) -> Outcome | None:
    chain = parts.decisions.chain(original.item_id)
    earlier = [entry for entry in chain if entry.decision_seq < original.decision_seq]
    return earlier[-1].standing_outcome if earlier else None
