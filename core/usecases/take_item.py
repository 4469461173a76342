"""Taking an item out of whatever waits for it, so that one decision can be written."""

from core.domain.decision import Decision, DecisionDraft, Source
from core.domain.person import Person
from core.errors import ConflictError, NotFoundError
from core.store.store import StoreParts
from core.store.tasks import Hold

NOT_FOUND = "There is no such item among the tenants that you see."


def take(
    parts: StoreParts, reviewer: Person, draft: DecisionDraft, entry: Decision
) -> Decision | str:
    """The entry to be written, its task closed; or the sentence that says why not."""
    if draft.task_id is None:
        return _take_from_outside(parts, reviewer, draft, entry)
    tenant = None
    if draft.fence is not None:
        hold = Hold(
            task_id=draft.task_id, item_id=draft.item_id, fence=draft.fence, owner=reviewer.name
        )
        tenant = parts.tasks.close(hold)
    if tenant is None:
        return _stale(parts, reviewer, draft)
    if not reviewer.sees(tenant):
        raise NotFoundError(NOT_FOUND)
    return entry.model_copy(update={"tenant_id": tenant})


def _take_from_outside(
    parts: StoreParts, reviewer: Person, draft: DecisionDraft, entry: Decision
) -> Decision | str:
    """Decides an item that was not claimed: what waits for it is closed, unless others hold it."""
    item = parts.items.get(draft.item_id)
    if item is None or not reviewer.sees(item.tenant_id):
        # As if it did not exist: not even that it does is for other tenants' people.
        raise NotFoundError(NOT_FOUND)
    waiting = parts.tasks.open_tasks_of([draft.item_id])
    for claim in waiting:
        if claim.is_held(entry.decided_at) and claim.owner != reviewer.name:
            return f"Not saved: {claim.owner} is looking at this item right now."
    closed: dict[str, object] = {}
    # The decision names the oldest task, which is closed last.
    for claim in sorted(waiting, key=lambda claim: -claim.task_id):
        hold = Hold(task_id=claim.task_id, item_id=claim.item_id, fence=claim.fence, owner=None)
        if parts.tasks.close(hold) is None:
            # Raised, because of several tasks some may be closed already.
            raise ConflictError("Not saved: somebody took this item at the same moment. Try again.")
        closed = {"task_id": claim.task_id, "fence": claim.fence}
    return entry.model_copy(update={"tenant_id": item.tenant_id, **closed})


def _stale(parts: StoreParts, reviewer: Person, draft: DecisionDraft) -> str:
    standing = parts.decisions.standing(draft.item_id)
    is_peoples = standing is not None and standing.source is not Source.POLICY
    if standing is not None and is_peoples and reviewer.sees(standing.tenant_id):
        return (
            f"Not saved: {standing.actor} decided {standing.outcome.value} on this item at "
            f"{standing.decided_at:%H:%M} UTC."
        )
    return (
        "Not saved: your claim on this item had run out and it went to somebody else. "
        "It will come back if it is still waiting."
    )
