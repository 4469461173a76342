"""JSON objects, one a line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import polars as pl

from core.domain.rejected_row import rejected_frame
from core.errors import UnreadableFileError
from core.store.reader import Chunk, FileShape

_LINES = 50_000
_PREVIEW_ROWS = 20


class JsonlReader:
    """Reads JSONL; nested values become JSON text, bad lines are named and left out."""

    def __init__(self, path: Path, encoding: str | None) -> None:
        self._path = path
        self._encoding = encoding
        self._columns: list[str] = []
        first = next(self._batches(2_000), None)
        if first is None or first.frame.is_empty():
            raise UnreadableFileError(
                f"{path.name} has no line that is a JSON object."
                + (f" First problem: {first.rejected['problem'][0]}." if first else "")
            )
        self._columns = first.frame.columns
        self.shape = FileShape(
            "jsonl", tuple(self._columns), first.frame.head(_PREVIEW_ROWS), path.stat().st_size
        )

    def chunks(self) -> Iterator[Chunk]:
        """All rows in order."""
        return self._batches(_LINES)

    def _batches(self, lines: int) -> Iterator[Chunk]:
        with self._path.open("rb") as file:
            row = 0
            while True:
                objects, numbers, problems, read = self._read(file, lines, row)
                if not read:
                    return
                row += len(objects) + len(problems)
                names = self._columns or _names(objects)
                frame = pl.DataFrame(
                    {name: [_text(each.get(name)) for each in objects] for name in names},
                    schema=dict.fromkeys(names, pl.String),
                )
                yield Chunk(
                    frame, pl.Series(numbers, dtype=pl.Int64), read, rejected_frame(problems)
                )

    def _read(
        self, file: BinaryIO, lines: int, row: int
    ) -> tuple[list[dict[str, Any]], list[int], list[tuple[int, str, str, str | None]], int]:
        objects: list[dict[str, Any]] = []
        numbers: list[int] = []
        problems: list[tuple[int, str, str, str | None]] = []
        read = 0
        for line in file:
            read += len(line)
            if not line.strip():
                continue
            row += 1
            try:
                objects.append(self._object(line))
                numbers.append(row)
            except ValueError as error:
                excerpt = line[:60].decode("utf-8", errors="replace")
                problems.append((row, "row", f"is not a JSON object: {error}", excerpt))
            if len(objects) + len(problems) >= lines:
                break
        return objects, numbers, problems, read

    def _object(self, line: bytes) -> dict[str, Any]:
        if self._encoding is not None:
            line = line.decode(self._encoding).encode()
        value = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
        if not isinstance(value, dict):
            raise ValueError(f"it is a {type(value).__name__}")  # noqa: TRY004  # a bad line, as the others
        return value


def _names(objects: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for each in objects for name in each))


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case list() if all(isinstance(each, str) for each in value):
            return ";".join(value)
        case dict() | list():
            return orjson.dumps(value).decode()
        case _:
            return str(value)
