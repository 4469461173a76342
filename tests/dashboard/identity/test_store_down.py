"""While PostgreSQL is down the workbench answers in words, and afterwards it goes on."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.domain.person import operator
from core.domain.role import Role
from core.usecases.manage_people import add_person
from dashboard.bench.server_process import ServerProcess
from data.bench.private_postgres import PrivatePostgres
from data.bootstrap import open_workbench, read_settings

FORM = {"name": "ann", "password": "correct horse battery"}
ROOT = operator("root")


@pytest.fixture
def database() -> Iterator[PrivatePostgres]:
    with PrivatePostgres() as server:
        yield server


def test_a_store_that_is_down_is_said_in_words(database: PrivatePostgres, tmp_path: Path) -> None:
    url = database.new_database("down")
    with open_workbench(read_settings(database_url=url, model="lexical-1", pool_size=3)) as opened:
        add_person(opened.space, ROOT, opened.passwords, name="ann", role=Role.REVIEWER,
                   tenants=None, password=FORM["password"])  # fmt: skip
    with (
        ServerProcess(
            url, tmp_path / "log.txt", model="lexical-1", pool_size="4", files_dir=str(tmp_path)
        ) as server,
        httpx.Client(base_url=server.url, timeout=30) as client,
    ):
        assert client.post("/sign-in", data=FORM).status_code == 303
        database.stop()
        for method, path in (("GET", "/"), ("GET", "/review"), ("POST", "/sign-in"),
                             ("POST", "/sign-out"), ("GET", "/api/v1/stats?key=any")):  # fmt: skip
            answer = client.request(method, path, data=FORM if method == "POST" else None)
            assert (path, answer.status_code) == (path, 503)
            assert "The store does not answer" in answer.text
            assert "ry again" in answer.text
            # Strangers read this too.
            assert "Traceback" not in answer.text
            assert "down" not in answer.text
        health = client.get("/healthz")
        assert (health.status_code, json.loads(health.text)) == (200, {"status": "ok"})
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert "does not answer" in ready.json()["why"]
        assert client.get("/metrics").status_code == 503
        database.start()
        assert client.get("/").status_code == 200
        assert client.get("/readyz").status_code == 200
