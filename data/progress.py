"""Progress of long work on the terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class TerminalJob:
    """A job handle that draws a bar on standard error, one line per stage."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            TextColumn("{task.completed:>10,.0f}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._stages: dict[str, TaskID] = {}
        self._current: str | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finish_current()
        self._progress.stop()

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Moves the stage's bar."""
        if stage != self._current:
            self._finish_current()
            self._current = stage
        if stage not in self._stages:
            self._stages[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._stages[stage], completed=done, total=total)

    def _finish_current(self) -> None:
        """Stops the clock of the stage that is over."""
        if self._current is not None:
            task = self._stages[self._current]
            completed = next(t.completed for t in self._progress.tasks if t.id == task)
            self._progress.update(task, total=completed, completed=completed)
            self._progress.stop_task(task)
