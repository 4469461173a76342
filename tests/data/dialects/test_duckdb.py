import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, literal, select

from core.domain.identifiers import IdSequence
from core.errors import StoreBusyError, StoreUnavailableError, StoreVersionError
from data.migrations.migrate import newest_version
from data.open_store import open_duckdb
from data.sql.store import SqlStore
from data.sql.tables import item, metadata
from tests.builders import FixedClock, item_frame


def test_a_second_process_gets_one_sentence_that_says_who_holds_the_store(
    tmp_path: Path, store: SqlStore
) -> None:
    code = (
        "import sys; from core.clock import SystemClock; from core.domain.identifiers import *;"
        "from data.open_store import open_duckdb; from core.errors import WorkbenchError\n"
        "try: open_duckdb(sys.argv[1], SystemClock(), IdSequence(SystemClock()))\n"
        "except WorkbenchError as error: print(type(error).__name__, error)"
    )
    path = str(tmp_path / "store.duckdb")
    run = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert run.stderr == ""
    assert run.stdout.startswith(StoreBusyError.__name__)
    assert "process" in run.stdout
    assert "Stop that process" in run.stdout


def test_a_file_that_is_no_store_is_refused_in_words(tmp_path: Path, ids: IdSequence) -> None:
    path = tmp_path / "notes.duckdb"
    path.write_text("not a database, but long enough to look at" * 200)
    with pytest.raises(StoreUnavailableError, match="cannot be opened"):
        open_duckdb(str(path), FixedClock(), ids)


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path, ids: IdSequence) -> None:
    path = str(tmp_path / "newer.duckdb")
    opened = open_duckdb(path, FixedClock(), ids)
    with opened.dialect.engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    opened.close()
    with pytest.raises(StoreVersionError, match="newer version"):
        open_duckdb(path, FixedClock(), ids)


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
