"""Fixtures shared by all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.identifiers import IdSequence
from core.store.store import Store
from core.usecases.catalogue import Catalogue, ensure_catalogue
from core.usecases.workspace import Workspace
from data.open_store import open_duckdb
from tests.builders import FixedClock, WordClassifier


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


@pytest.fixture
def store(tmp_path: Path, clock: FixedClock, ids: IdSequence) -> Iterator[Store]:
    opened = open_duckdb(str(tmp_path / "store.duckdb"), clock, ids)
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
