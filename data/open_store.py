"""Opening the store that the settings name, migrated and ready."""

from sqlalchemy.exc import DBAPIError

from core.clock import Clock
from core.domain.identifiers import IdSequence
from core.errors import StoreUnavailableError
from data.dialects.duckdb import DuckDb
from data.migrations.migrate import migrate
from data.sql.store import SqlStore


def open_duckdb(path: str, clock: Clock, ids: IdSequence, *, threads: int = 2) -> SqlStore:
    """The embedded store in this file, created or brought to the newest schema."""
    dialect = DuckDb(path, threads=threads)
    try:
        with dialect.write_lock(), dialect.engine.begin() as connection:
            migrate(connection)
        dialect.after_bulk_load()
    except DBAPIError as error:
        dialect.close()
        reason = str(error.orig).splitlines()[0]
        raise StoreUnavailableError(f"The store {path} cannot be prepared: {reason}") from error
    except BaseException:
        dialect.close()
        raise
    return SqlStore(dialect, clock, ids)
