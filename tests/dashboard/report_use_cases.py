"""The use cases of reports, with what each asks of whoever calls it."""

from collections.abc import Callable
from pathlib import Path

from core.domain.person import Person
from core.domain.report import ReportDefinition, Rolling, Section
from core.domain.report_content import ModerationReport
from core.domain.role import Permission
from core.store.job_handle import NoJob
from core.usecases.build_report import build_report
from core.usecases.keep_reports import (
    record_run,
    remove_report,
    report_runs,
    save_report,
    saved_reports,
)
from data.bootstrap import Workbench
from data.reports.building import start_report

_WEEKLY = ReportDefinition(name="walked", rolling=Rolling.LAST_WEEK, sections=(Section.VOLUMES,))


def _built(w: Workbench, person: Person) -> ModerationReport:
    return build_report(
        w.space, w.histories, w.catalogue, person, _WEEKLY, as_of=w.space.clock.now(), job=NoJob()
    )


REPORTS: dict[str, tuple[Permission, Callable[[Workbench, Person, Path], object]]] = {
    "build a report": (Permission.EXPORT, lambda w, p, d: _built(w, p)),
    "start a report": (
        Permission.EXPORT, lambda w, p, d: w.jobs.wait(start_report(w, _WEEKLY, d / "r.zip", p)),
    ),
    "save a report": (Permission.EXPORT, lambda w, p, d: save_report(w.space, p, _WEEKLY)),
    "saved reports": (Permission.EXPORT, lambda w, p, d: saved_reports(w.space, p)),
    "remove a report": (Permission.EXPORT, lambda w, p, d: remove_report(w.space, p, "nothing")),
    "record a report": (
        Permission.EXPORT,
        lambda w, p, d: record_run(
            w.space, p, _built(w, w.operator), file="f.zip", sha256="ab" * 32, manifest="{}"
        ),
    ),
    "built reports": (Permission.EXPORT, lambda w, p, d: report_runs(w.space, p)),
}  # fmt: skip
