"""Trials of other models on one worker thread: in memory, seen by who started them alone."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID

import structlog

from core.domain.person import Person
from core.errors import TrialError, WorkbenchError
from core.usecases.trial_run import TrialRun, TrialState

_log = structlog.get_logger()

#: Runs that one process keeps, and how many of them may be under way.
MOST_KEPT, MOST_RUNNING = 12, 4


class TrialRunner:
    """Runs trials a batch at a time, in turn: a short one never waits for a long one to end.

    One thread for all: what a batch does in Python competes with the pages, and its forward
    passes are spread over the cores at low priority anyway.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="trial")
        self._runs: OrderedDict[UUID, TrialRun] = OrderedDict()
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def start(self, run: TrialRun, batches: Iterator[None]) -> None:
        """Starts a run; raises TrialError while too many are under way.

        The least recently looked at of those that are over is thrown away for it.
        """
        with self._lock:
            running = [each for each in self._runs.values() if not each.progress.is_over]
            if len(running) >= MOST_RUNNING:
                raise TrialError(
                    f"{len(running)} trials are running already. Wait for one to end, or cancel it."
                )
            self._runs[run.run_id] = run
            for old in list(self._runs.values()):
                if len(self._runs) <= MOST_KEPT:
                    break
                if old.progress.is_over:
                    del self._runs[old.run_id]
        self._next(run, batches)

    def _next(self, run: TrialRun, batches: Iterator[None]) -> None:
        try:
            self._pool.submit(self._step, run, batches)
        except RuntimeError:
            # The workbench is closing.
            run.end(TrialState.CANCELLED, "The workbench stopped while it ran.")

    def _step(self, run: TrialRun, batches: Iterator[None]) -> None:
        if run.is_cancelled or self._closed.is_set():
            run.end(TrialState.CANCELLED, "Cancelled.")
            return
        try:
            next(batches, None)
        except WorkbenchError as error:
            run.end(TrialState.FAILED, str(error))
        except Exception:
            _log.exception("trial.crashed", run_id=str(run.run_id))
            message = "Stopped by an error of the workbench itself; the log has the details."
            run.end(TrialState.FAILED, message)
        if not run.progress.is_over:
            self._next(run, batches)

    def get(self, run_id: UUID | None, person: Person) -> TrialRun | None:
        """A run of this person, as they are now; None when it is gone or somebody else's."""
        with self._lock:
            run = self._runs.get(run_id) if run_id is not None else None
            if run is None or run.person != person:
                return None
            self._runs.move_to_end(run.run_id)
            return run

    def of(self, person: Person) -> list[TrialRun]:
        """The runs of this person that are still kept, newest first."""
        with self._lock:
            mine = [each for each in self._runs.values() if each.person == person]
        return sorted(mine, key=lambda each: each.started_at, reverse=True)

    def throw_away(self, run: TrialRun) -> None:
        """Forgets a run, which stops if it is under way."""
        run.cancel()
        with self._lock:
            self._runs.pop(run.run_id, None)

    def wait(self, run: TrialRun) -> None:
        """Blocks until the run is over."""
        while not run.progress.is_over:
            # Behind the step that is under way, which puts the following one behind this.
            waiting: Future[None] = self._pool.submit(lambda: None)
            waiting.result()

    def close(self) -> None:
        """Stops after the batch that is being scored."""
        self._closed.set()
        self._pool.shutdown(wait=True)
