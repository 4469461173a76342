"""One decision on many items, as one batch that can be undone as a whole."""

from collections.abc import Sequence
from uuid import UUID

from core.domain.decision import DecisionDraft, Outcome
from core.domain.label import Label
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.store.tasks import ClaimRequest
from core.usecases.review_item import decide
from core.usecases.workspace import Workspace


class BulkDecision(Record):
    """What is decided for every selected item."""

    outcome: Outcome
    reasons: tuple[Label, ...] = ()
    note: str | None = None


class BulkResult(Record):
    """What became of a bulk decision."""

    batch_id: UUID
    decided_count: int
    refused: dict[int, str]
    """Item id to the sentence why it was left as it is."""


def decide_in_bulk(
    space: Workspace,
    reviewer: Person,
    item_ids: Sequence[int],
    decision: BulkDecision,
    *,
    policy_version_id: int | None,
) -> BulkResult:
    """Decides every item that nobody else holds; the others are named with the reason."""
    reviewer.require(Permission.DECIDE_IN_BULK)
    batch_id = space.ids.uuid()
    now = space.clock.now()
    request = ClaimRequest(
        owner=reviewer.name, actor=reviewer.name, queue="", tenants=reviewer.tenants,
        count=len(item_ids), now=now, lease_until=now + space.rules.lease, skipped_since=now,
    )  # fmt: skip
    with space.store.writing() as parts:
        taken = {claim.item_id: claim for claim in parts.tasks.claim_items(item_ids, request)}
        held = {
            claim.item_id
            for claim in parts.tasks.open_tasks_of(item_ids)
            if claim.item_id not in taken
        }
    free = [item_id for item_id in item_ids if item_id not in held]
    drafts = [
        DecisionDraft(
            decision_id=space.ids.uuid(),
            item_id=item_id,
            task_id=taken[item_id].task_id if item_id in taken else None,
            fence=taken[item_id].fence if item_id in taken else None,
            outcome=decision.outcome,
            reasons=decision.reasons,
            note=decision.note,
        )
        for item_id in free
    ]
    receipts = decide(
        space, reviewer, drafts, policy_version_id=policy_version_id, batch_id=batch_id
    )
    refused = dict.fromkeys(held, "Another reviewer is looking at it right now.")
    for draft, receipt in zip(drafts, receipts, strict=True):
        if not receipt.accepted:
            refused[draft.item_id] = receipt.message or "Not saved."
    return BulkResult(
        batch_id=batch_id,
        decided_count=sum(receipt.accepted for receipt in receipts),
        refused=refused,
    )
