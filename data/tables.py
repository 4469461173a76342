"""Reading chosen columns of Parquet, CSV and JSONL files as frames."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from core.errors import UnreadableFileError

_SCANS: dict[str, Callable[[Path], pl.LazyFrame]] = {
    ".parquet": pl.scan_parquet,
    # Everything as text: an id such as 007 must stay what it is.
    ".csv": lambda path: pl.scan_csv(path, infer_schema=False),
    ".jsonl": pl.scan_ndjson,
    ".ndjson": pl.scan_ndjson,
}


def table_columns(source: Path) -> list[str]:
    """The names of a file's columns; errors say what is wrong with the file."""
    try:
        return _scan(source).collect_schema().names()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UnreadableFileError(f"{source.name} cannot be read: {error}") from error


def read_table(source: Path, columns: list[str]) -> pl.DataFrame:
    """The columns of a file; an error names those that it lacks."""
    known = table_columns(source)
    if missing := [name for name in columns if name not in known]:
        raise UnreadableFileError(
            f"{source.name} has no column {', '.join(missing)}. It has: {', '.join(known)}."
        )
    try:
        return _scan(source).select(list(dict.fromkeys(columns))).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UnreadableFileError(f"{source.name} cannot be read: {error}") from error


def _scan(source: Path) -> pl.LazyFrame:
    if not source.is_file():
        raise UnreadableFileError(f"There is no file {source}.")
    scan = _SCANS.get(source.suffix.lower())
    if scan is None:
        raise UnreadableFileError(f"{source.name}: such a file must end in {', '.join(_SCANS)}.")
    return scan(source)
