"""SQLAlchemy's view of DuckDB 2: the PostgreSQL dialect less what DuckDB does not have.

Ours because the living third-party dialect refuses DuckDB 2; it goes when that changes.
No reflection, no SAVEPOINT, no secondary indexes or foreign keys (DuckDB lost index rows after a
crash in 1.x), no keys on `bulk` tables (loading with a key is five times slower).
"""

from typing import Any

from sqlalchemy import Connection, pool, text
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import (
    PGCompiler,
    PGDDLCompiler,
    PGDialect,
    PGIdentifierPreparer,
    PGTypeCompiler,
)
from sqlalchemy.engine import default

from data.dialects.duckdb_dbapi import DuckDbApi


class _Compiler(PGCompiler):
    def for_update_clause(self, select: Any, **kw: Any) -> str:  # noqa: ARG002  # one process holds the file; the store's write lock serialises claims
        return ""


class _DdlCompiler(PGDDLCompiler):
    def visit_create_index(self, create: Any, **kw: Any) -> str:  # type: ignore[override]  # noqa: ARG002  # SQLAlchemy passes more
        return "SELECT 1"

    def create_table_constraints(  # type: ignore[override]  # the extra argument stays in kw
        self, table: Any, **kw: Any
    ) -> str:
        if table.info.get("bulk"):
            return ""
        constraints: str = super().create_table_constraints(table, **kw)  # type: ignore[no-untyped-call]  # untyped there
        return constraints

    def get_column_specification(self, column: Any, **kw: Any) -> str:
        return default.DefaultDialect.ddl_compiler.get_column_specification(self, column, **kw)


class _TypeCompiler(PGTypeCompiler):
    def visit_JSONB(self, type_: Any, **kw: Any) -> str:  # noqa: ARG002, N802  # SQLAlchemy's name
        return "JSON"

    def visit_BYTEA(self, type_: Any, **kw: Any) -> str:  # noqa: ARG002, N802  # SQLAlchemy's name
        return "BLOB"


class _Preparer(PGIdentifierPreparer):
    # `at` is reserved in DuckDB and not in PostgreSQL.
    reserved_words = PGIdentifierPreparer.reserved_words | {"at", "qualify", "pivot"}


class _Json(sqltypes.JSON):
    """JSON bound as text."""


class DuckDialect(PGDialect):
    """SQLAlchemy dialect for DuckDB: Core statements, no reflection."""

    name = "duckdb"
    driver = "moddesk"
    supports_statement_cache = True
    default_paramstyle = "numeric_dollar"
    statement_compiler = _Compiler
    ddl_compiler = _DdlCompiler
    type_compiler_cls = _TypeCompiler
    preparer = _Preparer
    supports_sane_rowcount = True
    supports_sane_multi_rowcount = False
    insert_returning = update_returning = delete_returning = True
    supports_native_enum = False
    supports_native_boolean = True
    supports_native_uuid = True
    use_insertmanyvalues = True
    use_insertmanyvalues_wo_returning = True
    insertmanyvalues_page_size = 1000
    insertmanyvalues_max_parameters = 32000
    supports_server_side_cursors = False
    postfetch_lastrowid = False
    supports_comments = False
    supports_identity_columns = False
    colspecs = {sqltypes.JSON: _Json}  # noqa: RUF012  # SQLAlchemy's attribute
    ischema_names = {}  # noqa: RUF012  # SQLAlchemy's attribute

    @classmethod
    def import_dbapi(cls) -> Any:
        """The DB-API object."""
        return DuckDbApi

    @classmethod
    def get_pool_class(cls, url: Any) -> type[pool.Pool]:
        """A queue of connections for a file; one connection for a database in memory."""
        return pool.StaticPool if url.database in (None, "", ":memory:") else pool.QueuePool

    def create_connect_args(self, url: Any) -> Any:
        """The file's path; settings come through `connect_args`."""
        return (), {"database": url.database or ":memory:"}

    def initialize(self, connection: Connection) -> None:  # noqa: ARG002  # no catalogue to ask
        """Facts the PostgreSQL dialect would ask the server for."""
        self.server_version_info = (15, 0)
        self.default_schema_name = "main"

    def on_connect(self) -> None:
        """Nothing to set on a new connection."""
        return

    def do_begin(self, dbapi_connection: Any) -> None:
        """Starts a transaction."""
        dbapi_connection.raw.begin()

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Whether the connection still answers."""
        dbapi_connection.raw.execute("select 1").fetchone()
        return True

    def get_isolation_level(self, dbapi_connection: Any) -> Any:  # noqa: ARG002  # there is only one
        """DuckDB has snapshot isolation only."""
        return "SERIALIZABLE"

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:  # noqa: ARG002  # SQLAlchemy's signature
        """Whether the error means that the connection is gone for good."""
        return "already closed" in str(e) or "has been invalidated" in str(e)

    def has_table(
        self,
        connection: Connection,
        table_name: str,
        schema: str | None = None,
        **kw: Any,  # noqa: ARG002  # SQLAlchemy's signature
    ) -> bool:
        """Whether a table or view of this name exists."""
        query = text(
            "select count(*) from information_schema.tables"
            " where table_schema = :schema and table_name = :name"
        )
        found = connection.execute(query, {"schema": schema or "main", "name": table_name})
        return bool(found.scalar())

    def has_type(self, *_args: Any, **_kw: Any) -> bool:
        """No named types are used."""
        return False


registry.register("duckdb", "data.dialects.duckdb_sqlalchemy", "DuckDialect")
