"""Webhooks: added, rotated, paused, resumed, removed, listed, tried."""

from collections.abc import Sequence

from pydantic import SecretStr, ValidationError

from core.domain.decision import Outcome, Source
from core.domain.delivery import Answer
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
from core.store.webhooks import Rest, WebhookCounts
from core.usecases.workspace import Workspace


class NewSecret(Record):
    """A webhook with the only copy of its new secret that is ever shown."""

    webhook: Webhook
    secret: SecretStr


class WebhookRow(Record):
    """A webhook with how far its deliveries are."""

    webhook: Webhook
    counts: WebhookCounts
    rest: Rest | None = None
    """While an endpoint that does not answer is left alone."""


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
        webhook = known_webhook(parts, by, name)
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
        webhook = known_webhook(parts, by, name)
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
        webhook = known_webhook(parts, by, name)
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
        ids = [webhook.webhook_id for webhook in seen]
        counts = parts.webhooks.counts(ids)
        rests = parts.webhooks.rests(ids, space.clock.now())
    return [
        WebhookRow(
            webhook=each, counts=counts.get(each.webhook_id, WebhookCounts()),
            rest=rests.get(each.webhook_id),
        )
        for each in seen
    ]  # fmt: skip


def send_test(space: Workspace, sender: WebhookSender, by: Person, name: str) -> Answer:
    """Sends a `webhook.test` event at once, also to a paused endpoint, and says what came back."""
    by.require(Permission.MANAGE_WEBHOOKS)
    with space.store.reading() as parts:
        webhook = known_webhook(parts, by, name)
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


def known_webhook(parts: StoreParts, by: Person, name: str) -> Webhook:
    """The webhook with this name that the person sees; raises NotFoundError."""
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
