"""Benchmark `export`: our streamed export of items against DuckDB's own COPY of the same rows."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import psutil

from core.clock import SystemClock
from core.domain.identifiers import IdSequence
from core.domain.item_filter import ItemFilter
from core.domain.person import operator
from core.engine.registry import Registry
from core.store.job_handle import NoJob
from core.usecases.catalogue import Catalogue, ensure_catalogue
from core.usecases.export_records import ExportKind, export_records
from core.usecases.workspace import Workspace
from data.bench.big_store import fill
from data.bench.report_bench import measure_report
from data.bench.result import BenchResult, Measure, in_turn, machine
from data.dialects.duckdb import DuckDb
from data.exports.open_writer import open_writer
from data.open_store import ready_store
from data.sql.interop_streams import Keys
from data.sql.item_streams import STREAMS

_MODEL = "lexical-1"
_REVIEWED = 0.02
_ANALYST = operator("bench")
_ALL_KEYS = Keys(0, 2**63 - 1)
_ROUNDS = 2
#: The most items of the report that is built.
_REPORTED = 1_000_000
_WATCH_SECONDS = 0.01
_OPTIONS = {"csv": "FORMAT csv, HEADER", "parquet": "FORMAT parquet, COMPRESSION zstd"}


def run(rows: int = 1_000_000) -> BenchResult:
    """Both formats, each side in turn; the peak is that of exports in a process of their own."""
    with tempfile.TemporaryDirectory(prefix="moddesk-bench-") as folder:
        path = Path(folder) / "bench.duckdb"
        with _opened(path) as (space, _):
            fill(space, Registry().get(_MODEL), rows, reviewed=_REVIEWED)
        found = {ending: _child(path, ending) for ending in _OPTIONS}
    how = f"{rows:,} items with status, verdict and decision, {_REVIEWED:.0%} of them reviewed"
    ratios = tuple(
        Measure(
            name=f"export_{ending}_vs_copy_ratio",
            value=round(min(each["ours"]) / min(each["theirs"]), 2),
            unit="ratio",
            how=f"{how}: export with manifest and digest over DuckDB's COPY of the same query, "
            f"in turn, the best of {_ROUNDS}",
        )
        for ending, each in found.items()
    )
    peak = max(each["peak_mb"][0] for each in found.values())
    seconds = tuple(
        Measure(
            name=f"export_{ending}_seconds", value=round(min(each["ours"]), 1), unit="s", how=how
        )
        for ending, each in found.items()
    )
    above = Measure(
        name="export_peak_mb",
        value=round(peak),
        unit="MB",
        how="the higher of both formats: resident memory of a process above what it had with the "
        "store open, in its first export",
    )
    report = measure_report(min(rows, _REPORTED))
    return BenchResult(
        bench="export", machine=machine(), results=(*ratios, above, report, *seconds)
    )


def _child(path: Path, ending: str) -> dict[str, list[float]]:
    child = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "data.bench.export_bench", str(path), ending],
        check=True,
        capture_output=True,
    )
    found: dict[str, list[float]] = orjson.loads(child.stdout.splitlines()[-1])
    return found


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Workspace, DuckDb]]:
    clock = SystemClock()
    ids = IdSequence(clock)
    dialect = DuckDb(str(path))
    store = ready_store(dialect, str(path), clock, ids)
    try:
        yield Workspace(store=store, clock=clock, ids=ids), dialect
    finally:
        store.close()


def _measure(path: Path, ending: str) -> None:
    """Prints the seconds of each side and the first export's peak as one JSON object."""
    out = path.with_name(f"ours.{ending}")
    with _opened(path) as (space, dialect):
        catalogue = ensure_catalogue(space, Registry().get(_MODEL), actor="bench")

        def ours() -> None:
            export_records(
                space, catalogue, open_writer(out), kind=ExportKind.ITEMS, wanted=ItemFilter(),
                person=_ANALYST, version="bench", job=NoJob(),
            )  # fmt: skip

        peak_mb = _peak_mb(ours)
        copies = path.with_name(f"theirs.{ending}")
        times = in_turn(ours, _copy(dialect, catalogue, copies), rounds=_ROUNDS)
    found = {"ours": times[0], "theirs": times[1], "peak_mb": [peak_mb]}
    sys.stdout.write("\n" + orjson.dumps(found).decode() + "\n")


def _copy(dialect: DuckDb, catalogue: Catalogue, path: Path) -> Callable[[], None]:
    """DuckDB's COPY of the rows that the export writes, by the same query over all of them."""
    statement = STREAMS["items"](catalogue.selection(ItemFilter(), _ANALYST), _ALL_KEYS)

    def copy() -> None:
        with dialect.connect(writing=False) as connection:
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101  # an open connection has one
            with driver.capture() as captured:
                connection.execute(statement)
            (sql, parameters), *_ = captured
            driver.raw.complete()
            driver.raw.execute(
                f"COPY ({sql}) TO '{path}' ({_OPTIONS[path.suffix[1:]]})", parameters
            )

    return copy


def _peak_mb(work: Callable[[], None]) -> float:
    """The highest resident memory of this process while it works, above what it had, in MB."""
    process = psutil.Process()
    before = highest = process.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal highest
        while not done.wait(_WATCH_SECONDS):
            highest = max(highest, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return (highest - before) / 1e6


if __name__ == "__main__":
    _measure(Path(sys.argv[1]), sys.argv[2])
