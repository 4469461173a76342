"""What waits and what was decided in a period."""

from datetime import datetime, timedelta
from typing import Annotated

import polars as pl
from fastapi import APIRouter, Depends, Query
from pydantic import Field

from core.domain.api_key import Scope
from core.usecases.overview import Overview, overview
from dashboard.api.answers import Answer
from dashboard.api.documented import problems
from dashboard.api.keys import Caller, api_caller

router = APIRouter(prefix="/api/v1", tags=["stats"])


class QueueCount(Answer):
    """What waits in one queue."""

    queue: str
    waiting: int
    overdue: int
    claimed: int
    oldest: datetime | None


class OutcomeCount(Answer):
    """Items of the period by what stands on them and who decided."""

    outcome: str
    source: str
    items: int


class Stats(Answer):
    """The key's tenant: its queues now, and the period's arrivals and decisions."""

    as_of: datetime
    since: datetime
    queues: tuple[QueueCount, ...]
    decisions_by_people: Annotated[int, Field(description="In the period, not taken back.")]
    arrivals: Annotated[tuple[OutcomeCount, ...], Field(description="Items of the period.")]
    automated_items: Annotated[int, Field(description="Of the arrivals: by the policy alone.")]
    decided_items: Annotated[int, Field(description="Of the arrivals: decided at all.")]


@router.get(
    "/stats", summary="What waits and was decided", responses=problems(401, 403, 422, 429, 503)
)
async def stats(
    caller: Annotated[Caller, Depends(api_caller(Scope.READ))],
    hours: Annotated[
        int, Query(ge=1, le=24 * 366, description="The length of the period that ends now.")
    ] = 24,
) -> Stats:
    """Counts of the last hours, as the Overview page has them."""
    found = await caller.parts.reading.run(
        lambda: overview(caller.workbench.space, caller.person, period=timedelta(hours=hours))
    )
    return _stats(found)


def _stats(found: Overview) -> Stats:
    automated, decided = found.automated
    return Stats(
        as_of=found.as_of, since=found.since,
        queues=tuple(
            QueueCount(**row)
            for row in found.waiting.drop("tenant_id").iter_rows(named=True)
        ),
        decisions_by_people=found.decided_count,
        arrivals=tuple(
            OutcomeCount(**row)
            for row in found.by_source.group_by("outcome", "source")
            .agg(pl.col("items").sum()).sort("outcome", "source").iter_rows(named=True)
        ),
        automated_items=automated, decided_items=decided,
    )  # fmt: skip
