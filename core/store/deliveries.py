"""What we need from storage to send what waits in the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.delivery import Answer, Delivery, DeliveryState
from core.domain.record import Record
from core.domain.webhook import Webhook
from core.domain.webhook_event import WebhookEvent


class Due(Record):
    """What could be sent now, and when to look again."""

    webhook_ids: tuple[int, ...]
    next_at: datetime | None
    """When the next delivery of another webhook will be due; None: none waits."""


class Round(Record):
    """Deliveries of one webhook in the hands of one worker, oldest decision first."""

    webhook: Webhook
    deliveries: tuple[Delivery, ...]
    held_until: datetime
    failure_count: int
    """How many rounds in a row ended because nobody answered."""


@dataclass(frozen=True)
class Tried:
    """A delivery that was sent, or that turned out to have nothing to say."""

    delivery: Delivery
    at: datetime
    answer: Answer | None
    state: DeliveryState
    step: int
    due_at: datetime


@dataclass(frozen=True)
class RoundEnd:
    """What is recorded of a round."""

    tried: Sequence[Tried]
    put_back: Sequence[Delivery]
    rests_until: datetime | None
    failure_count: int
    pause_reason: str | None = None


class Ended(Record):
    """What recording a round found."""

    was_held: bool
    """Whether nobody took the webhook over meanwhile."""
    was_paused: bool
    """Whether it was paused: somebody else may have paused or removed it before."""


class DeliveryStore(Protocol):
    """The outbox. What is in it came with the decisions: see DecisionStore."""

    def due(self, now: datetime) -> Due:
        """The active webhooks with something to send that nobody holds and that do not rest."""

    def claim(self, webhook_id: int, now: datetime, until: datetime, limit: int) -> Round | None:
        """Takes the webhook and its oldest due deliveries, unless somebody holds it; or None."""

    def events(self, deliveries: Sequence[Delivery]) -> dict[int, WebhookEvent]:
        """What each delivery says, by its id; one whose item is gone says nothing."""

    def end_round(self, round_: Round, end: RoundEnd) -> Ended:
        """Logs the attempts, lets go of the webhook, and pauses it if that is how it ended.

        What somebody else holds by now is left to them.
        """
