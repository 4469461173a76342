"""An item whose right answer somebody senior has settled, to see how often people give it."""

from datetime import datetime

from pydantic import model_validator

from core.domain.decision import Outcome
from core.domain.label import CITABLE_LABELS, Label
from core.domain.plain_text import PlainText, StoredInt
from core.domain.record import Record


class GoldenAnswer(Record):
    """The right answer under one policy version."""

    outcome: Outcome
    reasons: tuple[Label, ...] = ()
    """Of a rejection: each of them is right to cite."""

    @model_validator(mode="after")
    def _is_an_answer(self) -> "GoldenAnswer":
        if self.outcome not in (Outcome.APPROVE, Outcome.REJECT):
            raise ValueError("a right answer approves or rejects")
        if (self.outcome is Outcome.REJECT) != bool(self.reasons):
            raise ValueError("a rejection, and nothing else, names the reasons that are right")
        if not set(self.reasons) <= set(CITABLE_LABELS):
            raise ValueError("a reason must be one that people can cite")
        return self


class GoldenItem(Record):
    """One mark, appended: the newest of an item holds."""

    golden_id: StoredInt
    item_id: StoredInt
    tenant_id: PlainText
    answer: GoldenAnswer
    policy_version_id: StoredInt
    """The policy that was live: where it changes, the answer is to be looked at again."""
    actor: PlainText
    marked_at: datetime
    is_retired: bool = False
    """Taken out again; its answers do not count any more."""
