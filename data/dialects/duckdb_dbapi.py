"""DuckDB's Python client dressed as the DB-API that SQLAlchemy expects."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from data.dialects.refusals import NUL_REFUSED, NUMBER_REFUSED

_COUNTED = ("INSERT", "UPDATE", "DELETE", "MERGE ")
_LARGEST = 2**63


class UnstorableValueError(duckdb.DataError):
    """A value that PostgreSQL could not keep: what works with one store works with the other."""


def _check(value: Any) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise UnstorableValueError(NUL_REFUSED)
        if not value.isascii():
            # Half a character, which the driver refuses too, but not in our words.
            value.encode()
    elif isinstance(value, int):
        if not -_LARGEST <= value < _LARGEST:
            raise UnstorableValueError(NUMBER_REFUSED)
    elif isinstance(value, list | tuple):
        for each in value:
            _check(each)


class DuckCursor:
    """A cursor over the connection's one running result."""

    arraysize = 1

    def __init__(self, connection: "DuckConnection") -> None:
        self.connection = connection
        self.rowcount = -1
        self.description: Any = None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> "DuckCursor":
        """Runs one statement; the row count of a change is read at once."""
        for value in parameters:
            _check(value)
        if self.connection.captured is not None:
            self.connection.captured.append((sql, list(parameters)))
            self.description = None
            return self
        raw = self.connection.raw
        raw.execute(sql, list(parameters) if parameters else None)
        self.description = raw.description
        self.rowcount = -1
        columns: Sequence[Any] = self.description or ()
        is_count = len(columns) == 1 and columns[0][0] == "Count"
        if is_count and sql.lstrip()[:6].upper() in _COUNTED:
            row = raw.fetchone()
            self.rowcount = int(row[0]) if row else 0
            self.description = None
        return self

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Runs one statement for each row of parameters."""
        total = 0
        for row in rows:
            self.execute(sql, row)
            total += max(self.rowcount, 0)
        self.rowcount = total

    def fetchone(self) -> Any:
        """The next row, or None."""
        return self.connection.raw.fetchone()

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """Up to `size` rows."""
        return self.connection.raw.fetchmany(size or self.arraysize)

    def fetchall(self) -> list[Any]:
        """All remaining rows."""
        return self.connection.raw.fetchall()

    def close(self) -> None:
        """Nothing to do: the connection owns the result."""

    def setinputsizes(self, *_sizes: object) -> None:
        """Nothing to do: DuckDB infers parameter types."""


class DuckConnection:
    """A connection whose cursors share one transaction."""

    def __init__(self, raw: duckdb.DuckDBPyConnection) -> None:
        self.raw = raw
        self.captured: list[tuple[str, list[Any]]] | None = None

    def cursor(self) -> DuckCursor:
        """A new cursor in the same transaction."""
        return DuckCursor(self)

    @contextmanager
    def capture(self) -> Iterator[list[tuple[str, list[Any]]]]:
        """Collects the compiled statements instead of running them.

        DuckDB gives Arrow without a copy of the rows only for a query it runs as a relation.
        """
        self.captured = []
        try:
            yield self.captured
        finally:
            self.captured = None

    def commit(self) -> None:
        """Makes the transaction durable."""
        self.raw.commit()

    def rollback(self) -> None:
        """Undoes the transaction; no transaction is fine."""
        try:
            self.raw.rollback()
        except duckdb.TransactionException as error:
            if "no transaction is active" not in str(error):
                raise

    def close(self) -> None:
        """Releases the connection."""
        self.raw.close()


class DuckDbApi:
    """The module-like object SQLAlchemy asks for."""

    apilevel = "2.0"
    threadsafety = 1
    paramstyle = "numeric_dollar"
    Warning = Warning
    Binary = bytes
    Error = duckdb.Error
    InterfaceError = duckdb.Error
    DatabaseError = duckdb.DatabaseError
    OperationalError = duckdb.OperationalError
    IntegrityError = duckdb.IntegrityError
    ProgrammingError = duckdb.ProgrammingError
    DataError = duckdb.DataError
    InternalError = duckdb.InternalError
    NotSupportedError = duckdb.NotSupportedError

    @staticmethod
    def connect(database: str = ":memory:", config: dict[str, Any] | None = None) -> DuckConnection:
        """A new connection to the database file."""
        raw = duckdb.connect(database, config=config or {})
        # Not among the config: the time zones come with an extension that loads after opening.
        raw.execute("SET TimeZone = 'UTC'")
        return DuckConnection(raw)
