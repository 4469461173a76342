"""Rows of facts that never change, kept in memory for lists that are drawn again and again."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from core.domain.policy import PolicyVersion
from core.domain.review_queue import ReviewQueue

Key = tuple[int, int | None, int | None]
"""Item, model version, policy version."""

_MOST_ROWS = 20_000
_QUEUES_BELIEVED_SECONDS = 2.0


class FactCache:
    """Least-recently-used rows by item, model version and policy version; safe to share."""

    def __init__(self) -> None:
        self._rows: OrderedDict[Key, dict[str, Any]] = OrderedDict()
        self._lock = threading.Lock()
        self._policies: tuple[tuple[Any, ...], list[PolicyVersion]] | None = None
        self._queues: tuple[float, list[ReviewQueue]] | None = None

    def get(self, keys: Sequence[Key]) -> dict[int, dict[str, Any]]:
        """The rows that are known, by item."""
        with self._lock:
            found = {}
            for key in keys:
                if (row := self._rows.get(key)) is not None:
                    self._rows.move_to_end(key)
                    found[key[0]] = row
            return found

    def put(self, rows: Iterable[tuple[Key, dict[str, Any]]]) -> None:
        """Keeps rows, dropping those unused for longest."""
        with self._lock:
            self._rows.update(rows)
            while len(self._rows) > _MOST_ROWS:
                self._rows.popitem(last=False)

    def policies(
        self, stamp: tuple[Any, ...], read: Callable[[], list[PolicyVersion]]
    ) -> list[PolicyVersion]:
        """The policy versions, which every write of scores asks for; read anew under a new stamp.

        The stamp names a state of the store that never comes back as another.
        """
        known = self._policies
        if known is None or known[0] != stamp:
            known = (stamp, read())
            self._policies = known
        return list(known[1])

    def queues(self, read: Callable[[], list[ReviewQueue]]) -> list[ReviewQueue]:
        """The definitions of queues, which every claim asks for; read anew when they are old."""
        now = time.monotonic()
        known = self._queues
        if known is None or now - known[0] > _QUEUES_BELIEVED_SECONDS:
            known = (now, read())
            self._queues = known
        return known[1]

    def forget_queues(self) -> None:
        """Has the definitions read again: one was changed here."""
        self._queues = None

    def clear(self) -> None:
        """Forgets everything: an import was taken back."""
        with self._lock:
            self._rows.clear()
