"""The use cases of regulatory exports for the table of permissions."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.role import Permission
from core.store.job_handle import NoJob
from core.usecases.export_statements import StatementRequest, check_statements
from core.usecases.manage_regulation import read_mapping, save_mapping
from core.usecases.measure_automation import measure_automation
from core.usecases.transparency_report import ReportRequest, build_report, days
from data.bootstrap import Workbench
from data.regulation import write_report, write_statements

_YEAR = (date(2026, 1, 1), date(2026, 12, 31))
_STATEMENTS = StatementRequest(period=days(*_YEAR))
_REPORT = ReportRequest(start=_YEAR[0], end=_YEAR[1])

REGULATION: dict[str, tuple[Permission, Callable[[Workbench, Person, Path], object]]] = {
    "read the regulatory mapping": (
        Permission.EXPORT, lambda w, p, d: read_mapping(w.space, p)),
    "save the regulatory mapping": (
        Permission.MANAGE_POLICIES,
        lambda w, p, d: save_mapping(w.space, p, read_mapping(w.space, w.operator))),
    "check statements of reasons": (
        Permission.EXPORT,
        lambda w, p, d: check_statements(w.space, w.catalogue, p, _STATEMENTS, NoJob())),
    "export statements of reasons": (
        Permission.EXPORT, lambda w, p, d: write_statements(w, d / "s.zip", _STATEMENTS, p, NoJob())),
    "build the transparency report": (
        Permission.EXPORT,
        lambda w, p, d: build_report(w.space, w.histories, w.catalogue, p, _REPORT, NoJob())),
    "export the transparency report": (
        Permission.EXPORT, lambda w, p, d: write_report(w, d / "r.zip", _REPORT, p, NoJob())),
    "measure automatic removal": (
        Permission.EXPORT,
        lambda w, p, d: measure_automation(w.histories, w.catalogue, p, ItemFilter())),
}  # fmt: skip
