"""Named queues: what lands in them, in what order, by when, and who works on them."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, model_validator

from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.plain_text import PlainText
from core.domain.record import Record
from core.domain.review_task import QueueName
from core.domain.role import Permission, Role

Weight = Annotated[float, Field(ge=0, le=5)]

#: Which parts of a filter can route new items: what is known of an item when it was scored.
ROUTING_FIELDS = frozenset(
    {"label", "score_min", "score_max", "language", "tenant", "author", "source", "search"}
)


class PriorityWeights(Record):
    """How much each term counts; a term itself lies in [0, 1], the waiting term in [0, 4]."""

    harm: Weight = 1.0
    uncertainty: Weight = 0.5
    reports: Weight = 0.2
    views: Weight = 0.0
    waiting: Weight = 0.5


class ReviewQueue(Record):
    """A named, ordered selection of items awaiting review."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    title: Annotated[PlainText, Field(min_length=1, max_length=80)]
    filter: ItemFilter = ItemFilter()
    weights: PriorityWeights = PriorityWeights()
    random_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Share of the matching items that the policy did not flag, drawn at random."""
    target_hours: Annotated[float, Field(gt=0, le=24 * 60)] = 24.0
    roles: tuple[Role, ...] = ()
    reviewers: tuple[PlainText, ...] = ()
    """Roles and names that work on it; both empty: everybody who reviews."""
    position: Annotated[int, Field(ge=0)] = 0
    """Queues are tried in this order; an item lands in the first that takes it."""
    is_active: bool = True
    is_by_hand: bool = False
    """Only what somebody sends or draws lands here: no new item does by itself."""
    changed_at: datetime | None = None

    @model_validator(mode="after")
    def _can_route(self) -> "ReviewQueue":
        extra = set(self.filter.model_dump(exclude_none=True)) - ROUTING_FIELDS
        if extra:
            raise ValueError(f"a queue cannot be defined by {', '.join(sorted(extra))}")
        return self

    @property
    def target(self) -> timedelta:
        """Time within which a task should be decided."""
        return timedelta(hours=self.target_hours)

    def is_worked_on_by(self, person: Person) -> bool:
        """Whether the person may claim from it."""
        if self.name == QueueName.ESCALATION.value:
            return person.may(Permission.REVIEW_ESCALATIONS)
        if not person.may(Permission.REVIEW):
            return False
        if not self.roles and not self.reviewers:
            return True
        is_admin = person.role is Role.ADMIN
        return is_admin or person.role in self.roles or person.name in self.reviewers


def default_queue(random_share: float) -> ReviewQueue:
    """Where everything lands that no other queue takes."""
    return ReviewQueue(
        name=QueueName.REVIEW.value, title="Review", random_share=random_share, position=1_000_000
    )


def escalation_queue() -> ReviewQueue:
    """Where reviewers send what somebody senior should decide."""
    return ReviewQueue(
        name=QueueName.ESCALATION.value, title="Escalations", random_share=0.0, target_hours=4.0,
        roles=(Role.SENIOR_REVIEWER, Role.ADMIN), position=1_000_001,
    )  # fmt: skip
