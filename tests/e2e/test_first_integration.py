"""The guide of a first integration, as it is written: content in, a decision, a webhook out."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Browser, expect

from dashboard.bench.server_process import ServerProcess

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.flaky(reruns=2),
]

GUIDE = Path(__file__).parents[2] / "docs" / "first-integration.md"
NETWORKS = "127.0.0.0/8"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


class Terminal:
    """Runs what the guide says in one folder, with the ports of this test."""

    def __init__(self, folder: Path, ports: dict[str, str]) -> None:
        self.folder, self._ports = folder, ports
        self._environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "MODDESK_DATABASE_URL": f"duckdb:///{folder}/store.duckdb",
        }

    def fitted(self, text: str) -> str:
        for written, used in self._ports.items():
            text = text.replace(written, used)
        return text

    def run(self, commands: str) -> str:
        run = subprocess.run(
            ["bash", "-e", "-c", self.fitted(commands)],
            cwd=self.folder, env=self._environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        return run.stdout

    @contextmanager
    def listener(self) -> Iterator[Path]:
        """The guide's script while it runs; where its output goes."""
        script, heard = self.folder / "listener.py", self.folder / "heard.txt"
        script.write_text(self.fitted(_blocks("python")[0]))
        with heard.open("wb") as out, subprocess.Popen(
            [sys.executable, str(script)], cwd=self.folder, stdout=out, stderr=out
        ) as process:  # fmt: skip
            try:
                yield heard
            finally:
                process.kill()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _first_line(path: Path, seconds: float) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until and "\n" not in path.read_text():
        time.sleep(0.1)
    return path.read_text()


def test_the_guide_leads_from_content_to_the_platform(browser: Browser, tmp_path: Path) -> None:
    keys_and_webhooks, serving, sending = _blocks("console")
    assert f"MODDESK_WEBHOOK_NETWORKS={NETWORKS}" in serving
    [printed] = _blocks("text")
    served = ServerProcess(
        tmp_path / "store.duckdb", tmp_path / "log.txt", webhook_networks=NETWORKS, undo_seconds="2"
    )
    terminal = Terminal(tmp_path, {"8099": str(_free_port()), "8501": str(served.port)})
    terminal.run(keys_and_webhooks)
    with terminal.listener() as heard, served:
        [result] = orjson.loads(terminal.run(sending))["results"]
        assert (result["verdict"], result["queue"]) == ("review", "review")
        page = browser.new_page()
        page.goto(f"{served.url}/review")
        page.locator(".card[data-task]").wait_for(timeout=30_000)
        page.wait_for_timeout(800)
        for key in "r2":
            page.keyboard.press(key)
            page.wait_for_timeout(250)
        expect(page.locator(".card")).to_contain_text("Saved", timeout=15_000)
        page.close()
        assert _first_line(heard, 30) == printed
        [look_up] = re.findall(r"`(curl [^`]+)`", GUIDE.read_text(encoding="utf-8"))
        found = orjson.loads(terminal.run(look_up.replace("content/ID", f"content/{result['id']}")))
    assert [(each["outcome"], each["source"]) for each in found["decisions"]] == [
        ("reject", "human")
    ]
