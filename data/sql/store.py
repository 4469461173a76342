"""The one SQL implementation of the store, for every database with a dialect object."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from core.clock import Clock
from core.domain.identifiers import IdSequence
from data.dialects.dialect import Dialect
from data.sql.analytics import SqlAnalytics
from data.sql.audit import SqlAudit
from data.sql.catalogue import SqlModels, SqlPolicies
from data.sql.decisions import SqlDecisions
from data.sql.fact_cache import FactCache
from data.sql.import_runs import SqlImports
from data.sql.items import SqlItems
from data.sql.jobs import SqlJobs
from data.sql.part import AuditTail, Unit
from data.sql.scores import SqlScores
from data.sql.tasks import SqlTasks


class SqlParts:
    """The parts, made when first asked for."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    @cached_property
    def items(self) -> SqlItems:
        """Items."""
        return SqlItems(self._unit)

    @cached_property
    def scores(self) -> SqlScores:
        """Scores and verdicts."""
        return SqlScores(self._unit)

    @cached_property
    def models(self) -> SqlModels:
        """Model versions."""
        return SqlModels(self._unit)

    @cached_property
    def policies(self) -> SqlPolicies:
        """Policy versions."""
        return SqlPolicies(self._unit)

    @cached_property
    def decisions(self) -> SqlDecisions:
        """The ledger."""
        return SqlDecisions(self._unit)

    @cached_property
    def tasks(self) -> SqlTasks:
        """Review tasks and claims."""
        return SqlTasks(self._unit)

    @cached_property
    def imports(self) -> SqlImports:
        """Import runs."""
        return SqlImports(self._unit)

    @cached_property
    def jobs(self) -> SqlJobs:
        """Jobs."""
        return SqlJobs(self._unit)

    @cached_property
    def audit(self) -> SqlAudit:
        """The audit log."""
        return SqlAudit(self._unit)

    @cached_property
    def analytics(self) -> SqlAnalytics:
        """Aggregates."""
        return SqlAnalytics(self._unit)


class SqlStore:
    """A store in a database reached through SQLAlchemy."""

    def __init__(self, dialect: Dialect, clock: Clock, ids: IdSequence) -> None:
        self._dialect = dialect
        self._clock = clock
        self._ids = ids
        self._facts = FactCache()
        self._tail: AuditTail | None = None

    @property
    def dialect(self) -> Dialect:
        """The database behind this store."""
        return self._dialect

    @contextmanager
    def reading(self) -> Iterator[SqlParts]:
        """The parts on one snapshot; nothing is written."""
        with self._dialect.engine.connect() as connection:
            yield SqlParts(Unit(connection, self._dialect, self._clock, self._ids, self._facts))

    @contextmanager
    def writing(self) -> Iterator[SqlParts]:
        """The parts in one transaction under the dialect's write lock."""
        with self._dialect.write_lock():
            with self._dialect.engine.begin() as connection:
                unit = Unit(
                    connection, self._dialect, self._clock, self._ids, self._facts, self._tail
                )
                yield SqlParts(unit)
            if self._dialect.has_one_writer:
                self._tail = unit.tail

    def after_bulk_load(self) -> None:
        """Lets the database tidy up."""
        self._dialect.after_bulk_load()

    def close(self) -> None:
        """Releases the database."""
        self._dialect.close()
