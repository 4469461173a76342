"""One run of an import."""

from datetime import datetime
from enum import StrEnum

from core.domain.record import Record

#: What the mapping of a run says besides columns when it brought scores instead of items.
SCORES_OF, VERSION_ID, CANCELLED = "scores_of", "model_version_id", "cancelled"
#: What it says when it brought decisions on items that were there.
DECISIONS_OF = "decisions_of"


class ImportState(StrEnum):
    """Where an import run stands."""

    DONE = "done"
    UNDONE = "undone"


class ImportRun(Record):
    """What one import brought in; written in the same transaction as its items."""

    import_id: int
    file_name: str
    file_digest: str
    mapping: dict[str, str]
    actor: str
    started_at: datetime
    finished_at: datetime
    row_count: int
    new_count: int
    known_count: int
    changed_count: int
    rejected_count: int
    decision_count: int
    state: ImportState

    @property
    def scores_of(self) -> str | None:
        """The model version whose scores it brought; None for a file of items."""
        return self.mapping.get(SCORES_OF)

    @property
    def model_version_id(self) -> int | None:
        """The version that `scores_of` names; None when no score of it was ever recorded."""
        found = self.mapping.get(VERSION_ID)
        return int(found) if found is not None else None

    @property
    def decisions_of(self) -> str | None:
        """What kind of file brought decisions without items; None for all others."""
        return self.mapping.get(DECISIONS_OF)

    @property
    def sentence(self) -> str:
        """The result in words, as the page and the command say it."""
        if self.row_count == 0:
            return "The file has no rows."
        if self.scores_of is not None:
            return self._scores_sentence(self.scores_of)
        if self.decisions_of is not None:
            return self._decisions_sentence()
        parts = [f"{self.new_count:,} new items"]
        if self.decision_count:
            parts.append(f"{self.decision_count:,} past decisions")
        if self.known_count:
            parts.append(f"{self.known_count:,} already known (unchanged)")
        if self.changed_count:
            parts.append(f"{self.changed_count:,} known under this id with other text (kept as is)")
        if self.rejected_count:
            parts.append(f"{self.rejected_count:,} problems in bad rows")
        if not self.new_count and not self.decision_count and not self.rejected_count:
            return "Nothing changed: " + ", ".join(parts[1:] or parts) + "."
        return ", ".join(parts) + "."

    def _decisions_sentence(self) -> str:
        parts = [f"{self.decision_count:,} past decisions on items that were here"]
        if self.known_count:
            parts.append(f"{self.known_count:,} already known (unchanged)")
        if self.rejected_count:
            parts.append(f"{self.rejected_count:,} problems in rows that were left out")
        if not self.decision_count:
            return "Nothing changed: " + ", ".join(parts[1:] or parts) + "."
        return ", ".join(parts) + "."

    def _scores_sentence(self, model: str) -> str:
        parts = []
        if self.new_count:
            parts.append(f"{self.new_count:,} items now have scores of {model}")
        if self.known_count:
            parts.append(f"{self.known_count:,} had these scores before (unchanged)")
        if self.rejected_count:
            parts.append(f"{self.rejected_count:,} problems in rows that were left out")
        words = ", ".join(parts) or f"no row of the file has a score of {model}"
        if CANCELLED in self.mapping:
            return f"Cancelled before the end: {words}. Import the file again to add the rest."
        if not self.new_count:
            return f"Nothing changed: {words}."
        return f"{words}. No verdict and no decision changed."
