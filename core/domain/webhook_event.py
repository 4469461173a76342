"""What a webhook is told: the event's JSON, the same bytes at every attempt."""

from datetime import datetime
from uuid import UUID

from core.domain.decision import Outcome, Source
from core.domain.delivery import EventType
from core.domain.record import Record


class EventContent(Record):
    """Which content; never its text."""

    id: str
    """Our id as text: it does not fit into the numbers of JavaScript."""
    external_id: str
    author_id: str | None
    content_type: str


class EventPolicy(Record):
    """The policy version that held when it was decided."""

    name: str
    number: int


class EventData(Record):
    """The decision, without its note and without who made it."""

    decision_id: UUID
    sequence: str
    """Rises with every decision on an item: whoever saw a higher one ignores this."""
    tenant: str
    content: EventContent
    outcome: Outcome
    standing_outcome: Outcome | None
    """What holds for the content after this entry; null when nothing was decided before it."""
    reasons: tuple[str, ...]
    source: Source
    policy: EventPolicy | None
    decided_at: datetime
    effective_at: datetime
    reverses_id: UUID | None
    """The decision that a withdrawal takes back."""


class SentEvent(Record):
    """What is sent as JSON."""

    @property
    def body(self) -> bytes:
        """The JSON that is sent and signed; made of facts only, so that it never differs."""
        return self.model_dump_json().encode()


class WebhookEvent(SentEvent):
    """One event as it is sent."""

    type: EventType
    timestamp: datetime
    """When the decision takes effect, not when this was sent: that is in the headers."""
    data: EventData


class WebhookTestData(Record):
    """Which webhook is tried."""

    webhook: str
    tenant: str


class WebhookTestEvent(SentEvent):
    """What is sent to try an endpoint."""

    type: EventType = EventType.TEST
    timestamp: datetime
    data: WebhookTestData
