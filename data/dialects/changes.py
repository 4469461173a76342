"""A number that rises whenever somebody changed the history, in this process or another."""

import threading


class Changes:
    """Counts changes; pages compare it with what they saw last, which costs nothing."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many changes were heard of."""
        return self._count

    def note(self) -> None:
        """One more change."""
        with self._lock:
            self._count += 1
