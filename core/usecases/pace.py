"""How many rows a batch of long work takes, so that progress shows and cancel is heard."""

from datetime import timedelta

from core.clock import Clock


class Pace:
    """Starts small; doubles while batches are quick and halves when they are slow."""

    def __init__(
        self,
        clock: Clock,
        *,
        first: int = 500,
        least: int = 250,
        most: int = 4_000,
        quick: timedelta = timedelta(seconds=1),
    ) -> None:
        self._clock = clock
        self._began = clock.now()
        self._least, self._most = least, most
        self._quick, self._slow = quick, 4 * quick
        self.rows = first

    def adapt(self) -> None:
        """Notes that a batch is over."""
        now = self._clock.now()
        took, self._began = now - self._began, now
        if took < self._quick:
            self.rows = min(self._most, self.rows * 2)
        elif took > self._slow:
            self.rows = max(self._least, self.rows // 2)
