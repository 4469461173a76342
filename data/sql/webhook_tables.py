"""The tables of webhooks: the endpoints, the outbox of deliveries, the log of attempts."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, String, Table, Text, Uuid

from data.sql.tables import metadata

_TIME = DateTime(timezone=True)
_BULK = {"bulk": True}

#: Who is told; `outcomes` and `sources` are words with blanks between them. The secrets are stored
#: as they are, because both sides sign with them.
webhook = Table(
    "webhook",
    metadata,
    Column("webhook_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(80), nullable=False),
    Column("tenant_id", String(200), nullable=False),
    Column("url", Text, nullable=False),
    Column("outcomes", String(200), nullable=False),
    Column("sources", String(200), nullable=False),
    Column("secret", String(80), nullable=False),
    Column("previous_secret", String(80)),
    Column("previous_until", _TIME),
    Column("state", String(16), nullable=False),
    Column("reason", Text),
    Column("created_by", String(200), nullable=False),
    Column("created_at", _TIME, nullable=False),
    # Until when a worker holds it or it rests: the two never overlap.
    Column("busy_until", _TIME),
    Column("failure_count", Integer, nullable=False),
)

#: The outbox, written in the transaction of the decision.
webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("delivery_id", BigInteger, primary_key=True, autoincrement=False),
    Column("webhook_id", BigInteger, nullable=False),
    Column("decision_id", Uuid, nullable=False),
    Column("decision_seq", BigInteger, nullable=False),
    Column("item_id", BigInteger, nullable=False),
    Column("tenant_id", String(200), nullable=False),
    Column("type", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt_count", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("due_at", _TIME, nullable=False),
    Column("lease_until", _TIME),
    Column("settled_at", _TIME),
    info=_BULK,
)

#: Every attempt, appended; the excerpt is somebody else's text.
webhook_attempt = Table(
    "webhook_attempt",
    metadata,
    Column("attempt_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("delivery_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("attempted_at", _TIME, nullable=False),
    Column("status_code", Integer),
    Column("error", Text),
    Column("milliseconds", Integer, nullable=False),
    Column("excerpt", Text),
    info=_BULK,
)
