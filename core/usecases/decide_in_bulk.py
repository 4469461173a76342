"""One decision on many items, as one batch that can be undone as a whole."""

from collections.abc import Collection, Sequence
from uuid import UUID

from core.domain.decision import DecisionDraft, Note, Outcome
from core.domain.label import Label
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.usecases.review_item import decide
from core.usecases.take_item import NOT_FOUND
from core.usecases.workspace import Workspace


class BulkDecision(Record):
    """What is decided for every selected item."""

    outcome: Outcome
    reasons: tuple[Label, ...] = ()
    note: Note | None = None


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
    blind: Collection[int] = (),
) -> BulkResult:
    """Decides every item that nobody else holds; the others are named with the reason.

    `blind` are those of the items that were listed without their scores.
    """
    reviewer.require(Permission.DECIDE_IN_BULK)
    batch_id = space.ids.uuid()
    with space.store.reading() as parts:
        found = {item.item_id for item in parts.items.get_many(item_ids)
                 if reviewer.sees(item.tenant_id)}  # fmt: skip
    drafts = [
        DecisionDraft(
            decision_id=space.ids.uuid(),
            item_id=item_id,
            outcome=decision.outcome,
            reasons=decision.reasons,
            note=decision.note,
            score_shown=item_id not in blind,
            highlight_shown=item_id not in blind,
        )
        for item_id in item_ids
        if item_id in found
    ]
    receipts = decide(
        space, reviewer, drafts, policy_version_id=policy_version_id, batch_id=batch_id
    )
    refused = {item_id: NOT_FOUND for item_id in item_ids if item_id not in found}
    for draft, receipt in zip(drafts, receipts, strict=True):
        if not receipt.accepted:
            refused[draft.item_id] = receipt.message or "Not saved."
    return BulkResult(
        batch_id=batch_id,
        decided_count=sum(receipt.accepted for receipt in receipts),
        refused=refused,
    )
