"""One run of an import."""

from datetime import datetime
from enum import StrEnum

from core.domain.record import Record


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
    def sentence(self) -> str:
        """The result in words, as the page and the command say it."""
        if self.row_count == 0:
            return "The file has no rows."
        parts = [f"{self.new_count:,} new items"]
        if self.decision_count:
            parts.append(f"{self.decision_count:,} past decisions")
        if self.known_count:
            parts.append(f"{self.known_count:,} already known (unchanged)")
        if self.changed_count:
            parts.append(f"{self.changed_count:,} known under this id with other text (kept as is)")
        if self.rejected_count:
            parts.append(f"{self.rejected_count:,} problems in bad rows")
        if self.new_count == 0 and self.rejected_count == 0:
            return "Nothing changed: " + ", ".join(parts[1:] or parts) + "."
        return ", ".join(parts) + "."
