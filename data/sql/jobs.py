"""Jobs: rows that pages watch."""

from typing import Any

from sqlalchemy import insert, select, update

from core.domain.job import Job, JobState
from data.sql.part import Part
from data.sql.tables import job


class SqlJobs(Part):
    """Job rows."""

    def add(self, new: Job) -> None:
        """Records a job that starts."""
        self._connection.execute(insert(job), [new.model_dump(mode="python")])

    def update(self, job_id: int, **changes: Any) -> bool:
        """Changes progress or state; whether somebody asked for the job to be cancelled."""
        changes["updated_at"] = self._unit.clock.now()
        changed = update(job).where(job.c.job_id == job_id).values(**changes)
        return bool(self._connection.execute(changed.returning(job.c.cancel_requested)).scalar())

    def get(self, job_id: int) -> Job | None:
        """One job, or None."""
        row = self._connection.execute(select(job).where(job.c.job_id == job_id)).mappings().first()
        return Job.model_validate(dict(row)) if row else None

    def recent(self, limit: int) -> list[Job]:
        """The newest jobs first."""
        rows = self._connection.execute(select(job).order_by(job.c.job_id.desc()).limit(limit))
        return [Job.model_validate(dict(row)) for row in rows.mappings()]

    def running(self) -> list[Job]:
        """Jobs that are marked as running."""
        rows = self._connection.execute(select(job).where(job.c.state == JobState.RUNNING.value))
        return [Job.model_validate(dict(row)) for row in rows.mappings()]
