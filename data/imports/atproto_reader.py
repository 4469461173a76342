"""Labels of the AT Protocol (com.atproto.label.defs#label), one JSON object a line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import polars as pl

from core.domain.decision import Outcome
from core.domain.item_uri import item_of
from core.domain.label import Label
from core.domain.past_decision import PastRows, instant_of, ordered, reason_of
from core.domain.rejected_row import rejected_frame
from core.errors import UnreadableFileError
from core.store.reader import Chunk, FileShape

_LINES = 50_000
_PREVIEW_ROWS = 20
_VALUE_BYTES = 128
_COLUMNS = ("src", "uri", "val", "neg", "cts", "exp")


def is_label(value: dict[str, Any]) -> bool:
    """Whether a JSON object is a label."""
    return {"src", "uri", "val", "cts"} <= value.keys()


@dataclass(frozen=True)
class _Event:
    """One label, or its negation."""

    row: int
    src: str
    uri: str
    reason: Label
    at: datetime
    neg: bool
    expires: datetime | None

    @property
    def moment(self) -> tuple[str, str, datetime]:
        """Labels of one moment are one decision."""
        return self.src, self.uri, self.at


@dataclass
class _Standing:
    """The labels that stand on each thing by each labeler, and when some of them end."""

    labels: dict[tuple[str, str], set[Label]] = field(default_factory=dict)
    ends: list[_Event] = field(default_factory=list)


class AtprotoReader:
    """Reads labels as decisions: those of one moment on one thing become one decision.

    What stands on each labeled thing is kept in memory until the file ends: about 300 bytes each.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        preview = self._preview()
        self.shape = FileShape("atproto", _COLUMNS, preview, path.stat().st_size)

    def _preview(self) -> pl.DataFrame:
        rows: list[dict[str, str | None]] = []
        with self._path.open("rb") as file:
            for line in file:
                value = _object(line)
                if isinstance(value, dict):
                    rows.append({name: _shown(value.get(name)) for name in _COLUMNS})
                if len(rows) == _PREVIEW_ROWS:
                    break
        if not rows:
            raise UnreadableFileError(f"{self._path.name} has no line that is a label.")
        return pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String))

    def chunks(self) -> Iterator[Chunk]:
        """All labels in order, as decisions."""
        standing = _Standing()
        moment: list[_Event] = []
        row = 0
        with self._path.open("rb") as file:
            while True:
                rows = PastRows()
                first, read = row + 1, 0
                for line in _lines(file):
                    read += len(line)
                    if not line.strip():
                        continue
                    row += 1
                    event = _event(row, line, rows)
                    if event is not None:
                        if moment and moment[-1].moment != event.moment:
                            _decide(moment, standing, rows)
                            moment = []
                        moment.append(event)
                if not read:
                    break
                yield _chunk(rows, first, row, read)
        rows = PastRows()
        _decide(moment, standing, rows)
        for end in sorted(standing.ends, key=lambda event: event.at):
            _decide([end], standing, rows)
        yield _chunk(rows, row + 1, row, 0)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    for _ in range(_LINES):
        line = file.readline()
        if not line:
            return
        yield line


def _chunk(rows: PastRows, first: int, last: int, read: int) -> Chunk:
    numbers = pl.Series(range(first, last + 1), dtype=pl.Int64)
    return Chunk(pl.DataFrame(), numbers, read, rejected_frame(rows.problems), rows.frame())


def _object(line: bytes) -> object:
    try:
        return orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None


def _shown(value: object) -> str | None:
    return None if value is None else str(value)


def _event(row: int, line: bytes, rows: PastRows) -> _Event | None:
    """The label of a line; None when it has a problem, which is named."""
    value = _object(line)
    if not isinstance(value, dict):
        rows.refuse(row, "row", "is not a JSON object", line[:60].decode("utf-8", "replace"))
        return None
    known = len(rows.problems)
    reason = _reason(row, value, rows)
    source, uri = _text(row, value, "src", rows), _text(row, value, "uri", rows)
    if source is not None and not source.startswith("did:"):
        rows.refuse(row, "src", "not a DID such as did:plc:…", source)
    at = _instant(row, value, "cts", rows)
    expires = _instant(row, value, "exp", rows) if value.get("exp") is not None else None
    neg = value.get("neg", False)
    if neg not in (True, False, None):
        rows.refuse(row, "neg", "not true or false", neg)
    if len(rows.problems) > known or None in (reason, source, uri, at):
        return None
    assert reason and source and uri and at  # noqa: S101, PT018  # what is missing was named
    return _Event(row, source, uri, reason, at, bool(neg), expires)


def _text(row: int, value: dict[str, Any], name: str, rows: PastRows) -> str | None:
    text = value.get(name)
    if isinstance(text, str) and text.strip():
        return text
    rows.refuse(row, name, "missing: a label needs it", text)
    return None


def _reason(row: int, value: dict[str, Any], rows: PastRows) -> Label | None:
    text = _text(row, value, "val", rows)
    if text is None:
        return None
    if len(text.encode()) > _VALUE_BYTES:
        rows.refuse(row, "val", f"longer than {_VALUE_BYTES} bytes", text)
        return None
    reason = reason_of(text)
    if reason is None:
        rows.refuse(row, "val", "is no reason of ours", text)
    return reason


def _instant(row: int, value: dict[str, Any], name: str, rows: PastRows) -> datetime | None:
    when = instant_of(value.get(name))
    if when is None:
        rows.refuse(row, name, "not a time such as 2026-03-04T05:06:07Z", value.get(name))
    return when


def _decide(moment: list[_Event], standing: _Standing, rows: PastRows) -> None:
    """The decision that the labels of one moment amount to: what stands after them."""
    if not moment:
        return
    last = moment[-1]
    stands = standing.labels.setdefault((last.src, last.uri), set())
    for event in moment:
        if event.neg:
            stands.discard(event.reason)
            continue
        stands.add(event.reason)
        if event.expires is not None:
            end = _Event(event.row, event.src, event.uri, event.reason, event.expires, True, None)
            standing.ends.append(end)
    tenant_id, external_id = item_of(last.uri)
    rows.add(
        last.row,
        external_id,
        Outcome.REJECT if stands else Outcome.APPROVE,
        tenant_id=tenant_id,
        reasons=ordered(stands),
        decided_by=last.src,
        decided_at=last.at,
    )
