"""What we need from storage for review tasks, claims and skips."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

import polars as pl
from pydantic import Field

from core.domain.item import Item
from core.domain.plain_text import PlainText, StoredInt
from core.domain.record import Record
from core.domain.review_task import Claim, ReviewTask


class ClaimRequest(Record):
    """Who asks for work, from where, and what is not wanted."""

    owner: str
    actor: str
    queue: str
    tenant: str | None = None
    tenants: tuple[str, ...] | None = None
    """The tenants that the person may see; None: all."""
    language: str | None = None
    count: int
    now: datetime
    lease_until: datetime
    skipped_since: datetime


class Scope(Record):
    """The work that one screen does: claims elsewhere are another screen's."""

    queue: PlainText
    tenant: PlainText | None = None
    language: PlainText | None = None


class Holding(Record):
    """What somebody holds: the claims of one scope, and how many others are still good."""

    claims: list[Claim]
    elsewhere_count: int


class Reopening(Record):
    """Who gets a task back, under which fence and until when."""

    owner: str
    fence: int
    lease_until: datetime


class Hold(Record):
    """A claim as its holder names it; owner None: the workbench itself."""

    task_id: int
    item_id: int
    fence: int
    owner: str | None


class SkipRequest(Record):
    """Gives a task back with a reason; `skip_id` makes a resent request harmless."""

    skip_id: UUID
    task_id: StoredInt
    fence: StoredInt
    reason: Annotated[PlainText, Field(min_length=1, max_length=64)]
    postponed_until: datetime | None = None
    """Until then nobody is offered the task; None: others are at once."""


class TaskStore(Protocol):
    """Tasks are facts; the open ones with their claims are the only mutable rows."""

    def open(self, frame: pl.DataFrame) -> None:
        """Appends tasks (facts) and makes them claimable."""

    def reopen(self, task: ReviewTask, item: Item, claim: Reopening) -> Claim:
        """Makes a closed task open again, in the hands of its last owner."""

    def claim(self, request: ClaimRequest) -> list[Claim]:
        """Takes the best open tasks in one guarded statement; each fence rises by one."""

    def renew(self, owner: str, scope: Scope, now: datetime, lease_until: datetime) -> Holding:
        """Extends the claims of the scope that are still the owner's, and returns them."""

    def release(self, owner: str, scope: Scope | None = None) -> int:
        """Gives claims back (all of the owner's by default); how many."""

    def close(self, hold: Hold) -> str | None:
        """Takes the task out of the open ones if the hold is still good; its tenant."""

    def skip(self, request: SkipRequest, actor: str, now: datetime) -> bool:
        """Records a skip and gives the claim back, if the fence is still current."""

    def get(self, task_ids: Sequence[int]) -> list[ReviewTask]:
        """The tasks with these ids."""

    def skipped_by(self, skip_id: UUID) -> tuple[int, str] | None:
        """The task and the person of the skip with this id, if there is one."""

    def open_tasks_of(self, item_ids: Sequence[int]) -> list[Claim]:
        """The open tasks of items, whoever holds them."""

    def waiting_count(
        self,
        queue: str,
        tenant: str | None,
        language: str | None,
        tenants: tuple[str, ...] | None = None,
    ) -> int:
        """How many tasks are open, among these tenants."""

    def newest_open_id(self) -> int:
        """The largest id among open tasks, 0 when none is open."""

    def waiting_newer_than(self, task_id: int, queue: str | None) -> int:
        """How many open tasks came after the given one."""
