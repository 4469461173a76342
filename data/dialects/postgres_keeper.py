"""One connection that stays open: hears of changes, holds this process's number, tells the time."""

import threading
import time
from datetime import timedelta

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from core.clock import Clock
from core.domain.identifiers import NODE_COUNT
from core.errors import StoreUnavailableError
from data.dialects.changes import Changes

CHANNEL = "moddesk"

_log = structlog.get_logger()
_LOCK_CLASS = 7301
_HEARING = 0.5
_SECONDS_BETWEEN_TIMES = 30.0
_PAUSE = 0.5

#: A server or network that went away in silence is noticed within a minute.
KEEPALIVES = {
    "keepalives": 1,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 50_000,
}


class PostgresKeeper:
    """Holds a session-wide lock on the process's node number, so that ids never collide."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self.changes = Changes()
        self.node = -1
        self.offset = timedelta()
        """The server's time less our clock's: replicas whose clocks differ agree by it."""
        self._closed = threading.Event()
        self._connection = self._connect()
        self._thread = threading.Thread(target=self._run, name="postgres-keeper", daemon=True)
        self._thread.start()

    def _connect(self) -> psycopg.Connection:
        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        options = {
            **options, "application_name": "moddesk keeper", "options": "-c timezone=UTC",
            "connect_timeout": 5, **KEEPALIVES,
        }  # fmt: skip
        raw = psycopg.connect(*arguments, **options, autocommit=True)
        try:
            self.node = self._take_node(raw)
            self._tell_time(raw)
            raw.execute(f"LISTEN {CHANNEL}")
            raw.execute(f"LISTEN {_waking(self.node)}")
        except BaseException:
            raw.close()
            raise
        return raw

    def _take_node(self, raw: psycopg.Connection) -> int:
        """The number held before, or else the first free one."""
        wanted = [self.node] if self.node >= 0 else []
        for node in [*wanted, *range(NODE_COUNT)]:
            row = raw.execute("SELECT pg_try_advisory_lock(%s, %s)", (_LOCK_CLASS, node)).fetchone()
            if row is not None and row[0]:
                return int(node)
        raise StoreUnavailableError(f"More than {NODE_COUNT} processes use this database.")

    def _tell_time(self, raw: psycopg.Connection) -> None:
        before = self._clock.now()
        row = raw.execute("SELECT clock_timestamp()").fetchone()
        after = self._clock.now()
        assert row is not None  # noqa: S101  # the statement gives one row
        self.offset = row[0] - (before + (after - before) / 2)

    def _run(self) -> None:
        told = time.monotonic()
        while not self._closed.is_set():
            try:
                for _notice in self._connection.notifies(timeout=_HEARING, stop_after=100):
                    if self._closed.is_set():
                        break
                    self.changes.note()
                if time.monotonic() - told > _SECONDS_BETWEEN_TIMES:
                    self._tell_time(self._connection)
                    told = time.monotonic()
            except psycopg.Error as error:
                self._reconnect(error)

    def _reconnect(self, error: psycopg.Error) -> None:
        if self._closed.is_set():
            return
        _log.warning("database.lost", reason=type(error).__name__)
        self._connection.close()
        while not self._closed.wait(_PAUSE):
            try:
                self._connection = self._connect()
            except (psycopg.Error, StoreUnavailableError):
                # Whatever is wrong may pass: a server that starts, numbers that are all taken.
                continue
            # Whatever was announced meanwhile was missed.
            self.changes.note()
            _log.info("database.found")
            return

    def close(self) -> None:
        """Ends the thread and gives the number back."""
        self._closed.set()
        self._wake()
        self._thread.join(timeout=5)
        self._connection.close()

    def _wake(self) -> None:
        """Ends the wait for notices now; without a server it ends by itself in half a second."""
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql(f"NOTIFY {_waking(self.node)}")
                connection.commit()
        except SQLAlchemyError as error:
            _log.info("database.not_woken", reason=type(error).__name__)


def _waking(node: int) -> str:
    """The channel that only the process with this number hears."""
    return f"{CHANNEL}_{node}"
