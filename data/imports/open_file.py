"""The reader for a file, chosen by what the file is."""

from collections.abc import Callable
from pathlib import Path

from core.store.reader import FileReader
from data.imports.argilla_reader import ArgillaReader
from data.imports.atproto_reader import AtprotoReader
from data.imports.coop_reader import CoopReader
from data.imports.csv_reader import CsvReader
from data.imports.detect import detect_format
from data.imports.jsonl_reader import JsonlReader
from data.imports.label_studio_reader import LabelStudioReader
from data.imports.parquet_reader import ParquetReader

_FIXED: dict[str, Callable[[Path], FileReader]] = {
    "parquet": ParquetReader,
    "label-studio": LabelStudioReader,
    "argilla": ArgillaReader,
    "atproto": AtprotoReader,
}
_ENCODED: dict[str, Callable[[Path, str | None], FileReader]] = {
    "jsonl": JsonlReader,
    "csv": CsvReader,
    "coop": CoopReader,
}


def open_file(path: Path, *, encoding: str | None = None) -> FileReader:
    """A reader; raises UnreadableFileError that says what is wrong and what to do."""
    found = detect_format(path, encoding)
    if found in _FIXED:
        return _FIXED[found](path)
    return _ENCODED[found](path, encoding)
