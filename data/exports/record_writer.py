"""Writers of exported records: CSV and Parquet, streamed, finished or not there at all."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import ExportError
from core.usecases.export_records import ExportManifest, RecordWriter, WrittenFile
from data.exports.formula_guard import guard_cells


def open_writer(path: Path) -> RecordWriter:
    """The writer for the file's ending: .csv or .parquet."""
    match path.suffix.lower():
        case ".csv":
            return CsvRecordWriter(path)
        case ".parquet":
            return ParquetRecordWriter(path)
        case _:
            raise ExportError(
                f"Cannot write {path.name}: the file name must end in .csv or .parquet."
            )


class _FileWriter:
    """Writes beside the target and moves it into place when it is complete."""

    cells_guarded = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")

    def write(self, frames: Iterator[pl.DataFrame]) -> WrittenFile:
        """Writes all frames and finishes the file."""
        try:
            row_count = self._write_part(frames)
            self._part.replace(self._path)
        except OSError as error:
            raise ExportError(f"Cannot write {self._path}: {error.strerror or error}.") from error
        finally:
            self._part.unlink(missing_ok=True)
        return WrittenFile(
            name=self._path.name,
            row_count=row_count,
            sha256=file_digest(self._path),
            size_bytes=self._path.stat().st_size,
            cells_guarded=self.cells_guarded,
        )

    def write_manifest(self, manifest: ExportManifest) -> None:
        """Writes FILE.manifest.json."""
        target = self._path.with_name(f"{self._path.name}.manifest.json")
        target.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")

    def _write_part(self, frames: Iterator[pl.DataFrame]) -> int:
        raise NotImplementedError


class CsvRecordWriter(_FileWriter):
    """CSV in UTF-8; no text cell can start a spreadsheet formula; lists are joined by ;."""

    cells_guarded = True

    def _write_part(self, frames: Iterator[pl.DataFrame]) -> int:
        row_count = 0
        with self._part.open("wb") as out:
            for number, frame in enumerate(frames):
                guarded = guard_cells(frame)
                guarded.write_csv(
                    out,
                    include_header=number == 0,
                    datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ",
                )
                row_count += frame.height
        return row_count


class ParquetRecordWriter(_FileWriter):
    """Parquet with the columns' own types."""

    def _write_part(self, frames: Iterator[pl.DataFrame]) -> int:
        row_count = 0
        writer: pq.ParquetWriter | None = None
        try:
            for frame in frames:
                table: pa.Table = frame.to_arrow()
                if writer is None:
                    writer = pq.ParquetWriter(self._part, table.schema, compression="zstd")
                writer.write_table(table.cast(writer.schema))
                row_count += frame.height
        finally:
            if writer is not None:
                writer.close()
        return row_count


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
