"""How an import reads a file, whatever its format."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from core.domain.rejected_row import REJECTED_SCHEMA


@dataclass(frozen=True)
class FileShape:
    """What a file is, and its first rows."""

    format: str
    columns: tuple[str, ...]
    preview: pl.DataFrame
    size_bytes: int
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file, as read; `rejected` are those that could not be."""

    frame: pl.DataFrame
    row_numbers: pl.Series
    bytes_read: int
    rejected: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTED_SCHEMA))


class FileReader(Protocol):
    """Reads one file in chunks; memory stays bounded whatever its size."""

    @property
    def shape(self) -> FileShape:
        """What the file is, from its beginning."""

    def chunks(self) -> Iterator[Chunk]:
        """All rows in order; row numbers count data rows from 1."""
