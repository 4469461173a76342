"""Records for Argilla: texts, the model's suggestions, and each person's last decision."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

from core.usecases.export_records import ExportFormat
from data.exports.json_writer import JsonWriter, answered, text_of

#: Argilla knows people by UUID: the same name always gets the same one.
_PEOPLE = UUID("0d5c51b6-6cc3-49a8-8d0c-0d1f7d2c8f43")
_METADATA = (
    "external_id", "tenant_id", "author_id", "content_type", "language", "tags", "source",
    "thread_id",
)  # fmt: skip


class ArgillaWriter(JsonWriter):
    """One record per item, as Argilla's `Record.to_dict` writes them.

    A person has one response per record there, so only each person's last decision is in it.
    """

    format = ExportFormat.ARGILLA

    def objects(self, rows: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        """The record of an item."""
        first = rows[0]
        last = {row["actor"]: row for row in answered(rows) if not row["is_undone"]}
        decided = list(last.values())
        fields = {"text": first["body"]}
        if first["title"]:
            fields["title"] = first["title"]
        yield {
            "id": f"{first['tenant_id']}:{first['external_id']}",
            "fields": fields,
            "metadata": _metadata(first, decided),
            "suggestions": _suggestions(first),
            "responses": _responses(decided),
            "vectors": {},
        }


def _user(row: dict[str, Any]) -> str:
    return str(uuid5(_PEOPLE, row["actor"]))


def _metadata(first: dict[str, Any], decided: list[dict[str, Any]]) -> dict[str, Any]:
    """What a record has no place for: the item's facts, and the facts of each response."""
    facts = {name: first[name] for name in _METADATA if first[name]}
    facts["created_at"] = _iso(first["created_at"])
    if decided:
        facts |= {
            "response_users": [_user(row) for row in decided],
            "decision_id": [text_of(row["decision_id"]) for row in decided],
            "decided_by": [row["actor"] for row in decided],
            "decided_at": [_iso(row["decided_at"]) for row in decided],
            "handling_seconds": [_number(row["handling_seconds"]) for row in decided],
        }
    return facts


def _suggestions(row: dict[str, Any]) -> dict[str, Any]:
    if row["model"] is None or row["verdict"] not in ("approve", "reject"):
        return {}
    agent = f"{row['model']} {row['model_version']}"
    suggestions = {"outcome": {"value": row["verdict"], "score": row["overall"], "agent": agent}}
    reasons = list(row["verdict_reasons"] or ())
    if reasons:
        scores = [row.get(reason) for reason in reasons]
        known = all(score is not None for score in scores)
        suggestions["reasons"] = {
            "value": reasons, "score": scores if known else None, "agent": agent,
        }  # fmt: skip
    return suggestions


def _responses(decided: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    responses: dict[str, list[dict[str, Any]]] = {}
    for row in decided:
        given = {"outcome": row["outcome"], "reasons": list(row["reasons"]), "note": row["note"]}
        for question, value in given.items():
            if value:
                responses.setdefault(question, []).append({"value": value, "user_id": _user(row)})
    return responses


def _iso(when: Any) -> str:
    return str(when.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


def _number(value: float | None) -> str:
    return "" if value is None else repr(float(value))
