"""What an older store held is right after it was brought to the newest schema."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import text

from core.clock import SystemClock
from data.bench.private_postgres import RunningPostgres
from data.dialects.dialect import Dialect
from data.dialects.duckdb import DuckDb
from data.dialects.postgres import Postgres
from data.migrations.migrate import _config, migrate

_OPEN = """
INSERT INTO open_task (task_id, item_id, tenant_id, queue, priority, waiting_since, due_at, fence,
    waiting_weight)
VALUES (:id, :id, 'acme', :queue, 0.5, TIMESTAMP '2026-05-04 12:00:00',
    TIMESTAMP '2026-05-04 14:00:00', 0, :weight)
"""
_FACT = """
INSERT INTO review_task (task_id, item_id, queue, round, priority, terms, stratum,
    inclusion_probability, created_at, waiting_since, due_at)
VALUES (:id, :id, 'review', 1, 0.9, '{"harm": 0.9}', 'flagged', 1.0,
    TIMESTAMP '2026-05-04 12:00:00', TIMESTAMP '2026-05-04 12:00:00',
    TIMESTAMP '2026-05-05 12:00:00')
"""


@pytest.fixture(params=["duckdb", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Dialect]:
    """A database without a schema."""
    if request.param == "duckdb":
        dialect: Dialect = DuckDb(f"{tmp_path}/old.duckdb")
        yield dialect
        dialect.close()
        return
    server: RunningPostgres = request.getfixturevalue("postgres_server")
    name = f"old_{uuid4().hex[:10]}"
    dialect = Postgres(server.new_database(name), SystemClock(), pool_size=2)
    yield dialect
    dialect.close()
    server.drop_database(name)


def test_tasks_that_were_moved_before_moves_were_kept_are_known(empty: Dialect) -> None:
    config = _config()
    with empty.connect(writing=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
    with empty.connect(writing=True) as connection, connection.begin():
        for number, queue, weight in ((1, "review", None), (2, "spam", 3.0), (3, "review", 0.7)):
            connection.execute(text(_FACT), {"id": number})
            connection.execute(text(_OPEN), {"id": number, "queue": queue, "weight": weight})
        connection.execute(text(_FACT), {"id": 4})
    with empty.connect(writing=True) as connection, connection.begin():
        assert migrate(connection)
    with empty.connect(writing=True) as connection:
        moves = connection.execute(
            text("SELECT task_id, queue, priority, waiting_weight, due_at FROM task_move")
        ).all()
        weights = connection.execute(
            text("SELECT task_id, waiting_weight FROM review_task ORDER BY task_id")
        ).all()
    assert [tuple(row)[:4] for row in moves] == [(2, "spam", 0.5, 3.0)]
    assert moves[0].due_at.hour == 14
    assert [tuple(row) for row in weights] == [(1, None), (2, 3.0), (3, 0.7), (4, None)]
    with empty.connect(writing=True) as connection, connection.begin():
        assert not migrate(connection)
