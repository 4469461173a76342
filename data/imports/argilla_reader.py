"""Records of Argilla: an array as `records.to_json` writes it, or one record a line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from core.domain.past_decision import PastRows, given_id, instant_of
from data.imports.json_array import objects_of
from data.imports.task_reader import COLUMNS, TaskReader, answer_of, plain

_TEXT_NAMES = ("text", "body", "comment", "content", "message", "prompt")
_SUBMITTED = (None, "submitted")


def is_record(value: object) -> bool:
    """Whether an object is a record: its fields, with suggestions, responses or metadata."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("fields"), dict)
        and bool({"responses", "suggestions", "metadata"} & value.keys())
    )


class ArgillaReader(TaskReader):
    """Reads records; what each person answered becomes a past decision."""

    format = "argilla"

    def objects(self) -> Iterator[tuple[Any, int]]:
        """Each record; a line that is no JSON is a record that is none."""
        with self._path.open("rb") as file:
            is_array = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
        return objects_of(self._path) if is_array else _lines(self._path)

    def cells(self, value: dict[str, Any]) -> dict[str, str | None]:
        """The item of a record."""
        fields, metadata = _dict(value.get("fields")), _dict(value.get("metadata"))
        cells = {name: plain(metadata.get(name)) for name in COLUMNS}
        texts = (plain(fields.get(name)) for name in _TEXT_NAMES)
        only = [text for each in fields.values() if (text := plain(each))]
        cells["body"] = next((text for text in texts if text), None) or (
            only[0] if len(only) == 1 else None
        )
        cells["title"] = plain(fields.get("title")) or cells["title"]
        cells["external_id"] = cells["external_id"] or plain(value.get("id"))
        return cells

    def decisions(self, row: int, value: dict[str, Any], rows: PastRows) -> None:
        """The responses of a record, put together by person."""
        ours = _ours(_dict(value.get("metadata")))
        for user, answers in _by_user(value.get("responses")).items():
            words = [word for name, given in answers if name != "note" for word in _words(given)]
            notes = [given for name, given in answers if name == "note" and isinstance(given, str)]
            outcome, reasons, strange = answer_of(words)
            if outcome is None:
                rows.refuse(row, "responses", "one is neither an outcome nor a reason of ours",
                            ", ".join(strange) or None)  # fmt: skip
                continue
            if strange:
                rows.refuse(row, "responses", "has answers that are no reasons of ours; left out",
                            ", ".join(strange))  # fmt: skip
            facts = ours.get(user, {})
            rows.add(
                row,
                None,
                outcome,
                decision_id=given_id(facts.get("decision_id")),
                reasons=reasons,
                note="\n".join(notes) or None,
                decided_by=facts.get("decided_by") or (f"argilla:{user}" if user else None),
                decided_at=instant_of(facts.get("decided_at")),
                seconds=_number(facts.get("handling_seconds")),
            )


def _lines(path: Path) -> Iterator[tuple[Any, int]]:
    place = 0
    with path.open("rb") as file:
        for line in file:
            place += len(line)
            if not line.strip():
                continue
            try:
                yield orjson.loads(line.removeprefix(b"\xef\xbb\xbf")), place
            except orjson.JSONDecodeError:
                yield line[:60].decode("utf-8", "replace"), place


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _words(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _by_user(responses: object) -> dict[str, list[tuple[str, Any]]]:
    """Each person's submitted answers as (question, value), whichever way they are written."""
    found: dict[str, list[tuple[str, Any]]] = {}
    if isinstance(responses, dict):
        pairs = [
            (name, each)
            for name, given in responses.items()
            for each in (given if isinstance(given, list) else [given])
        ]
    else:
        given = responses if isinstance(responses, list) else []
        pairs = [(str(_dict(each).get("question_name")), each) for each in given]
    for name, each in pairs:
        answer = _dict(each)
        if answer.get("status") in _SUBMITTED and answer.get("value") is not None:
            user = plain(answer.get("user_id")) or ""
            found.setdefault(user, []).append((name, answer["value"]))
    return found


def _ours(metadata: dict[str, Any]) -> dict[str, dict[str, str]]:
    """What we wrote beside the responses when we exported them, by person."""
    names = ("decision_id", "decided_by", "decided_at", "handling_seconds")
    users = _words(metadata.get("response_users"))
    lists = {name: _words(metadata.get(name)) for name in names}
    if any(len(each) != len(users) for each in lists.values()):
        return {}
    return {user: {name: lists[name][place] for name in names} for place, user in enumerate(users)}


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
