"""The outbox: what webhooks are to be told, written with the decision or not at all."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import insert, select, update

from core.domain.decision import Decision, Outcome
from core.domain.delivery import DeliveryState, EventType
from core.domain.webhook import WebhookState
from data.sql.part import Part
from data.sql.webhook_tables import webhook, webhook_delivery
from data.sql.webhook_wish import Wish

_WAITING, _WITHDRAWN = DeliveryState.WAITING.value, DeliveryState.WITHDRAWN.value


class Outbox(Part):
    """Deliveries of decisions; only the ledger writes them, so that no way to decide forgets it."""

    def add(self, entries: Sequence[Decision]) -> None:
        """Notes whom to tell of entries that were just appended."""
        wishes = self._wishes()
        if not wishes:
            return
        rows = [
            _row(entry, wish.webhook_id, EventType.EFFECTIVE)
            for entry in entries
            for wish in wishes
            if wish.covers(entry)
        ]
        rows += self._take_back(entries, {wish.webhook_id for wish in wishes})
        if rows:
            ids = self._unit.ids.block(len(rows)).tolist()
            numbered = [{**row, "delivery_id": each} for row, each in zip(rows, ids, strict=True)]
            self._connection.execute(insert(webhook_delivery), numbered)

    def add_frame(self, frame: pl.DataFrame) -> None:
        """Notes whom to tell of many decisions, none of which takes another one back."""
        for wish in self._wishes():
            wanted = wish.covering(frame)
            rows = wanted.select(
                "decision_id", "decision_seq", "item_id", "tenant_id",
                delivery_id=pl.Series(self._unit.ids.block(wanted.height), dtype=pl.Int64),
                webhook_id=pl.lit(wish.webhook_id, dtype=pl.Int64),
                type=pl.lit(EventType.EFFECTIVE.value),
                state=pl.lit(_WAITING),
                attempt_count=pl.lit(0, dtype=pl.Int32),
                step=pl.lit(0, dtype=pl.Int32),
                due_at=pl.col("effective_at"),
            )  # fmt: skip
            self._dialect.bulk_insert(self._connection, webhook_delivery, rows)

    def withdraw_import(self, of_import: Any) -> None:
        """Tells nobody of decisions on items (a selection of their ids) that are removed."""
        if self._wishes():
            self._withdraw(webhook_delivery.c.item_id.in_(of_import))

    def _take_back(self, entries: Sequence[Decision], known: set[int]) -> list[dict[str, Any]]:
        """What is sent about withdrawals: only to those who may know of what is taken back."""
        reversing = {
            entry.reverses_id: entry
            for entry in entries
            if entry.outcome is Outcome.WITHDRAW and entry.reverses_id is not None
        }
        if not reversing:
            return []
        columns = webhook_delivery.c
        is_reversed = columns.decision_id.in_(list(reversing))
        # A delivery that a worker holds or held may have arrived, whatever came back.
        self._withdraw(is_reversed, columns.attempt_count == 0, columns.lease_until.is_(None))
        told = select(columns.webhook_id, columns.decision_id).where(
            is_reversed, columns.state != _WITHDRAWN, columns.webhook_id.in_(known)
        )
        found: list[tuple[int, UUID]] = [
            (int(row.webhook_id), row.decision_id) for row in self._connection.execute(told)
        ]
        return [
            _row(reversing[decision_id], webhook_id, EventType.WITHDRAWN)
            for webhook_id, decision_id in found
        ]

    def _withdraw(self, *conditions: Any) -> None:
        self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.state == _WAITING, *conditions)
            .values(state=_WITHDRAWN, settled_at=self._now())
        )

    def _now(self) -> datetime:
        return self._unit.clock.now()

    def _wishes(self) -> list[Wish]:
        """What webhooks want to be told; read once a transaction. Paused ones are told later."""
        if self._unit.wishes is None:
            columns = webhook.c
            rows = self._connection.execute(
                select(columns.webhook_id, columns.tenant_id, columns.outcomes, columns.sources)
                .where(columns.state != WebhookState.REMOVED.value)
            ).all()  # fmt: skip
            self._unit.wishes = [
                Wish(
                    webhook_id=int(row.webhook_id), tenant_id=row.tenant_id,
                    outcomes=frozenset(row.outcomes.split()),
                    sources=frozenset(row.sources.split()),
                )
                for row in rows
            ]  # fmt: skip
        return self._unit.wishes


def _row(entry: Decision, webhook_id: int, kind: EventType) -> dict[str, Any]:
    return {
        "webhook_id": webhook_id,
        "decision_id": entry.decision_id,
        "decision_seq": entry.decision_seq,
        "item_id": entry.item_id,
        "tenant_id": entry.tenant_id,
        "type": kind.value,
        "state": _WAITING,
        "attempt_count": 0,
        "step": 0,
        "due_at": entry.effective_at,
    }
