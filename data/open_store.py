"""Opening the store that a database URL names, migrated and ready."""

from sqlalchemy.exc import DBAPIError

from core.clock import Clock, SystemClock
from core.domain.identifiers import IdSequence
from core.errors import StoreUnavailableError
from core.usecases.workspace import Workspace
from data.dialects.database_clock import DatabaseClock
from data.dialects.dialect import Dialect
from data.dialects.duckdb import DuckDb
from data.dialects.postgres import Postgres
from data.migrations.migrate import migrate
from data.settings import Settings
from data.sql.store import SqlStore


def open_space(settings: Settings, clock: Clock | None = None) -> Workspace:
    """The settings' store with the clock and the ids that all its processes agree on.

    A given clock is believed; without one, PostgreSQL tells the time.
    """
    system = SystemClock()
    if settings.is_embedded:
        time = clock or system
        ids = IdSequence(time)
        store = open_duckdb(str(settings.store_path), time, ids, threads=settings.threads)
    else:
        url = settings.database_url.get_secret_value()
        dialect = Postgres(url, system, pool_size=settings.pool_size)
        time = clock or DatabaseClock(system, dialect.keeper)
        ids = IdSequence(time, node=lambda: dialect.keeper.node)
        store = ready_store(dialect, settings.store_name, time, ids)
    return Workspace(store=store, clock=time, ids=ids, rules=settings.rules)


def open_duckdb(path: str, clock: Clock, ids: IdSequence, *, threads: int = 2) -> SqlStore:
    """The embedded store in this file, created or brought to the newest schema."""
    return ready_store(DuckDb(path, threads=threads), path, clock, ids)


def ready_store(dialect: Dialect, place: str, clock: Clock, ids: IdSequence) -> SqlStore:
    """The database brought to the newest schema; closed again if that fails."""
    try:
        with dialect.write_lock(), dialect.connect(writing=True) as connection, connection.begin():
            # Replicas that start together migrate one after the other.
            dialect.serialise(connection, ["schema"])
            is_new = migrate(connection)
        if is_new:
            dialect.after_bulk_load()
    except DBAPIError as error:
        dialect.close()
        reason = str(error.orig).splitlines()[0]
        raise StoreUnavailableError(f"The store {place} cannot be prepared: {reason}") from error
    except BaseException:
        dialect.close()
        raise
    return SqlStore(dialect, clock, ids)
