"""PostgreSQL: many processes, row locks, COPY in and cursors out."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from uuid import UUID

import orjson
import polars as pl
import psycopg
from psycopg import sql
from sqlalchemy import (
    ARRAY,
    Connection,
    Engine,
    Executable,
    Select,
    Table,
    Text,
    bindparam,
    create_engine,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError

from core.clock import Clock
from core.errors import SettingsError, WorkbenchError
from data.dialects.postgres_errors import in_our_words
from data.dialects.postgres_keeper import CHANNEL, KEEPALIVES, PostgresKeeper

#: Seconds for which opening a connection is tried again while the server restarts.
_PATIENCE = 4.0
_PAUSE = 0.25
#: Connections of one process that are not in the pool: the keeper's.
_OUTSIDE_POOL = 1

_POLARS_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "int2": pl.Int16,
    "int4": pl.Int32,
    "int8": pl.Int64,
    "float4": pl.Float32,
    "float8": pl.Float64,
    "numeric": pl.Float64,
    "bool": pl.Boolean,
    "text": pl.String,
    "varchar": pl.String,
    "uuid": pl.String,
    "json": pl.String,
    "jsonb": pl.String,
    "bytea": pl.Binary,
    "date": pl.Date,
    "timestamp": pl.Datetime("us"),
    "timestamptz": pl.Datetime("us", "UTC"),
    "text[]": pl.List(pl.String),
    "varchar[]": pl.List(pl.String),
    "float8[]": pl.List(pl.Float64),
}


_KEYS = (
    select(
        func.hashtextextended(func.unnest(bindparam("names", type_=ARRAY(Text))), 0).label("key")
    )
    .order_by(text("key"))
    .subquery()
)
_LOCK = select(func.pg_advisory_xact_lock(_KEYS.c.key))


class Postgres:
    """The team's database."""

    name = "postgres"
    has_one_writer = False

    def __init__(self, url: str, clock: Clock, *, pool_size: int = 12) -> None:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1)).set(
            drivername="postgresql+psycopg"
        )
        self.engine: Engine = create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            # A connection that died with the server is found out before it is used.
            pool_pre_ping=True,
            # Errors are logged, and parameters are notes, names and digests of passwords.
            hide_parameters=True,
            connect_args={
                "options": "-c timezone=UTC -c lock_timeout=15s",
                "connect_timeout": 5,
                "application_name": "moddesk",
                **KEEPALIVES,
            },
        )
        self._place = parsed.render_as_string(hide_password=True)
        try:
            self._check(pool_size)
            self.keeper = PostgresKeeper(self.engine, clock)
        except BaseException:
            self.engine.dispose()
            raise
        self.changes = self.keeper.changes

    def _check(self, pool_size: int) -> None:
        """Whether the server is new enough and lets one process have its pool."""
        with self.connect(writing=False) as connection:
            version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
            most = int(connection.exec_driver_sql("SHOW max_connections").scalar_one())
            kept = int(
                connection.exec_driver_sql("SHOW superuser_reserved_connections").scalar_one()
            )
        if version < 150_000:
            raise SettingsError(
                f"The PostgreSQL server is version {version // 10_000}; ModDesk needs 15 or newer."
            )
        if pool_size + _OUTSIDE_POOL > most - kept:
            raise SettingsError(
                f"MODDESK_POOL_SIZE is {pool_size}, but the server allows {most - kept} "
                "connections in all. Lower the setting, or raise max_connections there."
            )

    def connect(self, *, writing: bool) -> Connection:
        """A connection; while the server restarts it is tried for a few seconds.

        Nothing was sent yet, so trying again can double nothing.
        """
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                connection = self.engine.connect()
            except OperationalError as error:
                if time.monotonic() >= until:
                    raise self.translated(error, writing=False) from error
                time.sleep(_PAUSE)
            else:
                if writing:
                    return connection
                return connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )

    def translated(self, error: DBAPIError, *, writing: bool) -> WorkbenchError | DBAPIError:
        """A driver's error as one of ours, where a person can do something about it."""
        lost = error.connection_invalidated
        return in_our_words(error.orig, self._place, lost=lost, writing=writing) or error

    def write_lock(self) -> AbstractContextManager[object]:
        """Nothing: the server lets writers wait for each other row by row."""
        return nullcontext()

    def serialise(self, connection: Connection, names: Sequence[str]) -> None:
        """Takes one advisory lock a name until the end of the transaction, in a fixed order."""
        connection.execute(_LOCK, {"names": list(names)})

    def bulk_insert(self, connection: Connection, table: Table, frame: pl.DataFrame) -> int:
        """Appends a frame by COPY; columns are matched by name."""
        if frame.is_empty():
            return 0
        columns = sql.SQL(", ").join(sql.Identifier(table.c[name].name) for name in frame.columns)
        copy_in = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)  # noqa: S101  # this dialect made it
        try:
            with driver.cursor() as cursor, cursor.copy(copy_in) as copy:
                for row in frame.iter_rows():
                    copy.write_row(row)
        except psycopg.Error as error:
            # Not one of the toolkit's, which would be translated where the transaction ends.
            ours = in_our_words(error, self._place, lost=driver.closed, writing=True)
            if ours is None:
                raise
            raise ours from error
        return frame.height

    def fetch_frame(self, connection: Connection, statement: Executable) -> pl.DataFrame:
        """The result without row objects of the SQL toolkit."""
        result = connection.execute(statement)
        return _frame(result.cursor.description, result.cursor.fetchall())

    def stream_frames(
        self, connection: Connection, statement: Executable, rows: int
    ) -> Iterator[pl.DataFrame]:
        """The result through a cursor on the server."""
        options = {"stream_results": True, "max_row_buffer": rows}
        result = connection.execute(statement, execution_options=options)
        columns = result.cursor.description
        is_empty = True
        for batch in result.partitions(rows):
            is_empty = False
            yield _frame(columns, batch)
        if is_empty:
            yield _frame(columns, [])

    def skip_locked(self, rows: Select[Any]) -> Select[Any]:
        """The rows locked, those that others have locked left out.

        As a common table expression, because a plain sub-select may be run more than once and
        then lock more rows than its limit.
        """
        chosen = rows.with_for_update(skip_locked=True).cte("chosen")
        return select(*chosen.c)

    def announce(self, connection: Connection) -> None:
        """Tells every process, when this transaction commits, that something changed."""
        connection.execute(select(func.pg_notify(CHANNEL, "")))

    def after_bulk_load(self) -> None:
        """Refreshes what the query planner knows."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")

    def close(self) -> None:
        """Closes every connection."""
        self.keeper.close()
        self.engine.dispose()


def _frame(columns: Sequence[Any], rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    schema: dict[str, Any] = {}
    texts: dict[int, Any] = {}
    for place, column in enumerate(columns):
        name = _type_name(column.type_code)
        schema[column.name] = _POLARS_TYPES[name]
        if name == "uuid":
            texts[place] = _uuid_text
        elif name in ("json", "jsonb"):
            texts[place] = _json_text
        elif name == "numeric":
            texts[place] = _float
    if texts:
        rows = [
            tuple(
                texts[place](value) if value is not None and place in texts else value
                for place, value in enumerate(row)
            )
            for row in rows
        ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _type_name(oid: int) -> str:
    found = psycopg.adapters.types.get(oid)
    if found is None:
        raise LookupError(f"No frame type is known for PostgreSQL's type {oid}.")
    return found.name if oid == found.oid else f"{found.name}[]"


def _uuid_text(value: UUID) -> str:
    return str(value)


def _json_text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _float(value: Any) -> float:
    return float(value)
