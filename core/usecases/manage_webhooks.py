"""Webhooks: added, rotated, paused, resumed, removed, listed, tried; deliveries and re-sending."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import SecretStr, ValidationError

from core.domain.decision import Outcome, Source
from core.domain.delivery import Answer, Attempt, Delivery, DeliveryState
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.domain.webhook import (
    OVERLAP,
    TOLD_OUTCOMES,
    TOLD_SOURCES,
    Webhook,
    WebhookState,
    checked_url,
    new_secret,
)
from core.domain.webhook_event import WebhookTestData, WebhookTestEvent
from core.errors import ForbiddenError, NotFoundError, WebhookError
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.store.webhook_sender import WebhookSender
from core.store.webhooks import WebhookCounts
from core.usecases.workspace import Workspace

PAGE_SIZE = 50


class NewSecret(Record):
    """A webhook with the only copy of its new secret that is ever shown."""

    webhook: Webhook
    secret: SecretStr


class WebhookRow(Record):
    """A webhook with how far its deliveries are."""

    webhook: Webhook
    counts: WebhookCounts


class DeliveryRow(Record):
    """A delivery with every attempt at it."""

    delivery: Delivery
    webhook_name: str
    attempts: tuple[Attempt, ...]


class DeliveryPage(Record):
    """Deliveries, the newest first."""

    rows: tuple[DeliveryRow, ...]
    next_before: int | None
    """What to ask for to see older ones; None: there are none."""


def add_webhook(
    space: Workspace,
    sender: WebhookSender,
    by: Person,
    *,
    name: str,
    tenant: str,
    url: str,
    outcomes: Sequence[Outcome] = TOLD_OUTCOMES,
    sources: Sequence[Source] = TOLD_SOURCES,
) -> NewSecret:
    """A new webhook for one tenant that the person sees; it tells decisions made from now on.

    Raises WebhookError when the name was used before, the address must not be reached or a value
    is out of its range.
    """
    by.require(Permission.MANAGE_WEBHOOKS)
    if not by.sees(tenant):
        raise ForbiddenError(f"You do not see the tenant {tenant}: choose one of yours.")
    secret = new_secret()
    try:
        webhook = Webhook(
            webhook_id=space.ids.next(), name=name, tenant_id=tenant, url=checked_url(url),
            outcomes=tuple(each for each in Outcome if each in outcomes),
            sources=tuple(each for each in Source if each in sources),
            secret=secret, created_by=by.name, created_at=space.clock.now(),
        )  # fmt: skip
    except ValidationError as error:
        raise WebhookError(
            "A webhook has a name of 1 to 80 letters, digits and the characters . @ + - _, a "
            "tenant, at least one outcome (approve, reject, escalate, invalidate) and at least one "
            "source (human, policy)."
        ) from error
    _require_new(space, webhook.name)
    # Before the transaction: names are looked up, which may take seconds.
    sender.check(webhook.url)
    with space.store.writing() as parts:
        parts.serialise("webhooks")
        if parts.webhooks.named(webhook.name) is not None:
            raise _taken(webhook.name)
        parts.webhooks.add(webhook)
        parts.audit.append(by.name, "webhook.added", f"webhook:{webhook.name}", _facts(webhook))
    return NewSecret(webhook=webhook, secret=secret)


def rotate_secret(space: Workspace, by: Person, name: str) -> NewSecret:
    """A new secret; the one before signs as well for 24 hours, and any older one no more."""
    by.require(Permission.MANAGE_WEBHOOKS)
    secret, now = new_secret(), space.clock.now()
    with space.store.writing() as parts:
        parts.serialise("webhooks")
        webhook = _known(parts, by, name)
        until = now + OVERLAP
        parts.webhooks.set_secrets(webhook.webhook_id, secret, webhook.secret, until)
        parts.audit.append(
            by.name, "webhook.secret_rotated", f"webhook:{webhook.name}",
            {"previous_until": until.isoformat()},
        )  # fmt: skip
    changed = {"secret": secret, "previous_secret": webhook.secret, "previous_until": until}
    return NewSecret(webhook=webhook.model_copy(update=changed), secret=secret)


def pause_webhook(space: Workspace, by: Person, name: str) -> Webhook:
    """Sends nothing until it is resumed; what happens meanwhile waits."""
    return _moved(space, by, name, WebhookState.PAUSED, f"{by.name} paused it.")


def resume_webhook(space: Workspace, by: Person, name: str) -> Webhook:
    """Sends again, beginning with what waited."""
    return _moved(space, by, name, WebhookState.ACTIVE, None)


def _moved(
    space: Workspace, by: Person, name: str, state: WebhookState, reason: str | None
) -> Webhook:
    by.require(Permission.MANAGE_WEBHOOKS)
    verb = "webhook.paused" if state is WebhookState.PAUSED else "webhook.resumed"
    with space.store.writing() as parts:
        parts.serialise("webhooks")
        webhook = _known(parts, by, name)
        if webhook.state is state:
            return webhook
        parts.webhooks.set_state(webhook.webhook_id, state, reason)
        parts.audit.append(by.name, verb, f"webhook:{webhook.name}", _facts(webhook))
    return webhook.model_copy(update={"state": state, "reason": reason})


def remove_webhook(space: Workspace, by: Person, name: str) -> int:
    """Ends a webhook for good; how many deliveries were still waiting and are not sent."""
    by.require(Permission.MANAGE_WEBHOOKS)
    with space.store.writing() as parts:
        parts.serialise("webhooks")
        webhook = _known(parts, by, name)
        parts.webhooks.set_state(webhook.webhook_id, WebhookState.REMOVED, None)
        parts.webhooks.erase_secrets(webhook.webhook_id)
        waiting = parts.webhooks.withdraw_waiting(webhook.webhook_id, space.clock.now())
        facts = _facts(webhook) | {"withdrawn": waiting}
        parts.audit.append(by.name, "webhook.removed", f"webhook:{webhook.name}", facts)
    return waiting


@rereading
def list_webhooks(space: Workspace, by: Person) -> list[WebhookRow]:
    """The webhooks of the tenants that the person sees, by name, with how far each is."""
    by.require(Permission.MANAGE_WEBHOOKS)
    with space.store.reading() as parts:
        seen = [webhook for webhook in parts.webhooks.all() if by.sees(webhook.tenant_id)]
        counts = parts.webhooks.counts([webhook.webhook_id for webhook in seen])
    return [
        WebhookRow(webhook=each, counts=counts.get(each.webhook_id, WebhookCounts()))
        for each in seen
    ]


def send_test(space: Workspace, sender: WebhookSender, by: Person, name: str) -> Answer:
    """Sends a `webhook.test` event at once, also to a paused endpoint, and says what came back."""
    by.require(Permission.MANAGE_WEBHOOKS)
    with space.store.reading() as parts:
        webhook = _known(parts, by, name)
    now = space.clock.now()
    event = WebhookTestEvent(
        timestamp=now, data=WebhookTestData(webhook=webhook.name, tenant=webhook.tenant_id)
    )
    with sender.connected(webhook) as connection:
        answer = connection.send(space.ids.uuid(), event.body, now)
    with space.store.writing() as parts:
        parts.audit.append(
            by.name, "webhook.tested", f"webhook:{webhook.name}",
            {"status_code": answer.status_code, "error": answer.error},
        )  # fmt: skip
    return answer


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
        if name is None:
            seen = [webhook for webhook in parts.webhooks.all() if by.sees(webhook.tenant_id)]
        else:
            seen = [_known(parts, by, name)]
        names = {webhook.webhook_id: webhook.name for webhook in seen}
        found = parts.webhooks.deliveries(list(names), state=state, before=before, limit=limit + 1)
        page, is_more = found[:limit], len(found) > limit
        attempts = parts.webhooks.attempts([delivery.delivery_id for delivery in page])
    by_delivery: dict[int, list[Attempt]] = {}
    for attempt in attempts:
        by_delivery.setdefault(attempt.delivery_id, []).append(attempt)
    rows = tuple(
        DeliveryRow(
            delivery=each, webhook_name=names[each.webhook_id],
            attempts=tuple(by_delivery.get(each.delivery_id, ())),
        )
        for each in page
    )  # fmt: skip
    return DeliveryPage(rows=rows, next_before=page[-1].delivery_id if is_more else None)


def resend(space: Workspace, by: Person, delivery_id: int) -> bool:
    """Has a dead or delivered one sent again under its id; False when it waits or was withdrawn."""
    by.require(Permission.MANAGE_WEBHOOKS)
    now = space.clock.now()
    with space.store.writing() as parts:
        delivery = parts.webhooks.delivery(delivery_id)
        known = {webhook.webhook_id: webhook for webhook in parts.webhooks.all()}
        webhook = known.get(delivery.webhook_id) if delivery else None
        if webhook is None or not by.sees(webhook.tenant_id):
            raise NotFoundError(f"There is no delivery {delivery_id}.")
        count = parts.webhooks.resend(webhook.webhook_id, now, delivery_id)
        if count:
            _note_resent(parts, by, webhook, now, count, delivery_id)
    return count > 0


def resend_dead(space: Workspace, by: Person, name: str) -> int:
    """Has every dead delivery of a webhook sent again; how many."""
    by.require(Permission.MANAGE_WEBHOOKS)
    now = space.clock.now()
    with space.store.writing() as parts:
        webhook = _known(parts, by, name)
        count = parts.webhooks.resend(webhook.webhook_id, now)
        if count:
            _note_resent(parts, by, webhook, now, count, None)
    return count


def _note_resent(
    parts: StoreParts, by: Person, webhook: Webhook, now: datetime, count: int,
    delivery_id: int | None,
) -> None:  # fmt: skip
    details: dict[str, object] = {"deliveries": count, "due_at": now.isoformat()}
    if delivery_id is not None:
        details["delivery_id"] = str(delivery_id)
    parts.audit.append(by.name, "webhook.resent", f"webhook:{webhook.name}", details)


def _known(parts: StoreParts, by: Person, name: str) -> Webhook:
    webhook = parts.webhooks.named(name.strip().lower())
    if webhook is None or webhook.state is WebhookState.REMOVED or not by.sees(webhook.tenant_id):
        raise NotFoundError(f"There is no webhook {name}.")
    return webhook


def _require_new(space: Workspace, name: str) -> None:
    with space.store.reading() as parts:
        if parts.webhooks.named(name) is not None:
            raise _taken(name)


def _taken(name: str) -> WebhookError:
    return WebhookError(
        f"There is or was a webhook {name}: the history would mix the two up. Choose another name."
    )


def _facts(webhook: Webhook) -> dict[str, object]:
    """What the audit log keeps: the host only, because the rest of an address may be a secret."""
    facts = webhook.model_dump(mode="json", include={"tenant_id", "outcomes", "sources"})
    return facts | {"host": webhook.host}
