"""Fixtures shared by all tests."""

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from uuid import uuid4

import pytest

from core.clock import SystemClock
from core.domain.identifiers import IdSequence
from core.store.store import Store
from core.usecases.catalogue import Catalogue, ensure_catalogue
from core.usecases.score_items import score_items
from core.usecases.workspace import Workspace
from data.bench.private_postgres import PrivatePostgres, RunningPostgres
from data.dialects.postgres import Postgres
from data.open_store import open_duckdb, ready_store
from tests.builders import FixedClock, WordClassifier, item_frame


@pytest.fixture(autouse=True)
def _quick_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that are not about the model score with the quick one, in their processes too."""
    monkeypatch.setenv("MODDESK_MODEL", "lexical-1")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def ids(clock: FixedClock) -> IdSequence:
    return IdSequence(clock, node=1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[RunningPostgres]:
    """A real server with a migrated database to copy; a running one if the environment names it."""
    named = os.environ.get("MODDESK_TEST_PG_URL")
    with RunningPostgres(named) if named else PrivatePostgres() as server:
        ready_store(
            Postgres(server.new_database("template_moddesk"), SystemClock()),
            "template", SystemClock(), IdSequence(SystemClock()),
        ).close()  # fmt: skip
        yield server


@pytest.fixture
def postgres_url(postgres_server: RunningPostgres) -> Iterator[str]:
    """An empty, migrated database of this test alone."""
    name = f"t{os.getpid()}_{uuid4().hex[:10]}"
    yield postgres_server.new_database(name, template="template_moddesk")
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def duckdb_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy: migrating each test's own takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "store.duckdb"
    open_duckdb(str(path), SystemClock(), IdSequence(SystemClock())).close()
    return path


@pytest.fixture(params=["duckdb", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once of each kind: whatever uses it is part of the contract."""
    if request.param == "duckdb":
        template: Path = request.getfixturevalue("duckdb_template")
        copyfile(template, tmp_path / "store.duckdb")
        return f"duckdb:///{tmp_path}/store.duckdb"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(database_url: str, clock: FixedClock, ids: IdSequence) -> Iterator[Store]:
    """The store, once for each database."""
    if database_url.startswith("duckdb"):
        opened = open_duckdb(database_url.removeprefix("duckdb:///"), clock, ids)
    else:
        dialect = Postgres(database_url, SystemClock(), pool_size=6)
        opened = ready_store(dialect, "test", clock, ids)
    yield opened
    opened.close()


@pytest.fixture
def space(store: Store, clock: FixedClock, ids: IdSequence) -> Workspace:
    return Workspace(store=store, clock=clock, ids=ids)


@pytest.fixture
def classifier() -> WordClassifier:
    return WordClassifier()


@pytest.fixture
def catalogue(space: Workspace, classifier: WordClassifier) -> Catalogue:
    return ensure_catalogue(space, classifier, actor="tester")


@pytest.fixture
def flagged(space: Workspace, catalogue: Catalogue, classifier: WordClassifier) -> list[int]:
    """Three flagged items, one approved and one rejected by the policy."""
    bodies = ["you idiot", "buy pills", "kill", "hello", "idiot idiot"]
    with space.store.writing() as parts:
        ids = parts.items.add_new(item_frame(*bodies))["item_id"].to_list()
    summary = score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy,
        progress=lambda done, total: None,
    )  # fmt: skip
    assert summary.scored_count == 5
    assert (summary.approved_count, summary.rejected_count) == (1, 1)
    return ids
