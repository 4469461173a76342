"""How an import reads a file, whatever its format."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from core.domain.past_decision import PAST_SCHEMA
from core.domain.rejected_row import REJECTED_SCHEMA

#: Formats whose rows are decisions on items that are there, without texts of their own.
DECISION_FORMATS = {"atproto": "AT Protocol labels", "coop": "Coop decisions"}
#: Formats whose columns are what they are: nothing needs to be mapped.
TASK_FORMATS = {"label-studio": "Label Studio tasks", "argilla": "Argilla records"}


@dataclass(frozen=True)
class FileShape:
    """What a file is, and its first rows."""

    format: str
    columns: tuple[str, ...]
    preview: pl.DataFrame
    size_bytes: int
    notices: tuple[str, ...] = ()

    @property
    def brings_only_decisions(self) -> bool:
        """Whether the file has no texts, only decisions on items that are there."""
        return self.format in DECISION_FORMATS

    @property
    def words(self) -> str:
        """The format as words for a screen."""
        return (DECISION_FORMATS | TASK_FORMATS).get(self.format, self.format.upper())


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file, as read; `rejected` are those that could not be.

    `decisions` are the past decisions that stand in these rows, in their order.
    """

    frame: pl.DataFrame
    row_numbers: pl.Series
    bytes_read: int
    rejected: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTED_SCHEMA))
    decisions: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PAST_SCHEMA))


class FileReader(Protocol):
    """Reads one file in chunks; memory stays bounded whatever its size."""

    @property
    def shape(self) -> FileShape:
        """What the file is, from its beginning."""

    def chunks(self) -> Iterator[Chunk]:
        """All rows in order; row numbers count data rows from 1."""
