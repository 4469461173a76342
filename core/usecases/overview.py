"""The numbers of the Overview page, each from one grouped query."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from core.domain.job import Job
from core.domain.person import Person
from core.domain.role import Permission
from core.store.rereading import rereading
from core.usecases.workspace import Workspace


@dataclass(frozen=True)
class Overview:
    """What waits, what was decided, by whom, and how long it took."""

    as_of: datetime
    since: datetime
    waiting: pl.DataFrame
    decisions_by_hour: pl.DataFrame
    by_source: pl.DataFrame
    handling_times: pl.DataFrame
    handling: pl.DataFrame
    volume_by_day: pl.DataFrame

    @property
    def waiting_count(self) -> int:
        """Open tasks in all queues."""
        return int(self.waiting["waiting"].sum())

    @property
    def overdue_count(self) -> int:
        """Open tasks past their due time."""
        return int(self.waiting["overdue"].sum())

    @property
    def oldest_waiting(self) -> datetime | None:
        """Since when the oldest open task waits."""
        oldest = self.waiting["oldest"].min()
        return oldest if isinstance(oldest, datetime) else None

    @property
    def decided_count(self) -> int:
        """People's decisions in the period that were not taken back."""
        return int(self.decisions_by_hour["decisions"].sum())

    @property
    def automated(self) -> tuple[int, int]:
        """(items decided by the policy alone, items decided at all) of the period's arrivals."""
        decided = self.by_source.filter(pl.col("outcome") != "undecided")
        by_policy = decided.filter(pl.col("source") == "policy")["items"].sum()
        return int(by_policy), int(decided["items"].sum())


@rereading
def overview(space: Workspace, person: Person, *, period: timedelta) -> Overview:
    """The overview of the period up to now, over the tenants that the person sees."""
    person.require(Permission.SEE_OVERVIEW)
    seen = person.tenants
    now = space.clock.now()
    since = now - period
    until = now + timedelta(seconds=1)
    with space.store.reading() as parts:
        ask = parts.analytics
        return Overview(
            as_of=now,
            since=since,
            waiting=ask.waiting(now, seen),
            decisions_by_hour=ask.decisions_by_hour(since, until, seen),
            by_source=ask.decisions_by_source(since, until, seen),
            handling_times=ask.handling_times(since, until, seen),
            handling=ask.handling_quantiles(since, until, seen),
            volume_by_day=ask.volume_by_day(since, until, seen),
        )


def running_jobs(space: Workspace, person: Person) -> list[Job]:
    """What runs now; whoever is kept to tenants sees their own, for titles name others' files."""
    person.require(Permission.SEE_OVERVIEW)
    with space.store.reading() as parts:
        running = parts.jobs.running()
    return [job for job in running if person.tenants is None or job.actor == person.name]


@rereading
def decided_by(space: Workspace, actor: str, *, since: datetime) -> int:
    """How many decisions of a person since then were not taken back."""
    with space.store.reading() as parts:
        return parts.analytics.decided_count(actor, since)
