"""The append-only ledger of decisions."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from core.domain.label import Label
from core.domain.plain_text import PlainText, StoredInt
from core.domain.record import Record

NOTE_MAX = 1_000

Note = Annotated[PlainText, Field(max_length=NOTE_MAX)]


class Outcome(StrEnum):
    """What a decision concludes about an item."""

    APPROVE = "approve"
    REJECT = "reject"
    ESCALATE = "escalate"
    INVALIDATE = "invalidate"
    WITHDRAW = "withdraw"
    """Takes an earlier decision back; only ever written by an undo."""


class Source(StrEnum):
    """Who or what decided."""

    HUMAN = "human"
    POLICY = "policy"
    APPEAL = "appeal"
    IMPORT = "import"


class DecisionDraft(Record):
    """A decision as the reviewer's screen sends it; its id is made when the form is shown."""

    decision_id: UUID
    item_id: StoredInt
    task_id: StoredInt | None = None
    fence: StoredInt | None = None
    outcome: Outcome
    reasons: tuple[Label, ...] = ()
    note: Note | None = None
    handling_seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    score_shown: bool = True
    highlight_shown: bool = True

    @model_validator(mode="after")
    def _reasons_fit_the_outcome(self) -> "DecisionDraft":
        if self.outcome is Outcome.REJECT and not self.reasons:
            raise ValueError("a rejection must cite at least one reason")
        if self.outcome is Outcome.WITHDRAW:
            raise ValueError("a decision is withdrawn by undo, not by a decision form")
        return self


class Decision(Record):
    """One entry in the ledger: outcome, who, when, why and under which policy."""

    decision_seq: int
    decision_id: UUID
    item_id: int
    tenant_id: str
    task_id: int | None
    outcome: Outcome
    standing_outcome: Outcome | None
    reasons: tuple[Label, ...]
    note: str | None
    source: Source
    actor: str
    policy_version_id: int | None
    fence: int | None
    batch_id: UUID | None
    decided_at: datetime
    effective_at: datetime
    handling_seconds: float | None
    score_shown: bool | None
    highlight_shown: bool | None
    reverses_id: UUID | None
