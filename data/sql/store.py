"""The one SQL implementation of the store, for every database with a dialect object."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from core.clock import Clock
from core.domain.identifiers import IdSequence
from core.errors import BadValueError, StoreBusyError
from data.dialects.dialect import Dialect
from data.dialects.refusals import BROKEN_TEXT
from data.sql.analytics import SqlAnalytics
from data.sql.api_keys import SqlApiKeys
from data.sql.audit import SqlAudit
from data.sql.catalogue import SqlModels, SqlPolicies
from data.sql.decisions import SqlDecisions
from data.sql.deliveries import SqlDeliveries
from data.sql.disagreements import SqlDisagreements
from data.sql.distributions import SqlDistributions
from data.sql.drift import SqlDrift
from data.sql.experiments import SqlExperiments
from data.sql.fact_cache import FactCache
from data.sql.golden import SqlGolden
from data.sql.identity import SqlIdentity
from data.sql.import_runs import SqlImports
from data.sql.items import SqlItems
from data.sql.jobs import SqlJobs
from data.sql.part import AuditTail, Unit
from data.sql.past_decisions import SqlPastDecisions
from data.sql.previews import SqlPreviews
from data.sql.quality import SqlQuality
from data.sql.queues import SqlQueues
from data.sql.regulation import SqlRegulation
from data.sql.reports import SqlReports
from data.sql.samples import SqlSamples
from data.sql.score_imports import SqlScoreImports
from data.sql.scores import SqlScores
from data.sql.tasks import SqlTasks
from data.sql.webhooks import SqlWebhooks
from data.telemetry import tell_changes, tell_claims


class SqlParts:
    """The parts, made when first asked for."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def serialise(self, *names: str) -> None:
        """Makes transactions about the same named things wait for each other."""
        self._unit.dialect.serialise(self._unit.connection, names)

    @cached_property
    def items(self) -> SqlItems:
        """Items."""
        return SqlItems(self._unit)

    @cached_property
    def scores(self) -> SqlScores:
        """Scores and verdicts."""
        return SqlScores(self._unit)

    @cached_property
    def score_imports(self) -> SqlScoreImports:
        """Items that an outside model's scores are for."""
        return SqlScoreImports(self._unit)

    @cached_property
    def past_decisions(self) -> SqlPastDecisions:
        """Decisions that were made elsewhere."""
        return SqlPastDecisions(self._unit)

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
    def queues(self) -> SqlQueues:
        """Definitions of queues."""
        return SqlQueues(self._unit)

    @cached_property
    def identity(self) -> SqlIdentity:
        """Accounts and sessions."""
        return SqlIdentity(self._unit)

    @cached_property
    def previews(self) -> SqlPreviews:
        """What rules would conclude."""
        return SqlPreviews(self._unit)

    @cached_property
    def samples(self) -> SqlSamples:
        """Samples that were drawn."""
        return SqlSamples(self._unit)

    @cached_property
    def disagreements(self) -> SqlDisagreements:
        """Blind reviews of what two sides conclude differently."""
        return SqlDisagreements(self._unit)

    @cached_property
    def experiments(self) -> SqlExperiments:
        """Experiments on split traffic."""
        return SqlExperiments(self._unit)

    @cached_property
    def distributions(self) -> SqlDistributions:
        """How scores are distributed."""
        return SqlDistributions(self._unit)

    @cached_property
    def drift(self) -> SqlDrift:
        """Two periods or model versions side by side."""
        return SqlDrift(self._unit)

    @cached_property
    def regulation(self) -> SqlRegulation:
        """Regulatory exports."""
        return SqlRegulation(self._unit)

    @cached_property
    def reports(self) -> SqlReports:
        """Reports."""
        return SqlReports(self._unit)

    @cached_property
    def quality(self) -> SqlQuality:
        """Reviewers' answers and work."""
        return SqlQuality(self._unit)

    @cached_property
    def golden(self) -> SqlGolden:
        """Golden items."""
        return SqlGolden(self._unit)

    @cached_property
    def api_keys(self) -> SqlApiKeys:
        """Keys of the HTTP API."""
        return SqlApiKeys(self._unit)

    @cached_property
    def webhooks(self) -> SqlWebhooks:
        """Webhooks and their deliveries."""
        return SqlWebhooks(self._unit)

    @cached_property
    def deliveries(self) -> SqlDeliveries:
        """What waits to be sent to webhooks."""
        return SqlDeliveries(self._unit)

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
        try:
            with self._dialect.connect(writing=False) as connection:
                yield SqlParts(Unit(connection, self._dialect, self._clock, self._ids, self._facts))
        except DBAPIError as error:
            raise self._dialect.translated(error, writing=False) from error
        except UnicodeEncodeError as error:
            raise BadValueError(BROKEN_TEXT) from error
        except PoolTimeoutError as error:
            raise _crowded() from error

    @contextmanager
    def writing(self) -> Iterator[SqlParts]:
        """The parts in one transaction under the dialect's write lock."""
        start = time.perf_counter()
        try:
            with self._dialect.write_lock():
                with self._dialect.connect(writing=True) as connection, connection.begin():
                    unit = Unit(
                        connection, self._dialect, self._clock, self._ids, self._facts,
                        last_tail=lambda: self._tail,
                    )  # fmt: skip
                    parts = SqlParts(unit)
                    yield parts
                    # Last, because the chain's lock is held until the commit.
                    events = parts.audit.chain()
                    if unit.has_news:
                        self._dialect.announce(connection)
                if self._dialect.has_one_writer and unit.tail is not None:
                    self._tail = unit.tail
        except DBAPIError as error:
            raise self._dialect.translated(error, writing=True) from error
        except UnicodeEncodeError as error:
            raise BadValueError(BROKEN_TEXT) from error
        except PoolTimeoutError as error:
            raise _crowded() from error
        if unit.has_news:
            self._dialect.changes.note()
        tell_changes(events, time.perf_counter() - start)
        tell_claims(unit.claimed)

    @property
    def is_shared(self) -> bool:
        """Whether other processes may use the store at the same time."""
        return not self._dialect.has_one_writer

    @property
    def changes(self) -> int:
        """A number that rises with every change that pages show, whoever made it."""
        return self._dialect.changes.count

    def after_bulk_load(self) -> None:
        """Lets the database tidy up."""
        self._dialect.after_bulk_load()

    def close(self) -> None:
        """Releases the database."""
        self._dialect.close()


def _crowded() -> StoreBusyError:
    return StoreBusyError(
        "Too much is asked of the database at once: no connection became free. Nothing was saved; "
        "try again, and raise MODDESK_POOL_SIZE if this happens often."
    )
