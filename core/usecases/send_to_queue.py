"""Having chosen items looked at: a review task for each that nobody has decided or waits on."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from core.domain.person import Person
from core.domain.record import Record
from core.domain.review_queue import ReviewQueue
from core.domain.review_task import QueueName, Stratum
from core.domain.role import Permission
from core.errors import QueueError
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.manage_queues import every_queue
from core.usecases.open_tasks import TASK_SCHEMA
from core.usecases.workspace import Workspace

#: More are not sent at once: nobody means to have so many looked at one by one.
MOST_SENT = 2_000
_PRIORITY = 0.6


class Sent(Record):
    """What became of the items."""

    sent: int
    left_out: int
    """Decided by a person, waiting already, not visible to who sent them, or `elsewhere`."""
    queue: str
    elsewhere: int = 0
    """Of those left out, the items of other tenants than the queue's: nobody could claim them."""

    @property
    def sentence(self) -> str:
        """The result in words."""
        said, touched = [f"{self.sent:,} items wait in {self.queue} now."], self.left_out
        touched -= self.elsewhere
        if touched:
            said.append(f"{touched:,} were left out: people decided on them or they wait already.")
        if self.elsewhere:
            said.append(
                f"{self.elsewhere:,} were left out: they are of other tenants than this queue."
            )
        return " ".join(said)


def queue_to_fill(space: Workspace, parts: StoreParts, person: Person, name: str) -> ReviewQueue:
    """The queue of that name; QueueError unless the person may put items into it by hand."""
    for queue in _fillable(space, parts, person):
        if queue.name == name:
            return queue
    raise QueueError(f"Items cannot be sent to the queue {name}. Choose another one.")


@rereading
def queues_to_fill(space: Workspace, person: Person) -> dict[str, str]:
    """The titles of the queues that the person may put items into by hand, by name."""
    person.require(Permission.MANAGE_QUEUES)
    with space.store.reading() as parts:
        return {queue.name: queue.title for queue in _fillable(space, parts, person)}


def _fillable(space: Workspace, parts: StoreParts, person: Person) -> list[ReviewQueue]:
    return [
        queue
        for queue in every_queue(space, parts)
        if queue.is_active
        and queue.name != QueueName.ESCALATION.value
        and (queue.filter.tenant is None or person.sees(queue.filter.tenant))
    ]


def send_to_queue(
    space: Workspace, person: Person, item_ids: Sequence[int], queue_name: str, *, why: str
) -> Sent:
    """Opens a task for each item that no person decided on and that waits nowhere.

    The tasks are marked as chosen by hand: their answers are no random sample and say nothing
    about other items. `why` is what the reviewer and the audit log are told.
    """
    person.require(Permission.MANAGE_QUEUES)
    if len(item_ids) > MOST_SENT:
        raise QueueError(f"At most {MOST_SENT:,} items at once; these are {len(item_ids):,}.")
    now, asked = space.clock.now(), list(dict.fromkeys(item_ids))
    with space.store.writing() as parts:
        parts.serialise("queues")
        queue = queue_to_fill(space, parts, person, queue_name)
        wanted = pl.Series("item_id", asked, dtype=pl.Int64)
        free = parts.samples.untouched(wanted)
        found = parts.items.texts(free.to_list())
        if person.tenants is not None:
            found = found.filter(pl.col("tenant_id").is_in(person.tenants))
        seen = found.height
        if queue.filter.tenant is not None:
            found = found.filter(pl.col("tenant_id") == queue.filter.tenant)
        tasks = found.select(
            "item_id", "tenant_id", "language",
            task_id=pl.Series(space.ids.block(found.height), dtype=pl.Int64),
            queue=pl.lit(queue.name),
            round=pl.lit(1, dtype=pl.Int32),
            priority=pl.lit(_PRIORITY),
            terms=pl.lit(f'{{"chosen": {_PRIORITY}}}'),
            stratum=pl.lit(Stratum.CHOSEN.value),
            inclusion_probability=pl.lit(1.0),
            policy_version_id=pl.lit(None, dtype=pl.Int64),
            created_at=pl.lit(now),
            waiting_since=pl.lit(now),
            due_at=pl.lit(now + timedelta(hours=queue.target_hours)),
            waiting_weight=pl.lit(None, dtype=pl.Float64),
        ).select(*TASK_SCHEMA)  # fmt: skip
        if tasks.height:
            parts.tasks.open(tasks)
        parts.audit.append(
            person.name, "items.sent_to_queue", f"queue:{queue.name}",
            {"sent": tasks.height, "asked": len(asked), "why": why},
        )  # fmt: skip
    return Sent(
        sent=tasks.height, left_out=len(asked) - tasks.height, queue=queue.title,
        elsewhere=seen - tasks.height,
    )  # fmt: skip
