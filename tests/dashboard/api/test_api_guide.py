"""The guide's commands and programs, run as they are written, against a served workbench."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.domain.api_key import Scope
from dashboard.api.application import create_api
from dashboard.api.problems import Kind
from dashboard.bench.server_process import ServerProcess
from data.bootstrap import Workbench

GUIDE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A workbench with the guide's key, as the environment that its examples expect."""
    folder = tmp_path_factory.mktemp("guide")
    store = folder / "s.duckdb"
    command, *_ = [line for block in _blocks("console") for line in block.splitlines()
                   if line.startswith("moddesk ")]  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", "from dashboard.command_line import main; main()",
         *shlex.split(command)[1:], "--store", str(store)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "Keep the key now" in run.stderr
    key = run.stdout.strip().splitlines()[-1]
    assert key.startswith("moddesk_")
    with ServerProcess(store, folder / "log.txt", model="lexical-1") as server:
        yield {"MODDESK": server.url, "KEY": key}


def test_the_commands_of_the_guide_work(served: dict[str, str]) -> None:
    lines = [line for block in _blocks("console") for line in block.splitlines()]
    commands = [line for line in lines if not line.startswith("moddesk ")]
    assert len(commands) >= 15
    run = subprocess.run(
        ["bash", "-e", "-x", "-o", "pipefail", "-c", "\n".join(commands)],
        env={**os.environ, **served}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, f"{run.stdout}{run.stderr}"


@pytest.mark.parametrize("language", ["console", "python"])
def test_every_operation_is_in_the_guide(language: str) -> None:
    shown = "\n".join(_blocks(language))
    for path, methods in create_api(_nobody).openapi()["paths"].items():
        address = re.sub(r"\\\{\w+\\\}", r"[^/\\s\"]+", re.escape(path.removeprefix("/api/v1")))
        for method in methods:
            call = (
                rf'api\.{method}\(\s*f?"{address}"'
                if language == "python"
                else rf'/api/v1{address}["?]' + (".* -d " if method == "post" else "(?!.* -d )")
            )
            assert re.search(call, shown), (method, path)


def _nobody() -> Workbench:
    raise AssertionError("the document needs no workbench")


def test_the_programs_of_the_guide_work(
    served: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in served.items():
        monkeypatch.setenv(name, value)
    program = "\n".join(_blocks("python"))
    names: dict[str, object] = {}
    exec(compile(program, "docs/api.md", "exec"), names)
    api = names["api"]
    assert isinstance(api, httpx.Client)
    api.close()


def test_the_guide_names_every_address_scope_and_problem(served: dict[str, str]) -> None:
    document = httpx.get(f"{served['MODDESK']}/api/v1/openapi.json").json()
    for path in document["paths"]:
        if path.startswith("/api/v1/"):
            parts = [part for part in path.removeprefix("/api/v1").split("/") if "{" not in part]
            assert re.search(r"/[^\s`]*".join(map(re.escape, parts[1:])), GUIDE), path
    for scope in Scope:
        assert f"| `{scope}` | {scope.words} |" in GUIDE
    for kind in Kind:
        assert f"| `{kind}` |" in GUIDE


def test_keys_and_sessions_open_different_doors(served: dict[str, str]) -> None:
    with httpx.Client(base_url=served["MODDESK"]) as client:
        for path in ("/api/v1/content", "/v1/nothing", "/v1alpha1/nothing"):
            assert client.get(path).status_code in (401, 404)
        header = {"authorization": f"Bearer {served['KEY']}"}
        assert client.get("/api/v1/content", headers=header).status_code == 200
        answer = client.get("/api/v1/content", headers=header)
        assert "content-security-policy" in answer.headers
