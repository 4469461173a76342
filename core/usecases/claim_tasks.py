"""Giving a reviewer the next tasks, and keeping or returning their claims."""

from core.domain.record import Record
from core.domain.review_task import Claim
from core.store.tasks import ClaimRequest
from core.usecases.review_item import Reviewer
from core.usecases.workspace import Workspace


class WorkRequest(Record):
    """Which queue a reviewer works on, and how much to hold at once."""

    queue: str
    tenant: str | None = None
    language: str | None = None
    hold: int


def next_tasks(space: Workspace, reviewer: Reviewer, request: WorkRequest) -> list[Claim]:
    """The reviewer's claims after topping up to `hold` (capped), best first."""
    now = space.clock.now()
    hold = min(request.hold, space.rules.claim_cap)
    with space.store.writing() as parts:
        # Two tabs of one person must not take the cap twice.
        parts.serialise(f"claims:{reviewer.owner}")
        parts.tasks.renew(reviewer.owner, now + space.rules.lease)
        held = parts.tasks.held_by(reviewer.owner, now)
        missing = hold - len(held)
        if missing <= 0:
            return held
        taken = parts.tasks.claim(
            ClaimRequest(
                owner=reviewer.owner,
                actor=reviewer.actor,
                queue=request.queue,
                tenant=request.tenant,
                language=request.language,
                count=missing,
                now=now,
                lease_until=now + space.rules.lease,
                skipped_since=now - space.rules.skip_pause,
            )
        )
    return held + taken


def renew_claims(space: Workspace, reviewer: Reviewer) -> int:
    """Extends the reviewer's claims by a whole lease; how many."""
    now = space.clock.now()
    with space.store.writing() as parts:
        return parts.tasks.renew(reviewer.owner, now + space.rules.lease)


def release_claims(space: Workspace, reviewer: Reviewer) -> int:
    """Gives all claims of this screen back; how many."""
    with space.store.writing() as parts:
        return parts.tasks.release(reviewer.owner)
