"""The handful of things in which the databases differ; everything else is one SQL."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import polars as pl
from sqlalchemy import Connection, Engine, Executable, Select, Table
from sqlalchemy.exc import DBAPIError

from data.dialects.changes import Changes


class Dialect(Protocol):
    """What the SQL implementation asks of a database."""

    name: str
    engine: Engine
    has_one_writer: bool
    """Whether no other process can write: what was committed last is then known here."""

    changes: Changes
    """Counts what anybody changed."""

    def connect(self, *, writing: bool) -> Connection:
        """A connection from the pool; one for reading sees one snapshot and cannot write."""

    def translated(self, error: DBAPIError, *, writing: bool) -> Exception:
        """A driver's error as one of ours, or itself where nobody can do anything about it."""

    def serialise(self, connection: Connection, names: Sequence[str]) -> None:
        """Makes transactions about the same named things wait for each other."""

    def announce(self, connection: Connection) -> None:
        """Tells other processes, once this transaction is committed, that something changed."""

    def write_lock(self) -> AbstractContextManager[object]:
        """Held around every writing transaction."""

    def bulk_insert(self, connection: Connection, table: Table, frame: pl.DataFrame) -> int:
        """Appends the frame's columns to the table by the fastest path; the number of rows."""

    def fetch_frame(self, connection: Connection, statement: Executable) -> pl.DataFrame:
        """The statement's result as a frame, without row objects."""

    def stream_frames(
        self, connection: Connection, statement: Executable, rows: int
    ) -> Iterator[pl.DataFrame]:
        """The statement's result in frames of about `rows` rows, memory bounded."""

    def skip_locked(self, rows: Select[Any]) -> Select[Any]:
        """The rows locked and those that others have locked left out, where that exists."""

    def after_bulk_load(self) -> None:
        """Called after much was written."""

    def close(self) -> None:
        """Releases the database."""
