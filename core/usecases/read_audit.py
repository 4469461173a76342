"""Reading and exporting the audit log."""

from core.domain.audit_event import AuditEvent, AuditFilter
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.errors import ForbiddenError
from core.store.job_handle import JobHandle
from core.store.rereading import rereading
from core.usecases.export_records import RecordWriter
from core.usecases.verify_audit import AuditResult, verify_audit
from core.usecases.workspace import Workspace

PAGE_EVENTS = 100


class AuditPage(Record):
    """Some events, newest first."""

    events: tuple[AuditEvent, ...]
    total: int
    following: int | None
    """Give it as `before_seq` for the next page; None at the end."""


def require_audit(person: Person) -> None:
    """Raises ForbiddenError unless the person may read the log: it is one, of the whole store."""
    person.require(Permission.READ_AUDIT)
    if person.tenants is not None:
        raise ForbiddenError(
            f"The audit log spans all tenants, and you see {', '.join(person.tenants)} only. "
            "Ask an admin who sees all of them."
        )


def verify_audit_for(space: Workspace, person: Person) -> AuditResult:
    """How far the chain is whole."""
    require_audit(person)
    return verify_audit(space)


@rereading
def read_audit(
    space: Workspace, person: Person, wanted: AuditFilter, *, before_seq: int | None = None
) -> AuditPage:
    """A page of events; by keyset, so deep pages cost the same."""
    require_audit(person)
    with space.store.reading() as parts:
        events = parts.audit.page(wanted, before_seq, PAGE_EVENTS + 1)
        total = parts.audit.count(wanted)
    shown = tuple(events[:PAGE_EVENTS])
    following = shown[-1].event_seq if len(events) > PAGE_EVENTS else None
    return AuditPage(events=shown, total=total, following=following)


@rereading
def audit_names(space: Workspace, person: Person) -> dict[str, list[str]]:
    """The actors and verbs to choose from."""
    require_audit(person)
    with space.store.reading() as parts:
        return parts.audit.names()


def export_audit(
    space: Workspace, person: Person, writer: RecordWriter, wanted: AuditFilter, job: JobHandle
) -> dict[str, object]:
    """Writes the events with their hashes to a file; the export is in the log itself."""
    require_audit(person)
    job.progress("writing", 0, None)
    with space.store.reading() as parts:
        written = writer.write(parts.audit.stream(wanted))
    facts = {"rows": written.row_count, "sha256": written.sha256}
    with space.store.writing() as parts:
        given = wanted.model_dump(mode="json", exclude_none=True)
        parts.audit.append(person.name, "audit.exported", "audit", {**facts, "filter": given})
    return {**facts, "size_bytes": written.size_bytes}
