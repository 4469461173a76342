"""An API on a workbench whose model is words, with keys of two tenants."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.domain.api_key import Scope
from core.domain.person import operator
from core.usecases.manage_api_keys import create_api_key
from dashboard.api.application import create_api
from data.bootstrap import Workbench, open_workbench, read_settings
from tests.builders import FixedClock
from tests.dashboard.word_workbench import WordRegistry

ROOT = operator("root")
#: Makes a client that sends a key; `key(scopes..., tenant=...)`.
Keys = Callable[..., TestClient]


@pytest.fixture
def api_database(tmp_path: Path) -> str:
    """The embedded store; a test of the contract asks for `database_url` instead."""
    return f"duckdb:///{tmp_path}/store.duckdb"


@pytest.fixture
def workbench(api_database: str, clock: FixedClock) -> Iterator[Workbench]:
    settings = read_settings(database_url=api_database, pool_size=6, model="words-1")
    with open_workbench(settings, clock, WordRegistry()) as opened:
        yield opened


@pytest.fixture
def key(workbench: Workbench) -> Keys:
    """Clients with keys, all on one application."""
    api = create_api(lambda: workbench, scoring_threads=2)
    made: list[TestClient] = []

    def client(*scopes: Scope, tenant: str = "acme", per_minute: int = 10_000) -> TestClient:
        new = create_api_key(
            workbench.space, ROOT, name=f"k{len(made)}", tenant=tenant,
            scopes=scopes or tuple(Scope), per_minute=per_minute,
        )  # fmt: skip
        opened = TestClient(
            api, headers={"authorization": f"Bearer {new.secret}"}, raise_server_exceptions=False
        )
        made.append(opened)
        return opened

    return client


@pytest.fixture
def acme(key: Keys) -> TestClient:
    return key()


@pytest.fixture
def zoo(key: Keys) -> TestClient:
    return key(tenant="zoo")
