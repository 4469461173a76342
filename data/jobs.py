"""Long work on one worker thread: a row with progress that pages watch and may cancel."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import structlog

from core.clock import Clock
from core.domain.identifiers import IdSequence
from core.domain.job import Job, JobState
from core.errors import JobCancelledError, WorkbenchError
from core.store.job_handle import JobHandle
from core.store.store import Store

_log = structlog.get_logger()
_SECONDS_BETWEEN_UPDATES = 0.4
_SECONDS_BETWEEN_SIGNS = 10.0
#: After so long without a sign a job of another process counts as interrupted.
_SILENCE = timedelta(seconds=45)

#: Long work: gets the handle, returns what the job's row keeps as its result.
Work = Callable[[JobHandle], dict[str, Any]]


class _Handle:
    """Writes progress to the job's row, but not more often than a person can see."""

    def __init__(self, store: Store, job_id: int, cancelled: threading.Event) -> None:
        self._store = store
        self._job_id = job_id
        self._cancelled = cancelled
        self._shown: tuple[str, float] = ("", 0.0)

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Shows how far the work is; raises JobCancelledError when somebody cancelled it."""
        if self._cancelled.is_set():
            raise JobCancelledError("Cancelled; what was not finished was not kept.")
        last_stage, last_time = self._shown
        now = time.monotonic()
        if stage == last_stage and now - last_time < _SECONDS_BETWEEN_UPDATES:
            return
        self._shown = (stage, now)
        with self._store.writing() as parts:
            # The wish to cancel may have come from another process.
            if parts.jobs.update(self._job_id, stage=stage, done=done, total=total):
                self._cancelled.set()


class JobRunner:
    """Runs jobs one after the other, so that scoring never competes with itself."""

    def __init__(self, store: Store, clock: Clock, ids: IdSequence) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="job")
        self._cancels: dict[int, threading.Event] = {}
        self._futures: dict[int, Future[None]] = {}
        self._closed = threading.Event()
        if store.is_shared:
            threading.Thread(target=self._show_life, name="job-life", daemon=True).start()

    def _show_life(self) -> None:
        """Keeps the rows of this process's jobs fresh, so that others know that they live."""
        while not self._closed.wait(_SECONDS_BETWEEN_SIGNS):
            alive = [job_id for job_id, future in self._futures.items() if not future.done()]
            try:
                with self._store.writing() as parts:
                    for job_id in alive:
                        parts.jobs.update(job_id)
            except WorkbenchError as error:
                _log.warning("job.sign_of_life_failed", reason=type(error).__name__)

    def fail_interrupted(self) -> list[Job]:
        """Marks jobs that a dead process left as running, and returns them."""
        silent_since = self._clock.now() - _SILENCE
        with self._store.writing() as parts:
            left = [
                job
                for job in parts.jobs.running()
                if not self._store.is_shared or job.updated_at < silent_since
            ]
            for job in left:
                parts.jobs.update(
                    job.job_id,
                    state=JobState.FAILED.value,
                    message="Interrupted: the workbench stopped while it ran. Start it again.",
                )
        return left

    def submit(
        self,
        kind: str,
        title: str,
        actor: str,
        work: Work,
        *,
        request: dict[str, Any] | None = None,
    ) -> int:
        """Starts work in the background; the id of its row, which keeps `request`."""
        now = self._clock.now()
        job = Job(
            job_id=self._ids.next(), kind=kind, title=title, actor=actor,
            state=JobState.RUNNING, stage="waiting", done=0, total=None, message=None,
            result={"request": request} if request else {},
            cancel_requested=False, started_at=now, updated_at=now,
        )  # fmt: skip
        with self._store.writing() as parts:
            parts.jobs.add(job)
        cancelled = self._cancels.setdefault(job.job_id, threading.Event())
        handle = _Handle(self._store, job.job_id, cancelled)
        self._futures[job.job_id] = self._pool.submit(self._run, job, handle, work)
        return job.job_id

    def _run(self, job: Job, handle: JobHandle, work: Work) -> None:
        try:
            result = work(handle)
        except JobCancelledError as cancelled:
            self._finish(job, JobState.CANCELLED, str(cancelled))
        except WorkbenchError as error:
            self._finish(job, JobState.FAILED, str(error))
        except Exception:
            _log.exception("job.crashed", job_id=job.job_id, kind=job.kind)
            message = "Stopped by an error of the workbench itself; the log has the details."
            self._finish(job, JobState.FAILED, message)
        else:
            self._finish(job, JobState.DONE, None, result)

    def _finish(
        self, job: Job, state: JobState, message: str | None, result: dict[str, Any] | None = None
    ) -> None:
        kept = job.result | (result or {})
        with self._store.writing() as parts:
            parts.jobs.update(job.job_id, state=state.value, message=message, result=kept)
        _log.info(f"job.{state.value}", job_id=job.job_id, kind=job.kind)

    def cancel(self, job_id: int) -> None:
        """Asks a job to stop; it does at its next progress."""
        if (event := self._cancels.get(job_id)) is not None:
            event.set()
        with self._store.writing() as parts:
            parts.jobs.update(job_id, cancel_requested=True)

    def wait(self, job_id: int) -> None:
        """Blocks until the job is over."""
        if (future := self._futures.get(job_id)) is not None:
            future.result()

    def close(self) -> None:
        """Cancels what runs and waits for it."""
        self._closed.set()
        for event in self._cancels.values():
            event.set()
        self._pool.shutdown(wait=True)
