from datetime import timedelta

import pytest
from sqlalchemy import update

from core.domain.audit_event import AuditFilter
from core.domain.person import operator
from core.usecases.read_audit import PAGE_EVENTS, audit_names, read_audit
from core.usecases.verify_audit import verify_audit
from core.usecases.workspace import Workspace
from data.sql.tables import audit_event
from tests.builders import FixedClock

ADMIN = operator("root")


def _write(space: Workspace, actor: str, verb: str, subject: str = "x", count: int = 1) -> None:
    with space.store.writing() as parts:
        for number in range(count):
            parts.audit.append(actor, verb, subject, {"n": number})


def test_events_are_filtered_and_paged(space: Workspace, clock: FixedClock) -> None:
    _write(space, "ann", "decision.reject", "item:1")
    _write(space, "ann", "decision.approve", "item:2", count=PAGE_EVENTS)
    clock.advance(hours=2)
    _write(space, "'; DROP TABLE audit_event; --", "decision_like.other")
    assert read_audit(space, ADMIN, AuditFilter(verb="decision")).total == PAGE_EVENTS + 1
    assert read_audit(space, ADMIN, AuditFilter(verb="decision.reject")).total == 1
    assert read_audit(space, ADMIN, AuditFilter(subject="item:2")).total == PAGE_EVENTS
    recent = AuditFilter(since=clock.now() - timedelta(hours=1))
    assert [e.actor for e in read_audit(space, ADMIN, recent).events] == [
        "'; DROP TABLE audit_event; --"
    ]
    first = read_audit(space, ADMIN, AuditFilter())
    assert len(first.events) == PAGE_EVENTS
    second = read_audit(space, ADMIN, AuditFilter(), before_seq=first.following)
    assert (len(second.events), second.following) == (2, None)
    seen = [event.event_seq for event in (*first.events, *second.events)]
    assert seen == sorted(seen, reverse=True)
    assert "ann" in audit_names(space, ADMIN)["actor"]


@pytest.mark.parametrize("database_url", ["duckdb"], indirect=True)
def test_a_rewritten_event_is_named(space: Workspace) -> None:
    """PostgreSQL refuses the change itself; see tests/data/dialects/test_postgres.py."""
    _write(space, "ann", "decision.reject", count=5)
    with space.store.dialect.engine.begin() as connection:  # type: ignore[attr-defined]  # the SQL store
        connection.execute(
            update(audit_event).where(audit_event.c.event_seq == 3).values(actor="eve")
        )
    result = verify_audit(space)
    assert result.broken_at == 3
    assert "BROKEN at event 3" in result.sentence
