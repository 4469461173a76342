"""How long a monthly report over a large store takes, with all its files."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from core.clock import SystemClock
from core.domain.identifiers import IdSequence
from core.domain.person import operator
from core.domain.report import ReportDefinition
from core.engine.registry import Registry
from core.store.job_handle import NoJob
from core.usecases.build_report import build_report
from core.usecases.catalogue import Catalogue
from core.usecases.history import Histories
from core.usecases.workspace import Workspace
from data.bench.big_store import fill
from data.bench.result import Measure
from data.dialects.duckdb import DuckDb
from data.open_store import ready_store
from data.reports.archive import write_archive

_REVIEWED = 0.05
#: The days that the filled store's items are spread over.
_DAYS = 90


def measure_report(rows: int = 1_000_000) -> Measure:
    """`report_seconds`: every section of a period with `rows` items and 5 % of them decided."""
    with _filled(rows) as (space, catalogue, folder):
        end = space.clock.now()
        definition = ReportDefinition(start=end - timedelta(days=_DAYS), end=end)
        began = time.perf_counter()
        report = build_report(
            space, Histories(space.store), catalogue, operator("bench"), definition, as_of=end,
            job=NoJob(),
        )  # fmt: skip
        write_archive(folder / "report.zip", report, version="bench", job=NoJob())
        seconds = time.perf_counter() - began
        items, decided = report.inputs["items"].rows, round(rows * _REVIEWED)
    return Measure(
        name="report_seconds", value=round(seconds, 2), unit="s",
        how=f"all sections, HTML, PDF, tables and digests of {items:,} items, {decided:,} "
        "decisions by people and the policy's; nothing came in the period before",
    )  # fmt: skip


@contextmanager
def _filled(rows: int) -> Iterator[tuple[Workspace, Catalogue, Path]]:
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        dialect = DuckDb(f"{folder}/store.duckdb")
        ids = IdSequence(clock)
        store = ready_store(dialect, f"{folder}/store.duckdb", clock, ids)
        space = Workspace(store=store, clock=clock, ids=ids)
        try:
            classifier = Registry().get("lexical-1")
            yield space, fill(space, classifier, rows, reviewed=_REVIEWED), Path(folder)
        finally:
            store.close()
