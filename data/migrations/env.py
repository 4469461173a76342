"""Alembic's entry: runs the numbered migrations on the connection that the caller opened."""

from alembic import context
from alembic.ddl.impl import DefaultImpl


class DuckImpl(DefaultImpl):
    """Alembic's view of our DuckDB dialect."""

    __dialect__ = "duckdb"
    transactional_ddl = True


context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
