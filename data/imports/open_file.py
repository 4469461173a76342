"""The reader for a file, chosen by what the file is."""

from pathlib import Path

from core.store.reader import FileReader
from data.imports.csv_reader import CsvReader
from data.imports.detect import detect_format
from data.imports.jsonl_reader import JsonlReader
from data.imports.parquet_reader import ParquetReader


def open_file(path: Path, *, encoding: str | None = None) -> FileReader:
    """A reader; raises UnreadableFileError that says what is wrong and what to do."""
    match detect_format(path, encoding):
        case "parquet":
            return ParquetReader(path)
        case "jsonl":
            return JsonlReader(path, encoding)
        case _:
            return CsvReader(path, encoding)
