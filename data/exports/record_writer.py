"""Writers of exported records: CSV and Parquet, streamed, finished or not there at all."""

from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from core.usecases.export_records import ExportFormat
from data.exports.file_writer import FileWriter, file_digest
from data.exports.formula_guard import guard_cells

__all__ = ["CsvRecordWriter", "ParquetRecordWriter", "file_digest"]


class CsvRecordWriter(FileWriter):
    """CSV in UTF-8; no text cell can start a spreadsheet formula; lists are joined by ;."""

    format = ExportFormat.CSV
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


class ParquetRecordWriter(FileWriter):
    """Parquet with the columns' own types."""

    format = ExportFormat.PARQUET

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
