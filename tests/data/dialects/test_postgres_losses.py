"""Connections that break, locks that last and a keeper that must not give up."""

import threading
import time
from collections.abc import Iterator

import polars as pl
import psycopg
import pytest

from core.errors import ConnectionLostError, StoreBusyError, StoreUnavailableError
from core.store.rereading import rereading
from core.usecases.list_items import first_cursor, newest_task
from core.usecases.workspace import Workspace
from data.dialects.postgres import Postgres
from data.dialects.postgres_keeper import PostgresKeeper
from data.sql.store import SqlStore
from tests.builders import item_frame
from tests.data.dialects.test_postgres import space_on


@pytest.fixture
def team(postgres_url: str) -> Iterator[Workspace]:
    space = space_on(postgres_url)
    yield space
    space.store.close()


def _kill(url: str, application: str = "moddesk") -> int:
    """Ends the server's side of every connection of this kind; how many."""
    with psycopg.connect(url, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = %s", (application,),
        ).fetchone()  # fmt: skip
    assert ended is not None
    return int(ended[0])


def test_a_connection_that_died_between_two_reads_is_not_noticed(
    team: Workspace, postgres_url: str
) -> None:
    assert newest_task(team) == 0
    assert _kill(postgres_url) >= 1
    assert newest_task(team) == 0
    assert _kill(postgres_url) >= 1
    with team.store.reading() as parts:
        assert parts.items.newest_id() == 0


def test_a_read_whose_connection_dies_is_repeated_as_a_whole(
    team: Workspace, postgres_url: str
) -> None:
    runs: list[int] = []

    @rereading
    def count() -> tuple[int, int]:
        with team.store.reading() as parts:
            runs.append(parts.items.newest_id())
            if len(runs) == 1:
                with team.store.writing() as others:
                    others.items.add_new(item_frame("hello"))
                _kill(postgres_url)
            return runs[-1], len(parts.items.facets(None)["tenant"])

    newest, tenants = count()
    assert runs == [0, newest]
    # One snapshot: had only the second statement been repeated, the first would still say none.
    assert (newest > 0, tenants) == (True, 1)


def test_a_read_that_breaks_twice_says_so(team: Workspace, postgres_url: str) -> None:
    runs: list[int] = []

    @rereading
    def count() -> int:
        with team.store.reading() as parts:
            runs.append(parts.items.newest_id())
            _kill(postgres_url)
            return parts.items.newest_id()

    with pytest.raises(ConnectionLostError, match="does not answer"):
        count()
    assert len(runs) == 2


def test_a_write_whose_connection_dies_is_not_repeated(team: Workspace, postgres_url: str) -> None:
    with (
        pytest.raises(StoreUnavailableError, match="nothing is saved twice"),
        team.store.writing() as parts,
    ):
        parts.items.add_new(item_frame("one"))
        _kill(postgres_url)
        parts.items.add_new(item_frame("two", external_id=["other"]))
    assert first_cursor(team).newest_id == 0


def test_a_bulk_load_whose_connection_dies_says_the_same(
    team: Workspace, postgres_url: str
) -> None:
    with (
        pytest.raises(StoreUnavailableError, match="nothing is saved twice"),
        team.store.writing() as parts,
    ):
        parts.items.newest_id()
        _kill(postgres_url)
        parts.decisions.append_frame(pl.DataFrame({"decision_seq": [1]}))
    assert first_cursor(team).newest_id == 0


def test_a_lock_that_lasts_is_busy_and_not_away(team: Workspace) -> None:
    start, done = threading.Event(), threading.Event()

    def hold() -> None:
        with team.store.writing() as parts:
            parts.serialise("claims:ann")
            start.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    start.wait(10)
    with pytest.raises(StoreBusyError, match="try again") as raised, team.store.writing() as parts:
        parts._unit.connection.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")  # type: ignore[attr-defined]  # fifteen seconds are long for a test
        parts.serialise("claims:ann")
    assert "does not answer" not in str(raised.value)
    done.set()
    holder.join(20)


def test_the_keeper_goes_on_when_no_number_is_free_at_first(
    team: Workspace, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = team.store
    assert isinstance(store, SqlStore)
    assert isinstance(store.dialect, Postgres)
    keeper, take = store.dialect.keeper, PostgresKeeper._take_node
    refusals: list[int] = []

    def taken_at_first(self: PostgresKeeper, raw: psycopg.Connection) -> int:
        if len(refusals) < 2:
            refusals.append(1)
            raise StoreUnavailableError("More than 1024 processes use this database.")
        return take(self, raw)

    node = keeper.node
    monkeypatch.setattr(PostgresKeeper, "_take_node", taken_at_first)
    before = store.changes
    assert _kill(postgres_url, "moddesk keeper") == 1
    until = time.monotonic() + 15
    while store.changes == before and time.monotonic() < until:
        time.sleep(0.05)
    assert len(refusals) == 2
    assert keeper._thread.is_alive()
    assert keeper.node == node


def test_connections_are_kept_alive(team: Workspace) -> None:
    store = team.store
    assert isinstance(store, SqlStore)
    assert isinstance(store.dialect, Postgres)
    with store.dialect.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        asked = driver.info.get_parameters()
    assert (asked["keepalives"], asked["keepalives_idle"]) == ("1", "20")
    kept = store.dialect.keeper._connection.info.get_parameters()
    assert kept["keepalives_idle"] == "20"
