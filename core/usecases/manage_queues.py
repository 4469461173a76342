"""Defining queues, saying in words what lands in them, and finding those one works on."""

from datetime import datetime, timedelta

from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.record import Record
from core.domain.review_queue import ReviewQueue, default_queue, escalation_queue
from core.domain.review_task import QueueName
from core.domain.role import Permission
from core.domain.verdict import VerdictKind
from core.errors import ForbiddenError, QueueError
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue
from core.usecases.move_tasks import move_waiting
from core.usecases.workspace import Workspace

HISTORY = timedelta(days=30)
_MOST_QUEUES = 100


class QueueRow(Record):
    """A queue with what happens in it."""

    queue: ReviewQueue
    waiting: int = 0
    overdue: int = 0
    oldest: datetime | None = None
    decided: int = 0
    late: int = 0
    is_built_in: bool = False


class QueueForecast(Record):
    """What a definition would have caught on history."""

    flagged: int
    """Items of the period that the live policy sent to review and the filter takes."""
    others: int
    """Items of the period that the filter takes and the policy decided itself."""
    days: float


def every_queue(space: Workspace, parts: StoreParts) -> list[ReviewQueue]:
    """All queues in their order: those that were defined, then the built-in ones."""
    defined = parts.queues.all()
    names = {queue.name for queue in defined}
    built_in = (default_queue(space.rules.random_share), escalation_queue())
    return [*defined, *(queue for queue in built_in if queue.name not in names)]


@rereading
def queues_for(space: Workspace, person: Person) -> list[ReviewQueue]:
    """The queues that the person works on."""
    with space.store.reading() as parts:
        queues = every_queue(space, parts)
    return [
        queue
        for queue in queues
        if queue.is_active and queue.is_worked_on_by(person) and _is_shown(queue, person)
    ]


def _is_shown(queue: ReviewQueue, person: Person) -> bool:
    """Whether somebody may know of the queue: another tenant's is none of their business."""
    return queue.filter.tenant is None or person.sees(queue.filter.tenant)


def require_work_on(space: Workspace, parts: StoreParts, person: Person, name: str) -> None:
    """Raises an error that says why, unless the person works on the queue."""
    is_escalation = name == QueueName.ESCALATION.value
    person.require(Permission.REVIEW_ESCALATIONS if is_escalation else Permission.REVIEW)
    found = next((queue for queue in every_queue(space, parts) if queue.name == name), None)
    if found is None:
        raise QueueError(f"There is no queue {name} any more. Choose another one.")
    if not found.is_worked_on_by(person):
        raise ForbiddenError(f"The queue {found.title} is not among those you work on.")


@rereading
def list_queues(space: Workspace, person: Person) -> list[QueueRow]:
    """The queues of the tenants that the person sees, with their numbers over these."""
    person.require(Permission.MANAGE_QUEUES)
    now = space.clock.now()
    with space.store.reading() as parts:
        queues = [queue for queue in every_queue(space, parts) if _is_shown(queue, person)]
        facts = {
            row["queue"]: row
            for row in parts.queues.facts(now, now - HISTORY, person.tenants).to_dicts()
        }
    built_in = {name.value for name in QueueName}
    return [
        QueueRow(
            queue=queue,
            is_built_in=queue.name in built_in,
            **{
                name: value
                for name, value in facts.get(queue.name, {}).items()
                if name in QueueRow.model_fields and name != "queue"
            },
        )
        for queue in queues
    ]


def save_queue(
    space: Workspace, catalogue: Catalogue, person: Person, queue: ReviewQueue, *, move: bool
) -> int:
    """Records the definition; with `move`, what waits in Review and fits goes there at once.

    Returns how many tasks were moved. New items are routed by it from the next scoring on.
    """
    person.require(Permission.MANAGE_QUEUES)
    _require_own(queue, person)
    if queue.name == QueueName.ESCALATION.value:
        raise QueueError("The escalation queue is built in: escalating fills it.")
    is_default = queue.name == QueueName.REVIEW.value
    if is_default and not queue.filter.is_empty:
        raise QueueError("The queue Review takes whatever no other queue does: it has no filter.")
    if is_default and not queue.is_active:
        raise QueueError("The queue Review stays open: it takes what no other queue does.")
    with space.store.writing() as parts:
        parts.serialise("queues")
        known = {each.name: each for each in parts.queues.all()}
        before = known.get(queue.name)
        if before is not None and not _is_owned(before, person):
            raise ForbiddenError(
                f"The name {queue.name} is taken by a queue that is not of your tenants alone. "
                "Choose another one."
            )
        if before is None and len(known) >= _MOST_QUEUES:
            raise QueueError(f"There are {_MOST_QUEUES} queues already. Change one of them.")
        if not queue.is_active and (waiting := parts.tasks.waiting_count(queue.name, None, None)):
            raise QueueError(
                f"{waiting:,} items wait in {queue.title}. Have them decided, or keep it open."
            )
        parts.queues.save(queue)
        moved = 0
        if move and not is_default and queue.is_active and not queue.is_by_hand:
            selection = catalogue.selection(queue.filter, person)
            moved = move_waiting(parts, catalogue, selection, queue, QueueName.REVIEW.value)
        parts.audit.append(
            person.name,
            "queue.saved",
            f"queue:{queue.name}",
            {
                "before": _definition(before) if before else None,
                "after": _definition(queue),
                "moved": moved,
            },
        )
    return moved


def _is_owned(queue: ReviewQueue, person: Person) -> bool:
    """Whether the queue takes items of the person's tenants only."""
    tenant = queue.filter.tenant
    return person.tenants is None or (tenant is not None and person.sees(tenant))


def _require_own(queue: ReviewQueue, person: Person) -> None:
    if _is_owned(queue, person):
        return
    if queue.filter.tenant is None:
        raise ForbiddenError("Choose one of your tenants: this queue would take everybody's items.")
    raise ForbiddenError(f"You do not see the tenant {queue.filter.tenant}.")


def _definition(queue: ReviewQueue) -> dict[str, object]:
    return queue.model_dump(mode="json", exclude={"changed_at"}, exclude_none=True)


@rereading
def forecast(
    space: Workspace, catalogue: Catalogue, person: Person, wanted: ItemFilter
) -> QueueForecast:
    """What the filter takes of the last 30 days' arrivals, under the live policy."""
    person.require(Permission.MANAGE_QUEUES)
    now = space.clock.now()
    period = wanted.model_copy(update={"created_from": now - HISTORY})
    flagged = period.model_copy(update={"verdict": VerdictKind.REVIEW})
    with space.store.reading() as parts:
        total = parts.items.count(catalogue.selection(period, person))
        to_review = parts.items.count(catalogue.selection(flagged, person))
    return QueueForecast(
        flagged=to_review, others=total - to_review, days=HISTORY.total_seconds() / 86_400
    )


def in_words(queue: ReviewQueue) -> str:
    """What lands in the queue, in what order, by when and for whom, as sentences."""
    if queue.roles or queue.reviewers:
        people = [f"every {role.words}" for role in queue.roles] + list(queue.reviewers)
        who = f"{', '.join(people[:-1])} and {people[-1]}" if len(people) > 1 else people[0]
    else:
        who = "everybody who reviews"
    return (
        f"{_caught(queue)}. Due within {_hours(queue.target_hours)}. "
        f"First comes {_order(queue)}. {who[0].upper()}{who[1:]} can work on it."
    )


def _caught(queue: ReviewQueue) -> str:
    if queue.is_by_hand:
        return "Takes what people send or draw into it, and no new item by itself"
    what = _what(queue.filter)
    caught = f"Takes the flagged items {what}" if what else "Takes every flagged item"
    if not queue.random_share:
        return caught
    return f"{caught}, and {queue.random_share:.0%} of the others at random"


def _what(wanted: ItemFilter) -> str:
    parts = []
    if wanted.tenant:
        parts.append(f"of {wanted.tenant}")
    if wanted.language:
        parts.append(f"in the language “{wanted.language}”")
    if wanted.source:
        parts.append(f"from {wanted.source}")
    if wanted.author:
        parts.append(f"by {wanted.author}")
    for label, low, high in wanted.ranges:
        upto = f"{high:.2f}" if high is not None else "1.00"
        parts.append(f"whose {label.words.lower()} score is {low or 0.0:.2f} to {upto}")
    if wanted.search:
        parts.append(f"with “{wanted.search}” in the text")
    return ", ".join(parts)


def _order(queue: ReviewQueue) -> str:
    names = {
        "harm": "what may do most harm",
        "uncertainty": "what is closest to a threshold",
        "reports": "what was reported most",
        "views": "what is seen most",
        "waiting": "what is closest to its due time",
    }
    weights = queue.weights.model_dump()
    ranked = sorted((name for name in names if weights[name] > 0), key=lambda name: -weights[name])
    return ", then ".join(names[name] for name in ranked) or "what came first"


def _hours(hours: float) -> str:
    if hours >= 48 and hours % 24 == 0:
        return f"{hours / 24:.0f} days"
    return f"{hours:g} hour{'s' if hours != 1 else ''}"
