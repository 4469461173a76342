"""Saved definitions of reports, and what was built."""

from core.domain.person import Person
from core.domain.report import ReportDefinition, ReportRun, SavedReport
from core.domain.report_content import ModerationReport
from core.domain.role import Permission
from core.errors import NotFoundError
from core.store.rereading import rereading
from core.usecases.build_report import narrowed
from core.usecases.workspace import Workspace

#: Past runs that are listed.
RUNS_LISTED = 50


def save_report(space: Workspace, person: Person, definition: ReportDefinition) -> SavedReport:
    """Keeps the definition under its name, in the place of an earlier one of that name."""
    person.require(Permission.EXPORT)
    narrowed(person, definition)
    saved = SavedReport(definition=definition, saved_by=person.name, saved_at=space.clock.now())
    with space.store.writing() as parts:
        parts.serialise("reports")
        known = {each.definition.name for each in parts.reports.saved() if _sees(person, each)}
        parts.reports.save(saved)
        parts.audit.append(
            person.name, "report.saved", f"report:{definition.name}",
            {
                "definition": definition.model_dump(mode="json"),
                "replaces": definition.name in known,
            },
        )  # fmt: skip
    return saved


def remove_report(space: Workspace, person: Person, name: str) -> None:
    """Removes a saved definition; runs of it stay."""
    person.require(Permission.EXPORT)
    with space.store.writing() as parts:
        parts.serialise("reports")
        found = [each for each in parts.reports.saved() if each.definition.name == name]
        if not found or not _sees(person, found[0]):
            raise NotFoundError(f"There is no saved report called “{name}”.")
        parts.reports.remove(name)
        parts.audit.append(person.name, "report.removed", f"report:{name}", {})


@rereading
def saved_reports(space: Workspace, person: Person) -> list[SavedReport]:
    """The saved definitions, by name, whose tenants the person sees."""
    person.require(Permission.EXPORT)
    with space.store.reading() as parts:
        found = parts.reports.saved()
    return [each for each in found if _sees(person, each)]


def saved_report(space: Workspace, person: Person, name: str) -> SavedReport:
    """The saved definition of that name; NotFoundError without one."""
    found = [each for each in saved_reports(space, person) if each.definition.name == name]
    if not found:
        raise NotFoundError(
            f"There is no saved report called “{name}”. Choose one of the list, or save it first."
        )
    return found[0]


def record_run(
    space: Workspace, person: Person, report: ModerationReport, *, file: str, sha256: str,
    manifest: str,
) -> ReportRun:  # fmt: skip
    """Records a report that was written to a file."""
    person.require(Permission.EXPORT)
    run = ReportRun(
        run_id=space.ids.next(), name=report.definition.name, actor=person.name,
        tenants=report.tenants, built_at=space.clock.now(), period=report.period, file=file,
        sha256=sha256, manifest=manifest,
    )  # fmt: skip
    with space.store.writing() as parts:
        parts.reports.add_run(run)
        parts.audit.append(
            person.name, "report.built", f"report:{run.name}",
            {
                "period": report.period.model_dump(mode="json"), "sha256": sha256,
                "tenants": list(report.tenants) if report.tenants is not None else None,
                "sections": [each.section.value for each in report.sections],
            },
        )  # fmt: skip
    return run


@rereading
def report_runs(space: Workspace, person: Person, *, limit: int = RUNS_LISTED) -> list[ReportRun]:
    """The newest runs whose tenants the person sees, newest first."""
    person.require(Permission.EXPORT)
    with space.store.reading() as parts:
        # Whoever sees few tenants must not see fewer runs for those of others.
        found = parts.reports.runs(limit if person.tenants is None else 20 * limit)
    return [each for each in found if _covers(person, each.tenants)][:limit]


def _covers(person: Person, tenants: tuple[str, ...] | None) -> bool:
    if person.tenants is None:
        return True
    return tenants is not None and all(person.sees(each) for each in tenants)


def _sees(person: Person, saved: SavedReport) -> bool:
    """A definition without tenants is of those that whoever runs it sees."""
    return all(person.sees(each) for each in saved.definition.tenants)
