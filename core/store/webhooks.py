"""What we need from storage for webhooks and their deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pydantic import SecretStr

from core.domain.delivery import Attempt, Delivery, DeliveryState
from core.domain.record import Record
from core.domain.webhook import Webhook, WebhookState


class WebhookCounts(Record):
    """How far a webhook's deliveries are."""

    waiting_count: int = 0
    delivered_count: int = 0
    dead_count: int = 0
    withdrawn_count: int = 0
    last_success_at: datetime | None = None


class Rest(Record):
    """An endpoint from which nothing came is left alone for a while."""

    until: datetime
    failure_count: int
    """How many rounds in a row ended because nobody answered."""


class WebhookStore(Protocol):
    """Webhooks, and what became of their deliveries."""

    def add(self, webhook: Webhook) -> None:
        """Records a webhook."""

    def all(self) -> list[Webhook]:
        """Every webhook that was not removed, by name."""

    def named(self, name: str) -> Webhook | None:
        """The webhook with this name, also a removed one, or None."""

    def set_state(self, webhook_id: int, state: WebhookState, reason: str | None) -> None:
        """Notes whether it sends; one that is active sends at once."""

    def set_secrets(
        self, webhook_id: int, secret: SecretStr, previous: SecretStr, until: datetime
    ) -> None:
        """Notes a rotation."""

    def erase_secrets(self, webhook_id: int) -> None:
        """Forgets the secrets of a removed webhook."""

    def withdraw_waiting(self, webhook_id: int, now: datetime) -> int:
        """Takes every waiting delivery back; how many."""

    def counts(self, webhook_ids: Sequence[int]) -> dict[int, WebhookCounts]:
        """How far the deliveries are, by webhook."""

    def rests(self, webhook_ids: Sequence[int], now: datetime) -> dict[int, Rest]:
        """Those that rest at this moment, by webhook."""

    def dead_counts(self, webhook_ids: Sequence[int]) -> dict[int, int]:
        """How many deliveries are dead, by webhook; those with none are left out."""

    def deliveries(
        self,
        webhook_ids: Sequence[int],
        *,
        state: DeliveryState | None,
        before: int | None,
        limit: int,
    ) -> list[Delivery]:
        """Deliveries of these webhooks, the newest first, those before an id."""

    def delivery(self, delivery_id: int) -> Delivery | None:
        """One delivery, or None."""

    def attempts(self, delivery_ids: Sequence[int]) -> list[Attempt]:
        """Every attempt at these deliveries, the first one first."""

    def resend(self, webhook_id: int, now: datetime, delivery_id: int | None = None) -> int:
        """Has the dead deliveries wait again, or one that is dead or delivered; how many."""
