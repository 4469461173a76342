"""The time as the database tells it, so that replicas with wrong clocks agree on leases."""

from datetime import datetime

from core.clock import Clock
from data.dialects.postgres_keeper import PostgresKeeper


class DatabaseClock:
    """This machine's clock corrected by what it differs from the server's."""

    def __init__(self, clock: Clock, keeper: PostgresKeeper) -> None:
        self._clock = clock
        self._keeper = keeper

    def now(self) -> datetime:
        """The instant, UTC."""
        return self._clock.now() + self._keeper.offset
