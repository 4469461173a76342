"""The decision CSV that Coop's console downloads under "Recent decisions".

Its columns are those of `RECENT_DECISIONS_CSV_HEADERS` and `buildActivityCsv` in roostorg/coop.
None of them names the item: Link has the job's id alone. So the file needs one more column with the
item's id, as docs/interop.md says.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from core.domain.decision import Outcome
from core.domain.past_decision import PastRows, instant_of, reason_of
from core.domain.rejected_row import rejected_frame
from core.errors import UnreadableFileError
from core.store.reader import Chunk, FileShape
from data.imports.csv_reader import CsvReader

_HEADERS = ("Decisions", "Policies", "Reviewer", "Decision Time")
_ITEM_COLUMNS = ("external_id", "item_id", "Item ID", "itemId")
#: Decisions of Coop by the names it gives them; actions have names of each organisation's own and
#: are rejections.
_BUILT_IN: dict[str, Outcome | None] = {
    "Ignore": Outcome.APPROVE,
    "Accept Appeal": Outcome.APPROVE,
    "Reject Appeal": Outcome.REJECT,
    "Report to NCMEC": Outcome.REJECT,
    "Move to Different Queue": None,
    "Closed Automatically": None,
}
_ACTIONS = (
    "Coop's actions have names of your own: whatever is not Ignore, Accept Appeal, Move to "
    "Different Queue or Closed Automatically is taken as a rejection."
)


def is_coop(text: str) -> bool:
    """Whether a file that starts so is Coop's decision CSV."""
    first = text.partition("\n")[0]
    return all(f'"{name}"' in first or f",{name}," in f",{first.strip()}," for name in _HEADERS)


class CoopReader:
    """Reads Coop's decisions; rows that decide nothing or name no item are named and left out."""

    def __init__(self, path: Path, encoding: str | None) -> None:
        self._csv = CsvReader(path, encoding)
        shape = self._csv.shape
        self._item = next((name for name in _ITEM_COLUMNS if name in shape.columns), None)
        if self._item is None:
            raise UnreadableFileError(
                f"{path.name} is Coop's decision CSV, and Coop writes no item ids into it. Add a "
                "column named item_id with each decision's item (Link has the job's id)."
            )
        notices = (*shape.notices, _ACTIONS)
        self.shape = FileShape("coop", shape.columns, shape.preview, shape.size_bytes, notices)

    def chunks(self) -> Iterator[Chunk]:
        """All rows in order, as decisions."""
        for chunk in self._csv.chunks():
            rows = PastRows()
            cells = zip(chunk.row_numbers, chunk.frame.iter_rows(named=True), strict=True)
            for row, values in cells:
                self._decide(int(row), values, rows)
            rejected = pl.concat([chunk.rejected, rejected_frame(rows.problems)])
            numbers = pl.concat([chunk.row_numbers, chunk.rejected["row"]]).unique()
            yield Chunk(pl.DataFrame(), numbers, chunk.bytes_read, rejected, rows.frame())

    def _decide(self, row: int, values: dict[str, Any], rows: PastRows) -> None:
        assert self._item is not None  # noqa: S101  # refused at the start
        item_id = (values[self._item] or "").strip()
        if not item_id:
            rows.refuse(row, self._item, "missing: the decision needs its item")
            return
        names = _names(values.get("Decisions"))
        decided = [_BUILT_IN.get(name, Outcome.REJECT) for name in names]
        outcomes = [each for each in decided if each is not None]
        when = instant_of(_iso(values.get("Decision Time")))
        if not outcomes:
            rows.refuse(row, "Decisions", "decides nothing about the item", values.get("Decisions"))
        elif when is None:
            rows.refuse(row, "Decision Time", "not a time such as 2026-03-04 05:06:07 UTC",
                        values.get("Decision Time"))  # fmt: skip
        else:
            rows.add(
                row,
                item_id,
                Outcome.REJECT if Outcome.REJECT in outcomes else outcomes[0],
                reasons=self._reasons(row, values.get("Policies"), rows),
                note=_unguarded(values.get("Decision Reason")),
                decided_by=_unguarded(values.get("Reviewer")),
                decided_at=when,
                seconds=_number(values.get("Handle Time (sec)")),
            )

    def _reasons(self, row: int, cell: str | None, rows: PastRows) -> list[Any]:
        found = [(name, reason_of(name)) for name in _names(cell)]
        strange = [name for name, reason in found if reason is None]
        if strange:
            rows.refuse(
                row, "Policies", "has policies that are no reasons of ours; left out",
                ", ".join(strange),
            )  # fmt: skip
        return [reason for _, reason in found if reason is not None]


def _names(cell: str | None) -> list[str]:
    """The names in a cell: a JSON list, as Coop writes it."""
    try:
        value = orjson.loads(cell or "[]")
    except orjson.JSONDecodeError:
        return [cell] if cell else []
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _iso(cell: str | None) -> str | None:
    """2026-08-05 13:58:00 UTC as ISO 8601."""
    return cell.strip().removesuffix(" UTC") if cell else None


def _unguarded(cell: str | None) -> str | None:
    """The cell without the apostrophe that keeps spreadsheets from running it."""
    if cell and len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@":
        return cell[1:]
    return cell


def _number(cell: str | None) -> float | None:
    try:
        return float(cell) if cell else None
    except ValueError:
        return None
