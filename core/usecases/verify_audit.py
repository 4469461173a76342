"""Walking the audit chain."""

from core.domain.audit_event import GENESIS
from core.domain.record import Record
from core.store.rereading import rereading
from core.usecases.workspace import Workspace


class AuditResult(Record):
    """How far the chain is whole."""

    event_count: int
    broken_at: int | None = None

    @property
    def sentence(self) -> str:
        """The result in words."""
        if self.broken_at is None:
            return f"The audit log is whole: {self.event_count:,} events."
        return (
            f"The audit log is BROKEN at event {self.broken_at}: it or the one before it was "
            "changed or removed after it was written."
        )


@rereading
def verify_audit(space: Workspace) -> AuditResult:
    """The number of events, and the first whose hash or predecessor does not fit."""
    count, previous = 0, GENESIS
    with space.store.reading() as parts:
        for event in parts.audit.events():
            count += 1
            fits = event.previous_hash == previous and event.event_seq == count
            if not fits or event.event_hash != event.expected_hash():
                return AuditResult(event_count=count, broken_at=event.event_seq)
            previous = event.event_hash
    return AuditResult(event_count=count)
