"""The chained audit log."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import insert, select

from core.domain.audit_event import GENESIS, AuditEvent, event_hash
from data.sql.part import AuditTail, Part
from data.sql.tables import audit_event


class SqlAudit(Part):
    """Appends to and walks the chain."""

    def append(self, actor: str, verb: str, subject: str, details: dict[str, Any]) -> None:
        """Notes one event, to be chained when the transaction ends."""
        self._unit.unchained.append((actor, verb, subject, details))

    def append_many(self, actor: str, events: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
        """Notes several events in order."""
        self._unit.unchained.extend((actor, *event) for event in events)

    def chain(self) -> None:
        """Appends what was noted to the chain; nobody else can until the transaction ends."""
        noted = self._unit.unchained
        if not noted:
            return
        self._dialect.serialise(self._connection, ["audit chain"])
        tail = self._unit.tail or self._look_up_tail()
        seq, previous = tail.event_seq, tail.event_hash
        now = self._unit.clock.now()
        rows = []
        for actor, verb, subject, details in noted:
            seq += 1
            digest = event_hash(seq, actor, verb, subject, details, now, previous)
            rows.append(
                {
                    "event_seq": seq,
                    "actor": actor,
                    "verb": verb,
                    "subject": subject,
                    "details": orjson.dumps(details).decode(),
                    "created_at": now,
                    "previous_hash": previous,
                    "event_hash": digest,
                }
            )
            previous = digest
        self._connection.execute(insert(audit_event), rows)
        self._unit.tail = AuditTail(seq, previous)
        noted.clear()

    def _look_up_tail(self) -> AuditTail:
        last = self._connection.execute(
            select(audit_event.c.event_seq, audit_event.c.event_hash)
            .order_by(audit_event.c.event_seq.desc())
            .limit(1)
        ).first()
        return AuditTail(last.event_seq, last.event_hash) if last else AuditTail(0, GENESIS)

    def events(self) -> Iterator[AuditEvent]:
        """The whole chain, oldest first."""
        rows = select(audit_event).order_by(audit_event.c.event_seq)
        for frame in self._dialect.stream_frames(self._connection, rows, 10_000):
            for row in frame.iter_rows(named=True):
                yield AuditEvent(**{**row, "details": orjson.loads(row["details"])})
