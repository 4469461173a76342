"""Webhooks and their deliveries in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy import ColumnElement, exists, func, insert, select, update

from core.domain.delivery import Attempt, Delivery, DeliveryState
from core.domain.webhook import Webhook, WebhookState
from core.store.webhooks import Rest, WebhookCounts
from data.sql.part import Part
from data.sql.webhook_tables import webhook, webhook_attempt, webhook_delivery

_HOOK, _DELIVERY, _ATTEMPT = webhook.c, webhook_delivery.c, webhook_attempt.c
_IS_WAITING = _DELIVERY.state == DeliveryState.WAITING.value
HOOK_COLUMNS = tuple(_HOOK[name] for name in Webhook.model_fields)
DELIVERY_COLUMNS = tuple(_DELIVERY[name] for name in Delivery.model_fields)


class SqlWebhooks(Part):
    """Endpoints, and what became of their deliveries."""

    def add(self, hook: Webhook) -> None:
        """Records a webhook."""
        self._unit.has_news = True
        row = hook.model_dump(mode="python") | {
            "outcomes": " ".join(hook.outcomes),
            "sources": " ".join(hook.sources),
            "secret": hook.secret.get_secret_value(),
            "previous_secret": None,
            "failure_count": 0,
        }
        self._connection.execute(insert(webhook), [row])

    def all(self) -> list[Webhook]:
        """Every webhook that was not removed, by name."""
        rows = self._connection.execute(
            select(*HOOK_COLUMNS)
            .where(_HOOK.state != WebhookState.REMOVED.value)
            .order_by(_HOOK.name)
        )
        return [webhook_of(row) for row in rows.mappings()]

    def named(self, name: str) -> Webhook | None:
        """The webhook with this name, also a removed one, or None."""
        rows = self._connection.execute(select(*HOOK_COLUMNS).where(_HOOK.name == name))
        row = rows.mappings().one_or_none()
        return webhook_of(row) if row else None

    def set_state(self, webhook_id: int, state: WebhookState, reason: str | None) -> None:
        """Notes whether it sends; one that is active sends at once."""
        self._unit.has_news = True
        self._set(webhook_id, state=state.value, reason=reason)
        if state is WebhookState.ACTIVE:
            self._wake(webhook_id)

    def set_secrets(
        self, webhook_id: int, secret: SecretStr, previous: SecretStr, until: datetime
    ) -> None:
        """Notes a rotation."""
        self._set(
            webhook_id, secret=secret.get_secret_value(),
            previous_secret=previous.get_secret_value(), previous_until=until,
        )  # fmt: skip

    def erase_secrets(self, webhook_id: int) -> None:
        """Forgets the secrets of a removed webhook."""
        self._set(webhook_id, secret="", previous_secret=None, previous_until=None)

    def _set(self, webhook_id: int, **values: object) -> None:
        self._connection.execute(
            update(webhook).where(_HOOK.webhook_id == webhook_id).values(**values)
        )

    def _wake(self, webhook_id: int) -> None:
        """Ends its rest, unless a worker holds it."""
        self._connection.execute(
            update(webhook)
            .where(_HOOK.webhook_id == webhook_id, ~_is_held(self._unit.clock.now()))
            .values(busy_until=None, failure_count=0)
        )

    def withdraw_waiting(self, webhook_id: int, now: datetime) -> int:
        """Takes every waiting delivery back; how many."""
        changed = self._connection.execute(
            update(webhook_delivery)
            .where(_DELIVERY.webhook_id == webhook_id, _IS_WAITING)
            .values(state=DeliveryState.WITHDRAWN.value, settled_at=now)
        )
        return int(changed.rowcount)

    def counts(self, webhook_ids: Sequence[int]) -> dict[int, WebhookCounts]:
        """How far the deliveries are, by webhook."""
        rows = self._connection.execute(
            select(
                _DELIVERY.webhook_id, _DELIVERY.state, func.count().label("rows"),
                func.max(_DELIVERY.settled_at).label("last"),
            )
            .where(_DELIVERY.webhook_id.in_(list(webhook_ids)))
            .group_by(_DELIVERY.webhook_id, _DELIVERY.state)
        )  # fmt: skip
        found: dict[int, dict[str, Any]] = {}
        for row in rows:
            values = found.setdefault(int(row.webhook_id), {})
            values[f"{row.state}_count"] = int(row.rows)
            if row.state == DeliveryState.DELIVERED.value:
                values["last_success_at"] = row.last
        return {each: WebhookCounts.model_validate(values) for each, values in found.items()}

    def rests(self, webhook_ids: Sequence[int], now: datetime) -> dict[int, Rest]:
        """Those that rest at this moment, by webhook; one that is just tried again does not."""
        rows = self._connection.execute(
            select(_HOOK.webhook_id, _HOOK.busy_until, _HOOK.failure_count).where(
                _HOOK.webhook_id.in_(list(webhook_ids)),
                _HOOK.failure_count > 0,
                _HOOK.busy_until > now,
                ~_is_held(now),
            )
        )
        return {
            int(row.webhook_id): Rest(until=row.busy_until, failure_count=row.failure_count)
            for row in rows
        }

    def dead_counts(self, webhook_ids: Sequence[int]) -> dict[int, int]:
        """How many deliveries are dead, by webhook; those with none are left out."""
        rows = self._connection.execute(
            select(_DELIVERY.webhook_id, func.count())
            .where(
                _DELIVERY.state == DeliveryState.DEAD.value,
                _DELIVERY.webhook_id.in_(list(webhook_ids)),
            )
            .group_by(_DELIVERY.webhook_id)
        )
        return {int(webhook_id): int(count) for webhook_id, count in rows}

    def deliveries(
        self,
        webhook_ids: Sequence[int],
        *,
        state: DeliveryState | None,
        before: int | None,
        limit: int,
    ) -> list[Delivery]:
        """Deliveries of these webhooks, the newest first, those before an id."""
        query = select(*DELIVERY_COLUMNS).where(_DELIVERY.webhook_id.in_(list(webhook_ids)))
        if state is not None:
            query = query.where(_DELIVERY.state == state.value)
        if before is not None:
            query = query.where(_DELIVERY.delivery_id < before)
        rows = self._connection.execute(query.order_by(_DELIVERY.delivery_id.desc()).limit(limit))
        return [Delivery.model_validate(dict(row)) for row in rows.mappings()]

    def delivery(self, delivery_id: int) -> Delivery | None:
        """One delivery, or None."""
        rows = self._connection.execute(
            select(*DELIVERY_COLUMNS).where(_DELIVERY.delivery_id == delivery_id)
        )
        row = rows.mappings().one_or_none()
        return Delivery.model_validate(dict(row)) if row else None

    def attempts(self, delivery_ids: Sequence[int]) -> list[Attempt]:
        """Every attempt at these deliveries, the first one first."""
        rows = self._connection.execute(
            select(*(_ATTEMPT[name] for name in Attempt.model_fields))
            .where(_ATTEMPT.delivery_id.in_(list(delivery_ids)))
            .order_by(_ATTEMPT.attempt_seq)
        )
        return [Attempt.model_validate(dict(row)) for row in rows.mappings()]

    def resend(self, webhook_id: int, now: datetime, delivery_id: int | None = None) -> int:
        """Has the dead deliveries wait again, or one that is dead or delivered; how many."""
        over = {DeliveryState.DEAD.value}
        chosen = [_DELIVERY.webhook_id == webhook_id]
        if delivery_id is not None:
            over.add(DeliveryState.DELIVERED.value)
            chosen.append(_DELIVERY.delivery_id == delivery_id)
        changed = self._connection.execute(
            update(webhook_delivery)
            .where(_DELIVERY.state.in_(over), *chosen)
            .values(
                state=DeliveryState.WAITING.value, step=0, due_at=now, lease_until=None,
                settled_at=None,
            )
        )  # fmt: skip
        if changed.rowcount:
            self._unit.has_news = True
            self._wake(webhook_id)
        return int(changed.rowcount)


def _is_held(now: datetime) -> ColumnElement[bool]:
    """Whether a worker has some of a webhook's deliveries in its hands."""
    return exists().where(_DELIVERY.webhook_id == _HOOK.webhook_id, _DELIVERY.lease_until > now)


def webhook_of(row: Any) -> Webhook:
    """The webhook in a row."""
    values = dict(row)
    return Webhook.model_validate(
        values | {"outcomes": values["outcomes"].split(), "sources": values["sources"].split()}
    )
