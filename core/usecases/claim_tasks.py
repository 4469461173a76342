"""Giving a reviewer the next tasks, and keeping or returning their claims."""

from core.domain.person import Person
from core.domain.record import Record
from core.domain.review_task import Claim
from core.store.tasks import ClaimRequest
from core.usecases.manage_queues import require_work_on
from core.usecases.workspace import Workspace


class WorkRequest(Record):
    """Which queue a reviewer works on, and how much to hold at once."""

    queue: str
    tenant: str | None = None
    language: str | None = None
    hold: int


def next_tasks(space: Workspace, reviewer: Person, request: WorkRequest) -> list[Claim]:
    """The reviewer's claims after topping up to `hold` (capped), best first."""
    now = space.clock.now()
    hold = min(request.hold, space.rules.claim_cap)
    with space.store.writing() as parts:
        require_work_on(space, parts, reviewer, request.queue)
        # Two tabs of one person must not take the cap twice.
        parts.serialise(f"claims:{reviewer.name}")
        held = parts.tasks.renew(reviewer.name, now, now + space.rules.lease)
        missing = hold - len(held)
        if missing <= 0:
            return held
        taken = parts.tasks.claim(
            ClaimRequest(
                owner=reviewer.name,
                actor=reviewer.name,
                queue=request.queue,
                tenant=request.tenant,
                tenants=reviewer.tenants,
                language=request.language,
                count=missing,
                now=now,
                lease_until=now + space.rules.lease,
                skipped_since=now - space.rules.skip_pause,
            )
        )
    return held + taken


def also_looking(space: Workspace, person: Person, queue: str) -> list[str]:
    """Who else holds tasks of the queue now."""
    with space.store.reading() as parts:
        there = parts.queues.presence(queue, space.clock.now(), person.tenants)
    return [name for name in there if name != person.name]


def renew_claims(space: Workspace, reviewer: Person) -> int:
    """Extends the reviewer's claims by a whole lease; how many."""
    now = space.clock.now()
    with space.store.writing() as parts:
        return len(parts.tasks.renew(reviewer.name, now, now + space.rules.lease))


def release_claims(space: Workspace, reviewer: Person) -> int:
    """Gives all claims of this screen back; how many."""
    with space.store.writing() as parts:
        return parts.tasks.release(reviewer.name)
