"""Exports as JSON objects: one a line, or one array where the name ends in .json."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import polars as pl

from data.exports.file_writer import FileWriter

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_UUID


class JsonWriter(FileWriter):
    """Turns rows into objects item by item; an item's rows stand behind each other."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._is_array = path.suffix.lower() == ".json"

    def objects(self, rows: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        """The objects of one item's rows."""
        raise NotImplementedError

    def _write_part(self, frames: Iterator[pl.DataFrame]) -> int:
        between, count = (b",\n" if self._is_array else b"\n"), 0
        with self._part.open("wb") as out:
            out.write(b"[\n" if self._is_array else b"")
            for _, rows in groupby(_rows(frames), key=itemgetter("item_id")):
                for value in self.objects(list(rows)):
                    out.write(between if count else b"")
                    out.write(orjson.dumps(value, option=_OPTIONS))
                    count += 1
            if self._is_array or count:
                out.write(b"\n]\n" if self._is_array else b"\n")
        return count


def _rows(frames: Iterator[pl.DataFrame]) -> Iterator[dict[str, Any]]:
    for frame in frames:
        yield from frame.iter_rows(named=True)


def answered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The decisions among an item's rows, without withdrawals; `is_undone` says which are."""
    undone = {text_of(row["reverses_id"]) for row in rows if row["outcome"] == "withdraw"}
    return [
        {**row, "is_undone": text_of(row["decision_id"]) in undone}
        for row in rows
        if row["outcome"] is not None and row["outcome"] != "withdraw"
    ]


def text_of(identifier: UUID | str | None) -> str | None:
    """A ledger id as text, whichever way the database gave it."""
    return None if identifier is None else str(identifier)
