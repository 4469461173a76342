"""Jobs that a key started."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from core.domain.api_key import Scope
from core.domain.job import JobState
from core.usecases.read_content import read_own_job
from dashboard.api.answers import Answer
from dashboard.api.documented import problems
from dashboard.api.keys import Caller, api_caller
from dashboard.api.row_id import RowId

router = APIRouter(prefix="/api/v1", tags=["jobs"])


class JobAnswer(Answer):
    """Where a job stands."""

    id: str
    state: JobState
    done: int
    total: int | None
    message: str | None
    started_at: datetime
    updated_at: datetime


@router.get(
    "/jobs/{job_id}",
    summary="Where a job of this key stands",
    responses=problems(401, 403, 404, 422, 429, 503),
)
async def one_job(
    caller: Annotated[Caller, Depends(api_caller(Scope.READ, Scope.INGEST))], job_id: RowId
) -> JobAnswer:
    """The job, when this key started it."""
    job = await caller.parts.reading.run(
        lambda: read_own_job(caller.workbench.space, int(job_id), person=caller.person)
    )
    return JobAnswer(
        id=str(job.job_id), state=job.state, done=job.done, total=job.total, message=job.message,
        started_at=job.started_at, updated_at=job.updated_at,
    )  # fmt: skip
