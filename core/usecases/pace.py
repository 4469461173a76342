"""How many rows a batch of long work takes, so that progress shows and cancel is heard."""

from datetime import timedelta

from core.clock import Clock

_FIRST, _LEAST, _MOST = 500, 250, 4_000
_QUICK, _SLOW = timedelta(seconds=1), timedelta(seconds=4)


class Pace:
    """Starts small; doubles while batches are quick and halves when they are slow."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.now()
        self.rows = _FIRST

    def adapt(self) -> None:
        """Notes that a batch is over."""
        now = self._clock.now()
        took, self._began = now - self._began, now
        if took < _QUICK:
            self.rows = min(_MOST, self.rows * 2)
        elif took > _SLOW:
            self.rows = max(_LEAST, self.rows // 2)
