"""What a report says: numbers with what they rest on, tables, and charts with a table behind."""

from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from core.domain.period import Period
from core.domain.record import Record
from core.domain.report import ReportDefinition, Section


class Unit(StrEnum):
    """What a number counts."""

    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"
    NUMBER = "number"


class Figure(Record):
    """One number, with its n and its interval or the reason why there is none."""

    key: str
    name: str
    unit: Unit
    value: float | None
    """None: not known, and `basis` says why."""
    low: float | None = None
    high: float | None = None
    n: float | None = None
    """Observations behind it."""
    basis: str
    """How the interval was made, or why there is none."""


@dataclass(frozen=True)
class ReportTable:
    """A table: its frame's columns are what files hold, `units` how people read them."""

    key: str
    title: str
    frame: pl.DataFrame
    units: dict[str, Unit] = field(default_factory=dict)
    empty: str = "Nothing in this period."
    """What is said in the place of a table without rows."""


@dataclass(frozen=True)
class Series:
    """One line or colour of a chart."""

    name: str
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] | None = None
    high: tuple[float | None, ...] | None = None


class ChartKind(StrEnum):
    """How a chart is drawn."""

    LINES = "lines"
    STACKED = "stacked"
    BARS = "bars"
    INTERVALS = "intervals"
    """A point with its interval for each place, one below the other."""


@dataclass(frozen=True)
class ReportChart:
    """A chart of the table `table`."""

    key: str
    title: str
    kind: ChartKind
    table: str
    places: tuple[str, ...]
    """What stands on the axis."""
    series: tuple[Series, ...]
    unit: Unit = Unit.COUNT


@dataclass(frozen=True)
class ReportSection:
    """One section."""

    section: Section
    about: str
    """What is counted and how."""
    figures: tuple[Figure, ...] = ()
    earlier: tuple[Figure, ...] = ()
    """The same numbers of the period before; empty when nothing is compared."""
    tables: tuple[ReportTable, ...] = ()
    charts: tuple[ReportChart, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """What must be known before the numbers are believed."""


class InputDigest(Record):
    """The rows that a report read: how many, and the SHA-256 of what they hold."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class ModerationReport:
    """A report about a period."""

    definition: ReportDefinition
    period: Period
    earlier: Period | None
    """The period that is compared with."""
    state_at: str
    """The moment that states are told for, in ISO 8601."""
    tenants: tuple[str, ...] | None
    """Whose items are in it; None: everybody's."""
    sections: tuple[ReportSection, ...]
    policies: tuple[str, ...]
    """Policy versions that the report rests on."""
    models: tuple[str, ...]
    """Model versions, with the digests of their weights."""
    inputs: dict[str, InputDigest]
    """By kind: items, scores, decisions."""
    is_empty: bool
    """Whether nothing arrived, was decided or waited for review in the period."""
