"""Benchmark `import`: our checked import of a CSV against DuckDB's own read of the same file."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from data.bench.result import BenchResult, Measure, machine

_TEXT = (
    "the game was good but the end felt slow and my team lost again thanks for the help "
    "with this update please fix it soon great photo where did you buy that see you tomorrow"
)


def run(rows: int = 1_000_000) -> BenchResult:
    """Imports in a process of its own, so that its peak memory is its own."""
    with tempfile.TemporaryDirectory(prefix="moddesk-bench-") as folder:
        path = Path(folder) / "rows.csv"
        write_rows(path, rows)
        theirs = min(_duckdb_seconds(path, Path(folder) / f"plain-{turn}.duckdb") for turn in "ab")
        child = subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-m", "data.bench.import_bench", str(path), folder],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "MODDESK_ACTOR": "bench"},
        )
        seconds, peak_mb = (float(part) for part in child.stdout.split())
        theirs = min(theirs, _duckdb_seconds(path, Path(folder) / "plain-c.duckdb"))
    how = f"{rows:,} short rows of CSV with id, author, text, language and time"
    return BenchResult(
        bench="import",
        machine=machine(),
        results=(
            Measure(
                name="import_vs_duckdb_ratio",
                value=round(seconds / theirs, 2),
                unit="ratio",
                how=f"{how}: import without scoring over DuckDB's read_csv into an equal table",
            ),
            Measure(name="import_peak_mb", value=round(peak_mb), unit="MB", how=f"{how}: peak RSS"),
            Measure(
                name="import_rows_per_second",
                value=round(rows / seconds),
                unit="rows/s",
                how=how,
            ),
        ),
    )


def write_rows(path: Path, rows: int) -> None:
    """A CSV of made-up short comments."""
    chance = np.random.default_rng(0)
    words = np.array(_TEXT.split())
    picks = chance.integers(0, len(words), (rows, 11))
    pl.DataFrame(
        {
            "id": np.arange(rows),
            "author": [f"user{number}" for number in chance.integers(0, rows // 8 + 1, rows)],
            "text": [" ".join(words[line]) for line in picks],
            "language": np.array(["en", "de", "es"])[chance.integers(0, 3, rows)],
            "created_at": np.datetime64("2026-01-01", "ms")
            + chance.integers(0, 7_000_000, rows) * 1000,
        }
    ).write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%SZ")


def _duckdb_seconds(path: Path, store: Path) -> float:
    start = time.perf_counter()
    with duckdb.connect(str(store), config={"threads": 2}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE TABLE item AS SELECT row_number() OVER () AS item_id, 'default' AS tenant_id,"
            " id::VARCHAR AS external_id, author AS author_id, 'text' AS content_type,"
            " NULL::VARCHAR AS title, text AS body, language, false AS language_detected,"
            " []::VARCHAR[] AS tags, NULL::JSON AS metadata, NULL::VARCHAR AS source,"
            " NULL::VARCHAR AS thread_id, created_at::TIMESTAMPTZ AS created_at,"
            " now() AS ingested_at, unhex(sha256(text)) AS content_hash, 1::BIGINT AS import_id"
            " FROM read_csv(?)",
            [str(path)],
        )
        connection.execute("CHECKPOINT")
    return time.perf_counter() - start


def _child(path: Path, folder: Path) -> None:
    import resource  # noqa: PLC0415  # only the child measures itself

    from core.store.job_handle import NoJob  # noqa: PLC0415  # loaded before the clock starts
    from data.bootstrap import open_workbench, read_settings  # noqa: PLC0415  # as above

    settings = read_settings(database_url=f"duckdb:///{folder}/ours.duckdb")
    with open_workbench(settings) as workbench:
        start = time.perf_counter()
        run = workbench.import_file(path, mapping=[], job=NoJob())
        seconds = time.perf_counter() - start
    assert run.new_count == run.row_count, run.sentence  # noqa: S101  # a wrong import has no speed
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{seconds} {peak_mb}\n")


if __name__ == "__main__":
    _child(Path(sys.argv[1]), Path(sys.argv[2]))
