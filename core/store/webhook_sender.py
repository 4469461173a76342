"""What we need to tell an endpoint something."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.domain.delivery import Answer
from core.domain.webhook import Webhook


class WebhookConnection(Protocol):
    """A way to one endpoint, kept open between sendings."""

    def send(self, message_id: UUID, body: bytes, at: datetime) -> Answer:
        """Signs and sends one event; whatever goes wrong is in the answer."""


class WebhookSender(Protocol):
    """Reaches endpoints, except those it must not reach."""

    def check(self, url: str) -> None:
        """Raises WebhookError, which says what to do, when the address must not be reached."""

    def connected(self, webhook: Webhook) -> AbstractContextManager[WebhookConnection]:
        """A way to the webhook's endpoint, closed at the end."""
