"""Whatever people wrote and decided: what is written for another tool is read as it was."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.label import CITABLE_LABELS, SCORED_LABELS
from core.domain.past_decision import given_id
from core.store.reader import FileReader
from core.usecases.export_records import ExportFormat
from data.exports.open_writer import open_writer
from data.imports.open_file import open_file

_START = datetime(2026, 5, 4, 12, tzinfo=UTC)
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=30)
_REASONS = st.lists(st.sampled_from([label.value for label in CITABLE_LABELS]), unique=True)
_DECISION = st.fixed_dictionaries(
    {
        "outcome": st.sampled_from(["approve", "reject", "escalate", "invalidate"]),
        "reasons": _REASONS,
        "note": st.none() | _TEXT,
        "actor": st.sampled_from(["ann", "bea@example.org", "zoë"]),
        "handling_seconds": st.none() | st.floats(0, 86_400),
    }
)
_ITEMS = st.lists(st.tuples(_TEXT, _TEXT, st.lists(_DECISION, max_size=4)), min_size=1, max_size=4)
_QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_LISTS = pl.List(pl.String)
_SCHEMA = {
    "tags": _LISTS, "reasons": _LISTS, "verdict_reasons": _LISTS, "title": pl.String,
    "note": pl.String, "outcome": pl.String, "decision_id": pl.String, "actor": pl.String,
    "reverses_id": pl.String, "handling_seconds": pl.Float64,
    "decided_at": pl.Datetime("us", "UTC"), "language": pl.String, "source": pl.String,
    "thread_id": pl.String, "standing_outcome": pl.String,
}  # fmt: skip


def _rows(items: list[tuple[str, str, list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """The rows of an export: one per item and decision, one for an item without any."""
    rows = []
    for number, (name, body, decisions) in enumerate(items):
        item = {
            "item_id": number + 1, "tenant_id": "a:b", "external_id": f"{number}{name}",
            "author_id": "x", "content_type": "text", "title": None, "body": body,
            "language": "en", "tags": ["t"], "source": None, "thread_id": None,
            "created_at": _START, "model": "m", "model_version": "1", "verdict": "reject",
            "overall": 0.5, "verdict_reasons": ["spam"],
            **{label.value: 0.25 for label in SCORED_LABELS},
        }  # fmt: skip
        blank = dict.fromkeys(
            ("decision_id", "outcome", "reasons", "note", "actor", "decided_at",
             "handling_seconds", "reverses_id", "standing_outcome")
        )  # fmt: skip
        rows += [
            item | blank | decision | {
                "decision_id": str(UUID(int=100 * number + place + 1)),
                "decided_at": _START + timedelta(seconds=place),
                "reasons": decision["reasons"] if decision["outcome"] == "reject" else [],
                "standing_outcome": decision["outcome"],
            }
            for place, decision in enumerate(decisions)
        ] or [item | blank]  # fmt: skip
    return rows


def _written(folder: Path, rows: list[dict[str, Any]], written_as: ExportFormat) -> FileReader:
    path = folder / f"export.{written_as.ending}"
    frame = pl.DataFrame(rows, schema_overrides=_SCHEMA)
    # In two frames, so that an item's rows may stand in both.
    half = frame.height // 2
    open_writer(path, written_as).write(iter([frame[:half], frame[half:]]))
    return open_file(path)


def _facts(row: dict[str, Any], by: str) -> tuple[Any, ...]:
    return (
        row["decision_id"], row["outcome"], row["reasons"], row["note"], row[by],
        row["decided_at"], row["handling_seconds"],
    )  # fmt: skip


def _read(reader: FileReader) -> tuple[pl.DataFrame, pl.DataFrame]:
    chunks = list(reader.chunks())
    assert not [row for chunk in chunks for row in chunk.rejected.rows()]
    return (
        pl.concat([chunk.frame for chunk in chunks]),
        pl.concat([chunk.decisions for chunk in chunks]),
    )


@_QUICK
@given(items=_ITEMS)
def test_label_studio(tmp_path: Path, items: list[tuple[str, str, list[dict[str, Any]]]]) -> None:
    rows = _rows(items)
    frame, decisions = _read(_written(tmp_path, rows, ExportFormat.LABEL_STUDIO))
    firsts = {row["item_id"]: row for row in rows}.values()
    for name in ("external_id", "tenant_id", "body"):
        assert frame[name].to_list() == [row[name] for row in firsts]
    assert [_facts(row, "decided_by") for row in decisions.iter_rows(named=True)] == [
        _facts(row, "actor") for row in rows if row["outcome"]
    ]


@_QUICK
@given(items=_ITEMS)
def test_argilla(tmp_path: Path, items: list[tuple[str, str, list[dict[str, Any]]]]) -> None:
    rows = _rows(items)
    frame, decisions = _read(_written(tmp_path, rows, ExportFormat.ARGILLA))
    firsts = {row["item_id"]: row for row in rows}.values()
    for name in ("external_id", "tenant_id", "body"):
        assert frame[name].to_list() == [row[name] for row in firsts]
    last = {(row["item_id"], row["actor"]): row for row in rows if row["outcome"]}
    assert sorted(
        (_facts(row, "decided_by") for row in decisions.iter_rows(named=True)), key=repr
    ) == sorted((_facts(row, "actor") for row in last.values()), key=repr)


@_QUICK
@given(items=_ITEMS)
def test_atproto(tmp_path: Path, items: list[tuple[str, str, list[dict[str, Any]]]]) -> None:
    rows = [row for row in _rows(items) if row["outcome"]]
    if not any(row["reasons"] for row in rows):
        return
    _, decisions = _read(_written(tmp_path, rows, ExportFormat.ATPROTO))
    stood: dict[str, set[str]] = {}
    expected = []
    for row in rows:
        before, now = stood.get(row["external_id"], set()), set(row["reasons"])
        stood[row["external_id"]] = now
        if before != now:
            expected.append((row["external_id"], row["tenant_id"], now, row["decided_at"]))
    assert [
        (row["external_id"], row["tenant_id"], set(row["reasons"]), row["decided_at"])
        for row in decisions.iter_rows(named=True)
    ] == expected


def test_argilla_reads_its_own_array_and_its_newer_lists(tmp_path: Path) -> None:
    path = tmp_path / "records.json"
    path.write_text(
        json.dumps(
            [
                {
                    "id": "r1", "fields": {"text": "hello"}, "metadata": {}, "vectors": {},
                    "suggestions": {"label": {"value": "spam", "score": 0.9, "agent": "m"}},
                    "responses": {"label": [{"value": "spam", "user_id": str(UUID(int=7))}]},
                    "_server_id": None,
                },
                {
                    "id": "r2", "fields": {"prompt": "bye"},
                    "responses": [
                        {"question_name": "label", "value": "clean", "user_id": "u",
                         "status": "submitted"},
                        {"question_name": "label", "value": "spam", "user_id": "v",
                         "status": "draft"},
                    ],
                },
            ]
        )
    )  # fmt: skip
    reader = open_file(path)
    frame, decisions = _read(reader)
    assert reader.shape.format == "argilla"
    assert frame["body"].to_list() == ["hello", "bye"]
    assert decisions.select("outcome", "decided_by").rows() == [
        ("reject", f"argilla:{UUID(int=7)}"), ("approve", "argilla:u"),
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["", "7", None, 12, "not-a-uuid"])
def test_what_is_no_uuid_is_no_id(value: object) -> None:
    assert given_id(value) is None
