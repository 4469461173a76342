"""Parquet, batch by batch."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import UnreadableFileError
from core.store.reader import Chunk, FileShape

_ROWS = 100_000
_PREVIEW_ROWS = 20


class ParquetReader:
    """Reads Parquet with pyarrow; columns keep their types."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with pq.ParquetFile(path) as file:
                columns = tuple(file.schema_arrow.names)
                rows = file.metadata.num_rows
        except (pa.ArrowInvalid, OSError) as error:
            raise UnreadableFileError(
                f"{path.name} is a damaged Parquet file: {str(error).splitlines()[0]}"
            ) from error
        if not rows:
            raise UnreadableFileError(f"{path.name} has no rows.")
        self._rows = rows
        first = next(self._batches(_PREVIEW_ROWS))
        self.shape = FileShape("parquet", columns, first.frame, path.stat().st_size)

    def chunks(self) -> Iterator[Chunk]:
        """All rows in order."""
        return self._batches(_ROWS)

    def _batches(self, rows: int) -> Iterator[Chunk]:
        size, first = self._path.stat().st_size, 1
        try:
            with pq.ParquetFile(self._path) as file:
                for batch in file.iter_batches(batch_size=rows):
                    frame = pl.from_arrow(batch)
                    assert isinstance(frame, pl.DataFrame)  # noqa: S101  # a batch, never a series
                    numbers = pl.Series(range(first, first + frame.height), dtype=pl.Int64)
                    first += frame.height
                    yield Chunk(frame, numbers, size * frame.height // self._rows)
        except (pa.ArrowInvalid, OSError) as error:
            raise UnreadableFileError(
                f"{self._path.name} is damaged behind row {first - 1:,}: "
                f"{str(error).splitlines()[0]} Nothing of it was kept."
            ) from error
