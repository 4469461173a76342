"""Giving a reviewer the next tasks, and keeping or returning their claims."""

from core.domain.person import Person
from core.domain.review_task import Claim
from core.store.rereading import rereading
from core.store.tasks import ClaimRequest, Scope
from core.usecases.manage_queues import require_work_on
from core.usecases.workspace import Workspace


class WorkRequest(Scope):
    """Which queue a reviewer works on, and how much to hold at once."""

    hold: int

    @property
    def scope(self) -> Scope:
        """The work without the amount."""
        return Scope(queue=self.queue, tenant=self.tenant, language=self.language)


def next_tasks(space: Workspace, reviewer: Person, request: WorkRequest) -> list[Claim]:
    """The reviewer's claims of this work after topping up to `hold`, best first.

    What their other screens hold is left alone, but counts against the cap.
    """
    now = space.clock.now()
    with space.store.writing() as parts:
        require_work_on(space, parts, reviewer, request.queue)
        # Two tabs of one person must not take the cap twice.
        parts.serialise(f"claims:{reviewer.name}")
        held = parts.tasks.renew(reviewer.name, request.scope, now, now + space.rules.lease)
        hold = min(request.hold, space.rules.claim_cap - held.elsewhere_count)
        missing = hold - len(held.claims)
        if missing <= 0:
            return held.claims
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
    return held.claims + taken


@rereading
def also_looking(space: Workspace, person: Person, queue: str) -> list[str]:
    """Who else holds tasks of the queue now."""
    with space.store.reading() as parts:
        there = parts.queues.presence(queue, space.clock.now(), person.tenants)
    return [name for name in there if name != person.name]


def renew_claims(space: Workspace, reviewer: Person, work: WorkRequest) -> int:
    """Extends the reviewer's claims of this work by a whole lease; how many."""
    now = space.clock.now()
    with space.store.writing() as parts:
        renewed = parts.tasks.renew(reviewer.name, work.scope, now, now + space.rules.lease)
        return len(renewed.claims)


def release_claims(space: Workspace, reviewer: Person, work: WorkRequest | None = None) -> int:
    """Gives the claims of this work back, or all of the reviewer's; how many."""
    with space.store.writing() as parts:
        return parts.tasks.release(reviewer.name, work.scope if work else None)
