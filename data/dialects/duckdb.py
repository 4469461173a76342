"""DuckDB: one process, one write lock, Arrow in and out."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import psutil
from polars import selectors
from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    Select,
    Table,
    create_engine,
)
from sqlalchemy.exc import DBAPIError

import data.dialects.duckdb_sqlalchemy  # noqa: F401  # registers the dialect's name
from core.errors import BadValueError, ConflictError, StoreBusyError, StoreUnavailableError
from data.dialects.changes import Changes
from data.dialects.duckdb_dbapi import DuckConnection, UnstorableValueError
from data.dialects.refusals import NUL_REFUSED, SAME_MOMENT

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")


class DuckDb:
    """The embedded store's database file."""

    name = "duckdb"
    has_one_writer = True

    def __init__(self, path: str, *, threads: int = 2, memory_limit_mb: int | None = None) -> None:
        self._path = path
        self._lock = threading.RLock()
        self.changes = Changes()
        memory = memory_limit_mb or int(psutil.virtual_memory().total / 2**20 * 0.25)
        config = {"threads": threads, "memory_limit": f"{memory}MB"}
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = create_engine(
            f"duckdb:///{path}",
            connect_args={"config": config},
            # Errors are logged, and parameters are notes, names and digests of passwords.
            hide_parameters=True,
            **({} if path == ":memory:" else {"pool_size": 8, "max_overflow": 56}),
        )
        self._open()

    def _open(self) -> None:
        try:
            with self.engine.connect() as connection:
                # A checkpoint right after opening folds in what a killed process left in the WAL.
                connection.exec_driver_sql("CHECKPOINT")
        except (DBAPIError, duckdb.Error) as error:
            self.engine.dispose()
            raise _opening_error(self._path, error) from error

    def connect(self, *, writing: bool) -> Connection:  # noqa: ARG002  # every transaction has its snapshot
        """A connection from the pool."""
        return self.engine.connect()

    def translated(self, error: DBAPIError, *, writing: bool) -> Exception:  # noqa: ARG002  # no network
        """A refused value or a taken key in our words; anything else is the error itself."""
        if isinstance(error.orig, UnstorableValueError):
            return BadValueError(str(error.orig))
        if isinstance(error.orig, duckdb.ConstraintException) and "uplicate key" in str(error.orig):
            return ConflictError(SAME_MOMENT)
        return error

    def serialise(self, connection: Connection, names: Sequence[str]) -> None:
        """Nothing: the write lock does it already."""

    def announce(self, connection: Connection) -> None:
        """Nothing: there is no other process."""

    def write_lock(self) -> AbstractContextManager[object]:
        """The process-wide lock: DuckDB aborts concurrent writers instead of queueing them."""
        return self._lock

    def bulk_insert(self, connection: Connection, table: Table, frame: pl.DataFrame) -> int:
        """Appends a frame through Arrow; columns are matched by name."""
        if frame.is_empty():
            return 0
        texts = frame.select(selectors.string().str.contains("\x00", literal=True).any())
        if texts.width and any(texts.row(0)):
            raise BadValueError(NUL_REFUSED)
        raw = _driver(connection).raw
        columns = ", ".join(f'"{table.c[name].name}"' for name in frame.columns)
        raw.register("incoming_frame", frame.to_arrow())
        try:
            raw.execute(
                f'INSERT INTO "{table.name}" ({columns}) SELECT {columns} FROM incoming_frame'  # noqa: S608  # names come from our own table objects
            )
        finally:
            raw.unregister("incoming_frame")
        return frame.height

    def fetch_frame(self, connection: Connection, statement: Executable) -> pl.DataFrame:
        """The result through Arrow."""
        return _frame(_relation(connection, statement).to_arrow_table())

    def stream_frames(
        self, connection: Connection, statement: Executable, rows: int
    ) -> Iterator[pl.DataFrame]:
        """The result as Arrow batches."""
        reader = _relation(connection, statement).to_arrow_reader(rows)
        is_empty = True
        for batch in reader:
            is_empty = False
            yield _frame(batch)
        if is_empty:
            yield _frame(reader.schema.empty_table())

    def skip_locked(self, rows: Select[Any]) -> Select[Any]:
        """Unchanged: the write lock already serialises claims."""
        return rows

    def after_bulk_load(self) -> None:
        """Moves the WAL into the file, unless somebody is writing just now."""
        with self._lock, self.engine.connect() as connection:
            connection.exec_driver_sql("CHECKPOINT")

    def close(self) -> None:
        """Closes every connection; the last one checkpoints."""
        self.engine.dispose()


def _driver(connection: Connection) -> DuckConnection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, DuckConnection)  # noqa: S101  # this dialect made it
    return driver


def _frame(table: Any) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  # a table or batch, never a series
    return frame


def _relation(connection: Connection, statement: Executable) -> duckdb.DuckDBPyRelation:
    driver = _driver(connection)
    with driver.capture() as captured:
        connection.execute(statement)
    (sql, parameters), *_ = captured
    # A result of which only the first row was asked for would be in the way.
    driver.raw.complete()
    return driver.raw.sql(sql, params=parameters)


def _opening_error(path: str, error: Exception) -> Exception:
    held = _HOLDER.search(str(error))
    if held:
        return StoreBusyError(
            f"The store {path} is in use by {Path(held['program']).name} (process {held['pid']}). "
            "Stop that process, or use a PostgreSQL store to work with several processes."
        )
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    return StoreUnavailableError(f"The store {path} cannot be opened: {reason}")
