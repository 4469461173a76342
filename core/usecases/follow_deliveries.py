"""Deliveries of webhooks: what became of each, which are dead, and sending again."""

from collections.abc import Sequence
from datetime import datetime

from core.domain.delivery import Attempt, Delivery, DeliveryState
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.domain.webhook import Webhook
from core.domain.webhook_event import WebhookEvent
from core.errors import NotFoundError
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.manage_webhooks import known_webhook
from core.usecases.workspace import Workspace

PAGE_SIZE = 50


class DeliveryRow(Record):
    """A delivery, what it says, and every attempt at it."""

    delivery: Delivery
    webhook_name: str
    event: WebhookEvent | None
    """None: its content is gone, because the import that brought it was taken back."""
    attempts: tuple[Attempt, ...]


class DeliveryPage(Record):
    """Deliveries, the newest first."""

    rows: tuple[DeliveryRow, ...]
    next_before: int | None
    """What to ask for to see older ones; None: there are none."""


@rereading
def list_deliveries(
    space: Workspace,
    by: Person,
    *,
    name: str | None = None,
    state: DeliveryState | None = None,
    before: int | None = None,
    limit: int = PAGE_SIZE,
) -> DeliveryPage:
    """Deliveries of one webhook or of all that the person sees, newest first, with attempts."""
    by.require(Permission.MANAGE_WEBHOOKS)
    with space.store.reading() as parts:
        seen = _seen(parts, by) if name is None else [known_webhook(parts, by, name)]
        names = {webhook.webhook_id: webhook.name for webhook in seen}
        found = parts.webhooks.deliveries(list(names), state=state, before=before, limit=limit + 1)
        page, is_more = found[:limit], len(found) > limit
        rows = _rows(parts, page, names)
    return DeliveryPage(rows=rows, next_before=page[-1].delivery_id if is_more else None)


@rereading
def read_delivery(space: Workspace, by: Person, delivery_id: int) -> DeliveryRow:
    """One delivery with every attempt; raises NotFoundError, also for other tenants'."""
    by.require(Permission.MANAGE_WEBHOOKS)
    with space.store.reading() as parts:
        delivery, webhook = _known_delivery(parts, by, delivery_id)
        (row,) = _rows(parts, [delivery], {webhook.webhook_id: webhook.name})
    return row


@rereading
def dead_letters(space: Workspace, by: Person) -> dict[str, int]:
    """How many deliveries nobody took, by the name of the webhook; those with none left out."""
    by.require(Permission.MANAGE_WEBHOOKS)
    with space.store.reading() as parts:
        names = {webhook.webhook_id: webhook.name for webhook in _seen(parts, by)}
        counts = parts.webhooks.dead_counts(list(names)) if names else {}
    return {name: counts[each] for each, name in names.items() if each in counts}


def resend(space: Workspace, by: Person, delivery_id: int) -> bool:
    """Has a dead or delivered one sent again under its id; False when it waits or was withdrawn."""
    by.require(Permission.MANAGE_WEBHOOKS)
    now = space.clock.now()
    with space.store.writing() as parts:
        _, webhook = _known_delivery(parts, by, delivery_id)
        count = parts.webhooks.resend(webhook.webhook_id, now, delivery_id)
        if count:
            _note_resent(parts, by, webhook, now, count, delivery_id)
    return count > 0


def resend_dead(space: Workspace, by: Person, name: str) -> int:
    """Has every dead delivery of a webhook sent again; how many."""
    by.require(Permission.MANAGE_WEBHOOKS)
    now = space.clock.now()
    with space.store.writing() as parts:
        webhook = known_webhook(parts, by, name)
        count = parts.webhooks.resend(webhook.webhook_id, now)
        if count:
            _note_resent(parts, by, webhook, now, count, None)
    return count


def _seen(parts: StoreParts, by: Person) -> list[Webhook]:
    return [webhook for webhook in parts.webhooks.all() if by.sees(webhook.tenant_id)]


def _known_delivery(parts: StoreParts, by: Person, delivery_id: int) -> tuple[Delivery, Webhook]:
    delivery = parts.webhooks.delivery(delivery_id)
    known = {webhook.webhook_id: webhook for webhook in _seen(parts, by)}
    webhook = known.get(delivery.webhook_id) if delivery else None
    if delivery is None or webhook is None:
        raise NotFoundError(f"There is no delivery {delivery_id}.")
    return delivery, webhook


def _rows(
    parts: StoreParts, deliveries: Sequence[Delivery], names: dict[int, str]
) -> tuple[DeliveryRow, ...]:
    if not deliveries:
        return ()
    events = parts.deliveries.events(deliveries)
    attempts: dict[int, list[Attempt]] = {}
    for attempt in parts.webhooks.attempts([each.delivery_id for each in deliveries]):
        attempts.setdefault(attempt.delivery_id, []).append(attempt)
    return tuple(
        DeliveryRow(
            delivery=each, webhook_name=names[each.webhook_id], event=events.get(each.delivery_id),
            attempts=tuple(attempts.get(each.delivery_id, ())),
        )
        for each in deliveries
    )  # fmt: skip


def _note_resent(
    parts: StoreParts, by: Person, webhook: Webhook, now: datetime, count: int,
    delivery_id: int | None,
) -> None:  # fmt: skip
    details: dict[str, object] = {"deliveries": count, "due_at": now.isoformat()}
    if delivery_id is not None:
        details["delivery_id"] = str(delivery_id)
    parts.audit.append(by.name, "webhook.resent", f"webhook:{webhook.name}", details)
