"""Files whose rows are texts with people's answers: what the readers of such files share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from core.domain.decision import Outcome
from core.domain.label import Label
from core.domain.past_decision import PastRows, outcome_of, reason_of
from core.domain.rejected_row import rejected_frame
from core.errors import UnreadableFileError
from core.store.reader import Chunk, FileShape

_ROWS = 20_000
_PREVIEW_ROWS = 20
#: The columns of every such file, named as the fields they are.
COLUMNS = (
    "external_id", "tenant_id", "author_id", "content_type", "title", "body", "language", "tags",
    "source", "thread_id", "created_at", "metadata",
)  # fmt: skip


class TaskReader(ABC):
    """Reads objects as items, and the answers in them as past decisions."""

    format: str

    def __init__(self, path: Path) -> None:
        self._path = path
        preview = self._preview()
        if preview.is_empty():
            raise UnreadableFileError(f"{path.name} has nothing in it.")
        self.shape = FileShape(self.format, COLUMNS, preview, path.stat().st_size)

    @abstractmethod
    def objects(self) -> Iterator[tuple[Any, int]]:
        """Each element of the file, and how many bytes were read until then."""

    @abstractmethod
    def cells(self, value: dict[str, Any]) -> dict[str, str | None]:
        """The item of an element: text by column."""

    @abstractmethod
    def decisions(self, row: int, value: dict[str, Any], rows: PastRows) -> None:
        """Adds the people's answers of an element to `rows`, or names what is wrong with them."""

    def chunks(self) -> Iterator[Chunk]:
        """All elements in order."""
        cells: list[dict[str, str | None]] = []
        numbers: list[int] = []
        rows = PastRows()
        before = place = 0
        for row, (value, place) in enumerate(self.objects(), start=1):
            if isinstance(value, dict):
                cells.append(self.cells(value))
                numbers.append(row)
                self.decisions(row, value, rows)
            else:
                rows.refuse(row, "row", "is not a JSON object", value)
            if len(cells) + len(rows.problems) >= _ROWS:
                yield _chunk(cells, numbers, rows, place - before)
                cells, numbers, rows, before = [], [], PastRows(), place
        yield _chunk(cells, numbers, rows, place - before)

    def _preview(self) -> pl.DataFrame:
        found = []
        for value, _ in self.objects():
            if isinstance(value, dict):
                found.append(self.cells(value))
            if len(found) == _PREVIEW_ROWS:
                break
        return _frame(found)


def _frame(cells: list[dict[str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        {name: [each.get(name) for each in cells] for name in COLUMNS},
        schema=dict.fromkeys(COLUMNS, pl.String),
    )


def _chunk(
    cells: list[dict[str, str | None]], numbers: list[int], rows: PastRows, read: int
) -> Chunk:
    return Chunk(
        _frame(cells),
        pl.Series(numbers, dtype=pl.Int64),
        read,
        rejected_frame(rows.problems),
        rows.frame(),
    )


def answer_of(words: list[str]) -> tuple[Outcome | None, list[Label], list[str]]:
    """(outcome, reasons, words that are neither) of what a person chose.

    Reasons without an outcome are a rejection: that is what a reason is for.
    """
    outcome: Outcome | None = None
    reasons: list[Label] = []
    strange: list[str] = []
    for word in words:
        if (found := outcome_of(word)) is not None:
            outcome = outcome or found
        elif (reason := reason_of(word)) is not None:
            reasons.append(reason)
        else:
            strange.append(word)
    if outcome is None and reasons:
        outcome = Outcome.REJECT
    return outcome, reasons, strange


def plain(value: object) -> str | None:
    """A value as a cell: text as it is, numbers as text, lists of text joined by ;."""
    match value:
        case None | dict():
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case list():
            return ";".join(each for each in value if isinstance(each, str)) or None
        case _:
            return str(value)
