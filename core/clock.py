"""The only door to the real time, so that tests and simulations can inject their own."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time: aware, in UTC."""

    def now(self) -> datetime:
        """The current instant, aware and in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current instant of the machine, aware and in UTC."""
        return datetime.now(UTC)
