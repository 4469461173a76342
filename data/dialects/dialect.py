"""The handful of things in which the databases differ; everything else is one SQL."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

import polars as pl
from sqlalchemy import ColumnElement, Connection, Engine, Executable, Select, Table


class Dialect(Protocol):
    """What the SQL implementation asks of a database."""

    name: str
    engine: Engine
    has_one_writer: bool
    """Whether no other process can write: what was committed last is then known here."""

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

    def skip_locked(self, select: Select[Any]) -> Select[Any]:
        """The select with rows locked and locked rows skipped, where that exists."""

    def seconds_between(
        self, later: ColumnElement[datetime], earlier: ColumnElement[datetime]
    ) -> ColumnElement[float]:
        """The seconds from one instant to another."""

    def after_bulk_load(self) -> None:
        """Called after much was written."""

    def close(self) -> None:
        """Releases the database."""
