"""CSV with any of four delimiters, quoted newlines and ragged rows, in bounded memory."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from core.domain.rejected_row import rejected_frame
from core.errors import UnreadableFileError
from core.store.reader import Chunk, FileShape

_DELIMITERS = ",;\t|"
_BLOCK = 16 << 20
_PREVIEW_ROWS = 20
_HEAD = 1 << 20


class CsvReader:
    """Reads a CSV file with pyarrow; every cell stays text."""

    def __init__(self, path: Path, encoding: str | None) -> None:
        self._path = path
        self._encoding = encoding or "utf-8"
        header, self._delimiter = self._header()
        self._columns, notices = _unique(header)
        preview = self._preview()
        self.shape = FileShape("csv", tuple(self._columns), preview, path.stat().st_size, notices)

    def _header(self) -> tuple[list[str], str]:
        with self._path.open("rb") as file:
            head = file.read(_HEAD)
        codec = "utf-8-sig" if self._encoding == "utf-8" else self._encoding
        try:
            text = head.decode(codec, errors="replace")
        except LookupError as error:
            raise UnreadableFileError(f"There is no encoding {self._encoding!r}.") from error
        first = text.splitlines()[0] if text.splitlines() else ""
        delimiter = max(_DELIMITERS, key=first.count)
        if first.count(delimiter) == 0:
            delimiter = ","
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            header = next(rows)
            second = next(rows, None)
        except (csv.Error, StopIteration) as error:
            raise UnreadableFileError(f"{self._path.name} has no header row: {error}") from error
        if second is None:
            raise UnreadableFileError(f"{self._path.name} has a header and no rows.")
        return header, delimiter

    def _preview(self) -> pl.DataFrame:
        chunk = next(self.chunks(), None)
        if chunk is None:
            return pl.DataFrame(schema=dict.fromkeys(self._columns, pl.String))
        return chunk.frame.head(_PREVIEW_ROWS)

    def chunks(self) -> Iterator[Chunk]:
        """All rows in order."""
        ragged: list[tuple[int, str, str, str | None]] = []
        next_row = 1
        reader = self._open(ragged)
        try:
            for batch in reader:
                rejected = rejected_frame(ragged)
                skipped = set(rejected["row"].to_list())
                ragged.clear()
                numbers, next_row = _numbers(next_row, batch.num_rows, skipped)
                frame, broken = _decoded(batch, numbers)
                rejected = pl.concat([rejected, broken])
                keep = ~numbers.is_in(broken["row"].implode())
                yield Chunk(frame.filter(keep), numbers.filter(keep), _bytes_of(batch), rejected)
        except pa.ArrowInvalid as error:
            raise UnreadableFileError(
                f"{self._path.name} breaks off behind row {next_row - 1:,}: {_plain(error)} "
                "Nothing of it was kept."
            ) from error

    def _open(self, ragged: list[tuple[int, str, str, str | None]]) -> pacsv.CSVStreamingReader:
        expected = len(self._columns)

        def set_aside(row: pacsv.InvalidRow) -> str:
            # The header is row 1 of the file, data rows count from 1.
            number = row.number - 1 if row.number is not None else 0
            problem = f"has {row.actual_columns} cells instead of {expected}"
            ragged.append((number, "row", problem, row.text))
            return "skip"

        try:
            return pacsv.open_csv(
                self._path,
                read_options=pacsv.ReadOptions(
                    use_threads=False,
                    block_size=_BLOCK,
                    column_names=self._columns,
                    skip_rows=0,
                    skip_rows_after_names=1,
                    encoding=self._encoding,
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter=self._delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=True,
                    invalid_row_handler=set_aside,
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(self._columns, pa.binary()),
                    strings_can_be_null=False,
                ),
            )
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            raise UnreadableFileError(
                f"{self._path.name} cannot be read as CSV in {self._encoding}: {_plain(error)}"
            ) from error


def _decoded(batch: pa.RecordBatch, numbers: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The batch as text; rows with bytes that are not UTF-8 are named with their column."""
    raw = pl.from_arrow(batch)
    assert isinstance(raw, pl.DataFrame)  # noqa: S101  # a batch, never a series
    try:
        return raw.cast(pl.String), rejected_frame([])
    except pl.exceptions.PolarsError:
        pass  # some cell is not UTF-8: look at each
    problems: list[tuple[int, str, str, str | None]] = []
    columns = {}
    for name in raw.columns:
        texts = [_text_or_none(cell) for cell in raw[name]]
        problems += [
            (int(numbers[place]), name, "is not valid UTF-8", str(raw[name][place][:40]))
            for place, text in enumerate(texts)
            if text is None
        ]
        columns[name] = pl.Series(texts, dtype=pl.String)
    return pl.DataFrame(columns), rejected_frame(problems)


def _text_or_none(cell: bytes) -> str | None:
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _numbers(first: int, count: int, skipped: set[int]) -> tuple[pl.Series, int]:
    """Row numbers of `count` rows from `first` on, leaving out those that were skipped."""
    if not skipped:
        return pl.Series(range(first, first + count), dtype=pl.Int64), first + count
    numbers: list[int] = []
    row = first
    while len(numbers) < count:
        if row not in skipped:
            numbers.append(row)
        row += 1
    return pl.Series(numbers, dtype=pl.Int64), row


def _unique(header: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Column names made unique and non-empty, with a notice for every change."""
    names: list[str] = []
    notices = []
    for place, name in enumerate(header, start=1):
        wanted = name.strip() or f"column_{place}"
        unique, number = wanted, 2
        while unique in names:
            unique, number = f"{wanted}_{number}", number + 1
        if unique != wanted:
            notices.append(f"The column {wanted!r} occurs twice; the second is now {unique!r}.")
        names.append(unique)
    return names, tuple(notices)


def _bytes_of(batch: pa.RecordBatch) -> int:
    return int(batch.nbytes)


def _plain(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") + "."
