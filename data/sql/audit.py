"""The chained audit log."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import polars as pl
from sqlalchemy import ColumnElement, func, insert, or_, select

from core.domain.audit_event import GENESIS, AuditEvent, AuditFilter, event_hash
from core.errors import BadValueError
from data.dialects.refusals import BROKEN_TEXT
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

    def chain(self) -> list[tuple[str, str, str, dict[str, Any]]]:
        """Appends what was noted to the chain, and returns it.

        Nobody else can append until the transaction ends.
        """
        noted = self._unit.unchained
        if not noted:
            return noted
        self._dialect.serialise(self._connection, ["audit chain"])
        tail = self._unit.last_tail() or self._look_up_tail()
        seq, previous = tail.event_seq, tail.event_hash
        now = self._unit.clock.now()
        rows = []
        for actor, verb, subject, details in noted:
            seq += 1
            digest = _digest(seq, actor, verb, subject, details, now, previous)
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
        return noted

    def _look_up_tail(self) -> AuditTail:
        last = self._connection.execute(
            select(audit_event.c.event_seq, audit_event.c.event_hash)
            .order_by(audit_event.c.event_seq.desc())
            .limit(1)
        ).first()
        return AuditTail(last.event_seq, last.event_hash) if last else AuditTail(0, GENESIS)

    def page(self, wanted: AuditFilter, before_seq: int | None, limit: int) -> list[AuditEvent]:
        """The newest events first, those before `before_seq`."""
        seq = audit_event.c.event_seq
        rows = select(audit_event).where(*_conditions(wanted)).order_by(seq.desc()).limit(limit)
        if before_seq is not None:
            rows = rows.where(seq < before_seq)
        return [_event(dict(row)) for row in self._connection.execute(rows).mappings()]

    def count(self, wanted: AuditFilter) -> int:
        """How many events are meant."""
        query = select(func.count()).select_from(audit_event).where(*_conditions(wanted))
        return int(self._connection.execute(query).scalar_one())

    def stream(self, wanted: AuditFilter) -> Iterator[pl.DataFrame]:
        """The events with their hashes in frames, oldest first."""
        rows = select(audit_event).where(*_conditions(wanted)).order_by(audit_event.c.event_seq)
        return self._dialect.stream_frames(self._connection, rows, 50_000)

    def names(self) -> dict[str, list[str]]:
        """The actors and verbs that occur, for choosing in filters."""
        columns = {"actor": audit_event.c.actor, "verb": audit_event.c.verb}
        return {
            name: sorted(self._connection.execute(select(column).distinct()).scalars())
            for name, column in columns.items()
        }

    def events(self) -> Iterator[AuditEvent]:
        """The whole chain, oldest first."""
        for frame in self.stream(AuditFilter()):
            for row in frame.iter_rows(named=True):
                yield _event(row)


def _digest(seq: int, *facts: Any) -> str:
    try:
        return event_hash(seq, *facts)
    except TypeError as error:
        if "surrogate" not in str(error):
            raise
        raise BadValueError(BROKEN_TEXT) from error


def _event(row: dict[str, Any]) -> AuditEvent:
    return AuditEvent(**{**row, "details": orjson.loads(row["details"])})


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    columns = audit_event.c
    found: list[ColumnElement[bool]] = []
    if wanted.actor is not None:
        found.append(columns.actor == wanted.actor)
    if wanted.verb is not None:
        family = columns.verb.startswith(f"{wanted.verb}.", autoescape=True)
        found.append(or_(columns.verb == wanted.verb, family))
    if wanted.subject is not None:
        found.append(columns.subject == wanted.subject)
    if wanted.since is not None:
        found.append(columns.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(columns.created_at < wanted.until)
    return found
