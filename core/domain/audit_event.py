"""The chained record of every change of state."""

import hashlib
from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import Field

from core.domain.plain_text import PlainText
from core.domain.record import Record

GENESIS = "0" * 64


class AuditEvent(Record):
    """Who changed what; each event's hash covers the one before."""

    event_seq: int
    actor: str
    verb: str
    subject: str
    details: dict[str, Any]
    created_at: datetime
    previous_hash: str
    event_hash: str

    def expected_hash(self) -> str:
        """The hash this event must have, from its content and its predecessor's hash."""
        return event_hash(
            self.event_seq,
            self.actor,
            self.verb,
            self.subject,
            self.details,
            self.created_at,
            self.previous_hash,
        )


class AuditFilter(Record):
    """Which events are meant; an empty filter means all of them."""

    actor: Annotated[PlainText, Field(max_length=200)] | None = None
    verb: Annotated[PlainText, Field(max_length=64)] | None = None
    """A verb such as `decision.reject`, or its first part, `decision`."""
    subject: Annotated[PlainText, Field(max_length=200)] | None = None
    since: datetime | None = None
    until: datetime | None = None


def event_hash(
    event_seq: int,
    actor: str,
    verb: str,
    subject: str,
    details: dict[str, Any],
    created_at: datetime,
    previous_hash: str,
) -> str:
    """SHA-256 (hex) over the canonical JSON of an event and its predecessor's hash."""
    canonical = orjson.dumps(
        [event_seq, actor, verb, subject, details, created_at.isoformat(), previous_hash],
        option=orjson.OPT_SORT_KEYS,
    )
    return hashlib.sha256(canonical).hexdigest()
