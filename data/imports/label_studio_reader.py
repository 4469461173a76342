"""Tasks of Label Studio, as its JSON export writes them (labelstud.io/guide/task_format)."""

from collections.abc import Iterator
from typing import Any

import orjson

from core.domain.past_decision import PastRows, given_id, instant_of
from data.imports.json_array import objects_of
from data.imports.task_reader import COLUMNS, TaskReader, answer_of, plain

#: Where a task's text may stand in its data, best first.
_TEXT_NAMES = ("text", "body", "comment", "comment_text", "content", "message", "post")


def is_task(value: object) -> bool:
    """Whether an object is a task: its data, perhaps with annotations or predictions."""
    return isinstance(value, dict) and isinstance(value.get("data"), dict)


class LabelStudioReader(TaskReader):
    """Reads tasks; their annotations become past decisions, those that were skipped aside."""

    format = "label-studio"

    def objects(self) -> Iterator[tuple[Any, int]]:
        """Each task."""
        return objects_of(self._path)

    def cells(self, value: dict[str, Any]) -> dict[str, str | None]:
        """The item of a task."""
        data = value.get("data")
        data = data if isinstance(data, dict) else {}
        cells = {name: plain(data.get(name)) for name in COLUMNS}
        texts = (plain(data.get(name)) for name in _TEXT_NAMES)
        cells["body"] = next((text for text in texts if text), None)
        cells["external_id"] = plain(data.get("external_id")) or plain(data.get("id"))
        if cells["external_id"] is None and value.get("id") is not None:
            cells["external_id"] = f"label-studio:{value.get('project', '')}:{value['id']}"
        if cells["created_at"] is None:
            cells["created_at"] = plain(value.get("created_at"))
        if isinstance(data.get("metadata"), dict):
            cells["metadata"] = orjson.dumps(data["metadata"]).decode()
        return cells

    def decisions(self, row: int, value: dict[str, Any], rows: PastRows) -> None:
        """The annotations of a task."""
        annotations = value.get("annotations") or []
        if not isinstance(annotations, list):
            rows.refuse(row, "annotations", "is not a list", annotations)
            return
        for annotation in annotations:
            if not isinstance(annotation, dict):
                rows.refuse(row, "annotations", "has one that is not an object", annotation)
            elif not annotation.get("was_cancelled"):
                _annotation(row, annotation, rows)


def _annotation(row: int, annotation: dict[str, Any], rows: PastRows) -> None:
    words, note = _result(annotation.get("result"))
    outcome, reasons, strange = answer_of(words)
    if outcome is None:
        rows.refuse(
            row,
            "annotations",
            "one chooses neither an outcome nor a reason of ours" if strange
            else "one has no choices",
            ", ".join(strange) or None,
        )  # fmt: skip
        return
    if strange:
        rows.refuse(row, "annotations", "has choices that are no reasons of ours; left out",
                    ", ".join(strange))  # fmt: skip
    ours = annotation.get("moddesk")
    ours = ours if isinstance(ours, dict) else {}
    rows.add(
        row,
        None,
        outcome,
        decision_id=given_id(annotation.get("unique_id")),
        reasons=reasons,
        note=note,
        decided_by=_person(ours.get("actor"), annotation.get("completed_by")),
        decided_at=instant_of(annotation.get("created_at")),
        seconds=annotation.get("lead_time"),
    )


def _result(result: object) -> tuple[list[str], str | None]:
    """(everything that was chosen, everything that was written) in an annotation."""
    words: list[str] = []
    notes: list[str] = []
    for region in result if isinstance(result, list) else ():
        value = region.get("value") if isinstance(region, dict) else None
        if not isinstance(value, dict):
            continue
        words += [each for each in value.get("choices") or () if isinstance(each, str)]
        if region.get("type") == "textarea":
            text = value.get("text")
            notes += [text] if isinstance(text, str) else [
                each for each in text or () if isinstance(each, str)
            ]  # fmt: skip
    return words, "\n".join(notes) or None


def _person(ours: object, completed_by: object) -> str | None:
    """Who annotated: the name we wrote ourselves, an e-mail address, or Label Studio's number."""
    if isinstance(ours, str) and ours:
        return ours
    match completed_by:
        case {"email": str(email)} if email:
            return email
        case {"id": int(number)} | int(number):
            return f"label-studio:{number}"
        case str(name) if name:
            return name
        case _:
            return None
