"""How long work tells its progress and learns that it was cancelled."""

from typing import Protocol


class JobHandle(Protocol):
    """What a running job holds."""

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Shows how far the work is; raises JobCancelledError when somebody cancelled it."""


class NoJob:
    """A handle for work that nobody watches."""

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Shows nothing."""
