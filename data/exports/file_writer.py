"""What every writer of exported records shares: finished, or not there at all."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from core.errors import ExportError
from core.usecases.export_records import ExportFormat, ExportManifest, WrittenFile


class FileWriter:
    """Writes beside the target and moves it into place when it is complete."""

    format: ExportFormat
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


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
