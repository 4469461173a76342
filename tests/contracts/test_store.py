"""What every store keeps, on DuckDB and on PostgreSQL; the tests of use cases run on both too."""

import pytest
from sqlalchemy import func, literal, select

from data.migrations.migrate import newest_version
from data.sql.store import SqlStore
from data.sql.tables import item, metadata
from tests.builders import item_frame


def test_migrations_make_exactly_the_declared_tables(store: SqlStore) -> None:
    with store.dialect.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "select table_name, column_name, is_nullable from information_schema.columns"
        ).fetchall()
        version = connection.exec_driver_sql("select version_num from alembic_version").scalar()
    made = {
        (table, column, null == "YES") for table, column, null in rows if table in metadata.tables
    }
    declared = {
        (table.name, column.name, bool(column.nullable))
        for table in metadata.tables.values()
        for column in table.columns
    }
    assert made == declared
    assert version == newest_version()


def test_an_expression_with_bound_values_can_be_grouped_by(store: SqlStore) -> None:
    with store.writing() as parts:
        parts.items.add_new(item_frame("a", "bb", "cc"))
    length = func.length(item.c.body) + literal(1)
    with store.dialect.engine.connect() as connection:
        counts = connection.execute(select(length, func.count()).group_by(length).order_by(length))
        assert counts.all() == [(2, 1), (3, 2)]


def test_nothing_of_a_failed_transaction_is_kept(store: SqlStore) -> None:
    with pytest.raises(RuntimeError), store.writing() as parts:
        parts.items.add_new(item_frame("a"))
        raise RuntimeError
    with store.reading() as parts:
        assert parts.items.newest_id() == 0


def test_adding_the_same_items_twice_changes_nothing(store: SqlStore) -> None:
    with store.writing() as parts:
        first = parts.items.add_new(item_frame("a", "b"))
        again = parts.items.add_new(item_frame("a", "changed", "c"))
    assert first["is_new"].to_list() == [True, True]
    known = {row["external_id"]: row for row in again.iter_rows(named=True)}
    assert (known["e0"]["is_new"], known["e0"]["is_same_content"]) == (False, True)
    assert (known["e1"]["is_new"], known["e1"]["is_same_content"]) == (False, False)
    assert known["e2"]["is_new"]


def test_a_transaction_within_another_keeps_the_audit_chain_whole(store: SqlStore) -> None:
    with store.writing() as outer:
        outer.audit.append("ann", "test.outer", "x", {})
        with store.writing() as inner:
            inner.audit.append("ann", "test.inner", "x", {})
    with store.reading() as parts:
        events = list(parts.audit.events())
    assert [(event.event_seq, event.verb) for event in events] == [
        (1, "test.inner"), (2, "test.outer"),
    ]  # fmt: skip
    assert events[1].previous_hash == events[0].event_hash
