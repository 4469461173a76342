"""Review tasks with their sample design, and the claims on them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from core.domain.record import Record

#: How much waiting counts where a queue does not say otherwise.
WEIGHT_WAITING = 0.5


class QueueName(StrEnum):
    """The queues that every store has."""

    REVIEW = "review"
    ESCALATION = "escalation"


class Stratum(StrEnum):
    """Why an item was selected; with the inclusion probability it makes metrics unbiased."""

    FLAGGED = "flagged"
    RANDOM = "random"
    ESCALATED = "escalated"
    SAMPLE = "sample"
    """Drawn by a sample that somebody planned, to estimate something."""
    CHOSEN = "chosen"
    """Sent there by hand: its answer says nothing about other items."""
    DISAGREEMENT = "disagreement"
    """Two sides of a comparison conclude differently: its answer is about such items only."""


class ReviewTask(Record):
    """An item in a queue, one round: a fact with its priority terms and sample design."""

    task_id: int
    item_id: int
    queue: str
    round: int
    priority: float
    terms: dict[str, float]
    stratum: Stratum
    inclusion_probability: Annotated[float, Field(gt=0, le=1)]
    policy_version_id: int | None
    created_at: datetime
    waiting_since: datetime
    due_at: datetime
    waiting_weight: float | None = None
    """How much waiting counts for it; None: as much as where a queue does not say."""
    sample_id: int | None = None
    """The planned sample it belongs to, if one drew it."""


class Claim(Record):
    """A reviewer's hold on a task: the fence rises with every claim and guards the decision."""

    task_id: int
    item_id: int
    queue: str
    owner: str | None
    fence: int
    lease_until: datetime | None
    due_at: datetime
    waiting_since: datetime
    priority: float
    waiting_weight: float | None = None

    def is_held(self, now: datetime) -> bool:
        """Whether its owner's claim is good; a lapsed one may be taken."""
        return self.owner is not None and self.lease_until is not None and self.lease_until > now

    def rank(self, now: datetime) -> float:
        """priority + weight * clip(waited / target, 0, 2)^2: what claims are ordered by."""
        waited = (now - self.waiting_since).total_seconds()
        target = (self.due_at - self.waiting_since).total_seconds()
        ratio = min(max(waited / target, 0.0), 2.0) if target else 0.0
        weight = WEIGHT_WAITING if self.waiting_weight is None else self.waiting_weight
        return self.priority + weight * ratio**2
