"""The outbox in SQL: what is due, who holds it, what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update

from core.domain.delivery import Delivery, DeliveryState
from core.domain.webhook import WebhookState
from core.domain.webhook_event import EventContent, EventData, EventPolicy, WebhookEvent
from core.store.deliveries import Due, Ended, Round, RoundEnd, Tried
from data.sql.part import Part
from data.sql.tables import decision, item, policy_version
from data.sql.webhook_tables import webhook, webhook_attempt, webhook_delivery
from data.sql.webhooks import DELIVERY_COLUMNS, HOOK_COLUMNS, webhook_of

_HOOK, _DELIVERY = webhook.c, webhook_delivery.c
_IS_WAITING = _DELIVERY.state == DeliveryState.WAITING.value


class SqlDeliveries(Part):
    """Rounds of deliveries in SQL."""

    def due(self, now: datetime) -> Due:
        """The active webhooks with something to send that nobody holds and that do not rest."""
        first = (
            select(func.min(_DELIVERY.due_at))
            .where(_DELIVERY.webhook_id == _HOOK.webhook_id, _IS_WAITING)
            .correlate(webhook)
            .scalar_subquery()
        )
        rows = self._connection.execute(
            select(_HOOK.webhook_id, _HOOK.busy_until, first.label("first"))
            .where(_HOOK.state == WebhookState.ACTIVE.value)
            .order_by(_HOOK.webhook_id)
        )
        at = {
            int(row.webhook_id): max(row.first, row.busy_until or row.first)
            for row in rows
            if row.first is not None
        }
        return Due(
            webhook_ids=tuple(each for each, moment in at.items() if moment <= now),
            next_at=min((moment for moment in at.values() if moment > now), default=None),
        )

    def claim(self, webhook_id: int, now: datetime, until: datetime, limit: int) -> Round | None:
        """Takes the webhook and its oldest due deliveries, unless somebody holds it; or None.

        Only one worker sends to an endpoint, or what was decided later might be told first.
        """
        is_free = or_(_HOOK.busy_until.is_(None), _HOOK.busy_until <= now)
        is_active = _HOOK.state == WebhookState.ACTIVE.value
        taken = self._connection.execute(
            update(webhook)
            .where(_HOOK.webhook_id == webhook_id, is_active, is_free)
            .values(busy_until=until)
            .returning(*HOOK_COLUMNS, _HOOK.failure_count)
        )
        row = taken.mappings().one_or_none()
        if row is None:
            return None
        deliveries = self._claim_deliveries(webhook_id, now, until, limit)
        if not deliveries:
            self._set(webhook_id, busy_until=None)
            return None
        facts = {name: value for name, value in row.items() if name != "failure_count"}
        return Round(
            webhook=webhook_of(facts), deliveries=tuple(deliveries), held_until=until,
            failure_count=int(row["failure_count"]),
        )  # fmt: skip

    def _claim_deliveries(
        self, webhook_id: int, now: datetime, until: datetime, limit: int
    ) -> list[Delivery]:
        chosen = (
            select(_DELIVERY.delivery_id)
            .where(
                _DELIVERY.webhook_id == webhook_id,
                _IS_WAITING,
                _DELIVERY.due_at <= now,
                or_(_DELIVERY.lease_until.is_(None), _DELIVERY.lease_until <= now),
            )
            .order_by(_DELIVERY.decision_seq)
            .limit(limit)
        )
        rows = self._connection.execute(
            update(webhook_delivery)
            .where(_DELIVERY.delivery_id.in_(self._dialect.skip_locked(chosen)))
            .values(lease_until=until)
            .returning(*DELIVERY_COLUMNS)
        )
        found = [Delivery.model_validate(dict(row)) for row in rows.mappings()]
        return sorted(found, key=lambda each: each.decision_seq)

    def events(self, deliveries: Sequence[Delivery]) -> dict[int, WebhookEvent]:
        """What each delivery says, by its id; one whose item is gone says nothing."""
        rows = self._connection.execute(
            select(
                *(decision.c[name] for name in _LEDGER),
                *(item.c[name] for name in _CONTENT),
                policy_version.c.name, policy_version.c.number,
            )
            .select_from(decision)
            .join(item, item.c.item_id == decision.c.item_id)
            .outerjoin(
                policy_version,
                policy_version.c.policy_version_id == decision.c.policy_version_id,
            )
            .where(
                decision.c.decision_seq.in_([each.decision_seq for each in deliveries]),
                item.c.item_id.in_({each.item_id for each in deliveries}),
            )
        )  # fmt: skip
        said = {row["decision_id"]: _data(row) for row in rows.mappings()}
        return {
            each.delivery_id: WebhookEvent(
                type=each.type, timestamp=said[each.decision_id].effective_at,
                data=said[each.decision_id],
            )
            for each in deliveries
            if each.decision_id in said
        }  # fmt: skip

    def end_round(self, round_: Round, end: RoundEnd) -> Ended:
        """Logs the attempts, lets go of the webhook, and pauses it if that is how it ended.

        The moment until which the round holds them tells its deliveries from those that somebody
        else took since.
        """
        self._log(end.tried)
        is_held = and_(_IS_WAITING, _DELIVERY.lease_until == round_.held_until)
        delivered = [each for each in end.tried if each.state is DeliveryState.DELIVERED]
        if delivered:
            self._settle_delivered(delivered, is_held)
        for tried in end.tried:
            if tried.state is not DeliveryState.DELIVERED:
                self._settle(tried, is_held)
        if end.put_back:
            ids = [each.delivery_id for each in end.put_back]
            self._connection.execute(
                update(webhook_delivery)
                .where(_DELIVERY.delivery_id.in_(ids), is_held)
                .values(lease_until=None)
            )
        is_ours = _HOOK.webhook_id == round_.webhook.webhook_id
        freed = self._connection.execute(
            update(webhook)
            .where(is_ours, _HOOK.busy_until == round_.held_until)
            .values(busy_until=end.rests_until, failure_count=end.failure_count)
        )
        return Ended(
            was_held=bool(freed.rowcount),
            was_paused=end.pause_reason is not None and self._pause(is_ours, end.pause_reason),
        )

    def _pause(self, is_ours: ColumnElement[bool], reason: str) -> bool:
        paused = self._connection.execute(
            update(webhook)
            .where(is_ours, _HOOK.state == WebhookState.ACTIVE.value)
            .values(state=WebhookState.PAUSED.value, reason=reason)
        )
        return bool(paused.rowcount)

    def _log(self, tried: Sequence[Tried]) -> None:
        rows = [
            {
                "attempt_seq": self._unit.ids.next(),
                "delivery_id": each.delivery.delivery_id,
                "number": each.delivery.attempt_count + 1,
                "attempted_at": each.at,
                **each.answer.model_dump(include=set(_FROM_ANSWER)),
            }
            for each in tried
            if each.answer is not None
        ]
        if rows:
            self._connection.execute(insert(webhook_attempt), rows)

    def _settle_delivered(self, tried: Sequence[Tried], is_held: ColumnElement[bool]) -> None:
        """The usual end, in one statement for all of them: reviewers wait for the write lock."""
        ids = [each.delivery.delivery_id for each in tried]
        self._connection.execute(
            update(webhook_delivery)
            .where(_DELIVERY.delivery_id.in_(ids), is_held)
            .values(
                state=DeliveryState.DELIVERED.value,
                attempt_count=_DELIVERY.attempt_count + 1,
                lease_until=None,
                settled_at=max(each.at for each in tried),
            )
        )

    def _settle(self, tried: Tried, is_held: ColumnElement[bool]) -> None:
        is_over = tried.state is not DeliveryState.WAITING
        self._connection.execute(
            update(webhook_delivery)
            .where(_DELIVERY.delivery_id == tried.delivery.delivery_id, is_held)
            .values(
                state=tried.state.value,
                attempt_count=tried.delivery.attempt_count + (tried.answer is not None),
                step=tried.step,
                due_at=tried.due_at,
                lease_until=None,
                settled_at=tried.at if is_over else None,
            )
        )

    def _set(self, webhook_id: int, **values: object) -> None:
        self._connection.execute(
            update(webhook).where(_HOOK.webhook_id == webhook_id).values(**values)
        )


_LEDGER = (
    "decision_id", "decision_seq", "tenant_id", "outcome", "standing_outcome", "reasons", "source",
    "decided_at", "effective_at", "reverses_id",
)  # fmt: skip
_CONTENT = ("item_id", "external_id", "author_id", "content_type")
_FROM_ANSWER = ("status_code", "error", "milliseconds", "excerpt")


def _data(row: Any) -> EventData:
    known = row["name"] is not None
    return EventData(
        decision_id=row["decision_id"],
        sequence=str(row["decision_seq"]),
        tenant=row["tenant_id"],
        content=EventContent(
            id=str(row["item_id"]), external_id=row["external_id"], author_id=row["author_id"],
            content_type=row["content_type"],
        ),
        outcome=row["outcome"],
        standing_outcome=row["standing_outcome"],
        reasons=tuple(row["reasons"]),
        source=row["source"],
        policy=EventPolicy(name=row["name"], number=row["number"]) if known else None,
        decided_at=row["decided_at"],
        effective_at=row["effective_at"],
        reverses_id=row["reverses_id"],
    )  # fmt: skip
