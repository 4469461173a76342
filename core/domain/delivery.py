"""Deliveries: one decision to be told to one webhook, and every attempt at it."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zlib import crc32

from core.domain.record import Record

#: The waits between attempts that the Standard Webhooks specification recommends; after the last
#: one fails the delivery is dead.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
#: A wait is stretched by up to this share: what failed together must not come back together.
JITTER = 0.2
#: How much of an endpoint's answer is kept.
EXCERPT_CHARACTERS = 500


class EventType(StrEnum):
    """What an event says."""

    EFFECTIVE = "decision.effective"
    WITHDRAWN = "decision.withdrawn"
    TEST = "webhook.test"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Every attempt failed; it can be sent again by hand."""
    WITHDRAWN = "withdrawn"
    """The decision was taken back before anybody was told."""


class Delivery(Record):
    """One decision for one webhook; the only thing about it that changes is how far it got."""

    delivery_id: int
    webhook_id: int
    decision_id: UUID
    decision_seq: int
    item_id: int
    tenant_id: str
    type: EventType
    state: DeliveryState
    attempt_count: int
    step: int
    """How many of the waits are used up; begins anew when somebody sends it again."""
    due_at: datetime
    lease_until: datetime | None
    settled_at: datetime | None
    """When it was delivered, died or was withdrawn."""


class Answer(Record):
    """What came back: a status code, or a sentence that says why none did."""

    status_code: int | None
    error: str | None
    milliseconds: int
    excerpt: str | None
    """The first characters of the answer's body: somebody else's text."""
    retry_after_seconds: float | None = None

    @property
    def is_success(self) -> bool:
        """Whether the endpoint took it: any 2xx."""
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint wants nothing ever again."""
        return self.status_code == 410

    @property
    def is_from_nobody(self) -> bool:
        """Whether the next delivery would fare alike: no answer, or none from the endpoint."""
        return self.status_code is None or self.status_code in (429, 502, 503, 504)


class Attempt(Record):
    """One attempt at a delivery, as it was logged."""

    delivery_id: int
    number: int
    """From 1, over the delivery's whole life."""
    attempted_at: datetime
    status_code: int | None
    error: str | None
    milliseconds: int
    excerpt: str | None


def wait_before(delivery_id: int, step: int) -> timedelta | None:
    """How long after its failure number `step` (from 0) a delivery is tried again; None: never.

    The jitter is drawn from the id, so that it needs no source of chance.
    """
    if step >= len(WAITS):
        return None
    drawn = crc32(f"{delivery_id}:{step}".encode()) / 2**32
    return WAITS[step] * (1 + JITTER * drawn)
