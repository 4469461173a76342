"""Deciding, skipping and undoing: one transaction, idempotent on the ids the screen made."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.domain.decision import Decision, DecisionDraft, Outcome, Source
from core.domain.person import Person
from core.domain.record import Record
from core.domain.review_task import Claim
from core.domain.role import Permission
from core.store.store import StoreParts
from core.store.tasks import SkipRequest
from core.usecases.open_tasks import open_escalation, reopen
from core.usecases.take_item import take
from core.usecases.workspace import Workspace

_ID_TAKEN = (
    "Not saved: something else was saved under the same id before. Reload the page and do it again."
)


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
    if any(draft.task_id is None for draft in drafts):
        # Outside a queue one chooses what to decide.
        reviewer.require(Permission.DECIDE_IN_BULK)
    receipts: list[Receipt] = []
    entries: list[Decision] = []
    with space.store.writing() as parts:
        parts.serialise(*(f"item:{draft.item_id}" for draft in drafts))
        known = _known(space, parts, drafts)
        for draft in drafts:
            earlier = known.get(draft.decision_id)
            if earlier is not None:
                receipts.append(_repeated(earlier, reviewer, draft))
                continue
            entry = _entry(space, reviewer, draft, policy_version_id, batch_id)
            made = take(parts, reviewer, draft, entry)
            if isinstance(made, str):
                receipts.append(Receipt(request_id=draft.decision_id, accepted=False, message=made))
                continue
            parts.decisions.append([made])
            if draft.outcome is Outcome.ESCALATE:
                open_escalation(space, parts, made)
            known[draft.decision_id] = made
            entries.append(made)
            receipts.append(Receipt(request_id=draft.decision_id, accepted=True))
        parts.audit.append_many(reviewer.name, [_event(entry) for entry in entries])
    return receipts


def _known(
    space: Workspace, parts: StoreParts, drafts: Sequence[DecisionDraft]
) -> dict[UUID, Decision]:
    """What was written before under the drafts' ids."""
    since = space.clock.now() - space.rules.repeat_window
    found = parts.decisions.find_many([draft.decision_id for draft in drafts], since)
    return {entry.decision_id: entry for entry in found}


def _repeated(earlier: Decision, reviewer: Person, draft: DecisionDraft) -> Receipt:
    """The answer to an id that was sent before: only the same decision again is harmless."""
    same = (reviewer.name, draft.item_id, draft.outcome)
    if (earlier.actor, earlier.item_id, earlier.outcome) == same:
        return Receipt(request_id=draft.decision_id, accepted=True, message="Already saved.")
    return Receipt(request_id=draft.decision_id, accepted=False, message=_ID_TAKEN)


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
            earlier = parts.tasks.skipped_by(request.skip_id)
            if earlier is not None:
                done = earlier == (request.task_id, reviewer.name)
                message = None if done else _ID_TAKEN
            else:
                done = parts.tasks.skip(request, reviewer.name, space.clock.now())
                message = None if done else "Nothing to skip: the task is no longer yours."
                if done:
                    parts.audit.append_many(reviewer.name, [_skip_event(request)])
            receipts.append(Receipt(request_id=request.skip_id, accepted=done, message=message))
    return receipts


def _skip_event(request: SkipRequest) -> tuple[str, str, dict[str, object]]:
    until = request.postponed_until
    return (
        "task.postponed" if until else "task.skipped",
        f"task:{request.task_id}",
        {
            "skip_id": str(request.skip_id),
            "reason": request.reason,
            "until": until.isoformat() if until else None,
        },
    )


def undo(space: Workspace, reviewer: Person, request: UndoRequest) -> Receipt:
    """Takes a decision back within the undo window by a linked counter-decision."""
    reviewer.require(Permission.REVIEW)
    now = space.clock.now()
    with space.store.writing() as parts:
        since = now - space.rules.repeat_window
        repeated = parts.decisions.find(request.undo_id, since)
        if repeated is not None:
            same = (reviewer.name, request.decision_id)
            done = (repeated.actor, repeated.reverses_id) == same
            message = "Already undone." if done else _ID_TAKEN
            return Receipt(request_id=request.undo_id, accepted=done, message=message)
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
