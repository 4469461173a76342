"""Writes of many requests in one transaction, which costs hardly more than the write of one."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

from dashboard.api.problems import ApiProblem

_Entry = TypeVar("_Entry")
_Answer = TypeVar("_Answer")

#: How long an entry waits for others that are known to come.
_PATIENCE_SECONDS = 0.1
#: Entries of one transaction.
_MOST = 64
#: Entries that are being made ready or wait before others are sent away.
MOST_WAITING = 512


class GroupedWrites(Generic[_Entry, _Answer]):
    """Collects entries while the writes before them are under way.

    `write` gets entries in their order and gives an answer or an exception for each; what it raises
    is every entry's answer.
    """

    def __init__(self, write: Callable[[Sequence[_Entry]], Sequence[_Answer | Exception]]) -> None:
        self._write = write
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writes")
        self._changed = threading.Condition()
        self._waiting: list[tuple[_Entry, Future[_Answer]]] = []
        self._coming = 0
        self._is_writing = False

    def coming(self) -> "Coming[_Entry, _Answer]":
        """Announces an entry: those that are ready wait a moment for it.

        A problem with Retry-After when too many wait already: the store is slower than the model.
        """
        with self._changed:
            if self._coming + len(self._waiting) >= MOST_WAITING:
                raise ApiProblem(
                    429, "Too much waits to be kept. Try again in a second.", retry_after=1
                )
        return Coming(self)

    def _announce(self, count: int) -> None:
        with self._changed:
            self._coming += count
            self._changed.notify()

    def _add(self, entry: _Entry) -> "Future[_Answer]":
        answer: Future[_Answer] = Future()
        with self._changed:
            self._waiting.append((entry, answer))
            if not self._is_writing:
                self._is_writing = True
                self._thread.submit(self._write_all)
            self._changed.notify()
        return answer

    def _write_all(self) -> None:
        while group := self._next_group():
            try:
                answers = self._write([entry for entry, _ in group])
            except Exception as error:  # whoever waits gets it
                answers = [error] * len(group)
            for (_, future), answer in zip(group, answers, strict=True):
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)

    def _next_group(self) -> list[tuple[_Entry, "Future[_Answer]"]]:
        until = time.monotonic() + _PATIENCE_SECONDS
        with self._changed:
            self._changed.wait_for(
                lambda: not self._coming or not self._waiting or len(self._waiting) >= _MOST,
                timeout=max(0.0, until - time.monotonic()),
            )
            group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            self._is_writing = bool(group)
            return group


class Coming(Generic[_Entry, _Answer]):
    """One entry that is being made ready; it is over at the end of the block, added or not."""

    def __init__(self, writes: GroupedWrites[_Entry, _Answer]) -> None:
        self._writes = writes

    def __enter__(self) -> Self:
        self._writes._announce(1)
        return self

    def add(self, entry: _Entry) -> "Future[_Answer]":
        """The entry is ready; its answer comes when it is written."""
        return self._writes._add(entry)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writes._announce(-1)
