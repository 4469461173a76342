"""Labels of the AT Protocol: a label per reason while a rejection stands, negated when it falls."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.domain.item_uri import uri_of
from core.domain.labeler import NO_LABELER, is_did
from core.errors import ExportError
from core.usecases.export_records import ExportFormat
from data.exports.json_writer import JsonWriter, text_of


class AtprotoWriter(JsonWriter):
    """Labels one a line; those of one item stand in the order in which they were given."""

    format = ExportFormat.ATPROTO

    def __init__(self, path: Path, labeler: str = NO_LABELER) -> None:
        super().__init__(path)
        if not is_did(labeler):
            raise ExportError(
                f"{labeler!r} is not a DID: labels need their labeler's, such as did:plc:… or "
                "did:web:labels.example.org."
            )
        self._labeler = labeler

    def objects(self, rows: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        """The labels of an item, as what stood against it changed."""
        uri = uri_of(rows[0]["tenant_id"], rows[0]["external_id"])
        stood: frozenset[str] = frozenset()
        before: dict[str | None, frozenset[str]] = {}
        for row in rows:
            stands = _standing(row, before)
            before[text_of(row["decision_id"])] = stood
            for reason, is_over in [
                *((each, True) for each in sorted(stood - stands)),
                *((each, False) for each in sorted(stands - stood)),
            ]:
                label = {
                    "ver": 1,
                    "src": self._labeler,
                    "uri": uri,
                    "val": reason.replace("_", "-"),
                    "cts": row["decided_at"],
                }
                yield {**label, "neg": True} if is_over else label
            stood = stands


def _standing(row: dict[str, Any], before: dict[str | None, frozenset[str]]) -> frozenset[str]:
    """The reasons that stand against the item after a ledger entry."""
    if row["standing_outcome"] != "reject":
        return frozenset()
    if row["outcome"] == "withdraw":
        # What was undone is as if it had never been: what stood before it stands again.
        return before.get(text_of(row["reverses_id"]), frozenset())
    return frozenset(row["reasons"])
