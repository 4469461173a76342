"""Tasks for Label Studio: texts, what the model said of them, and what people decided."""

from collections.abc import Iterable
from typing import Any

from core.domain.label import SCORED_LABELS
from core.usecases.export_records import ExportFormat
from data.exports.json_writer import JsonWriter, answered, text_of

_DATA = (
    "external_id", "tenant_id", "author_id", "content_type", "title", "language", "tags", "source",
    "thread_id", "created_at",
)  # fmt: skip


class LabelStudioWriter(JsonWriter):
    """One task per item; `docs/interop.md` has the labeling configuration that fits them."""

    format = ExportFormat.LABEL_STUDIO

    def objects(self, rows: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        """The task of an item."""
        first = rows[0]
        data = {name: first[name] for name in _DATA if first[name] is not None}
        yield {
            "id": first["item_id"],
            "data": {"text": first["body"], **data},
            "predictions": _predictions(first),
            "annotations": [_annotation(row) for row in answered(rows)],
        }


def _predictions(row: dict[str, Any]) -> list[dict[str, Any]]:
    """What the model in use and the live policy say; nothing where they said nothing yet."""
    if row["model"] is None:
        return []
    result = [
        {
            "id": f"score_{label.value}", "from_name": label.value, "to_name": "text",
            "type": "number", "value": {"number": round(row[label.value], 6)},
        }
        for label in SCORED_LABELS
        if row[label.value] is not None
    ]  # fmt: skip
    if row["verdict"] in ("approve", "reject"):
        result = [*_choices(row["verdict"], row["verdict_reasons"]), *result]
    prediction = {"model_version": f"{row['model']} {row['model_version']}", "result": result}
    if row["overall"] is not None:
        prediction["score"] = row["overall"]
    return [prediction]


def _choices(outcome: str, reasons: list[str] | None) -> list[dict[str, Any]]:
    chosen = [("outcome", [outcome])]
    if reasons:
        chosen.append(("reasons", list(reasons)))
    return [
        {
            "id": name, "from_name": name, "to_name": "text", "type": "choices",
            "value": {"choices": words},
        }
        for name, words in chosen
    ]  # fmt: skip


def _annotation(row: dict[str, Any]) -> dict[str, Any]:
    result = _choices(row["outcome"], row["reasons"])
    if row["note"]:
        result.append(
            {
                "id": "note", "from_name": "note", "to_name": "text", "type": "textarea",
                "value": {"text": [row["note"]]},
            }
        )  # fmt: skip
    annotation = {
        "unique_id": text_of(row["decision_id"]),
        "result": result,
        "was_cancelled": row["is_undone"],
        # Which items are golden is known to whoever set them, and not to the ledger.
        "ground_truth": False,
        "lead_time": row["handling_seconds"],
        "created_at": row["decided_at"],
        "moddesk": {"actor": row["actor"]},
    }
    # Label Studio refuses a name that is neither an address nor the number of an account.
    if "@" in row["actor"]:
        annotation["completed_by"] = {"email": row["actor"]}
    return annotation
