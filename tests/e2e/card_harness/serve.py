"""Starting and stopping the harness as a process of its own."""

import os
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

_ROOT = Path(__file__).parents[3]
_LOOK = _ROOT / "dashboard" / "streamlit.toml"
_OPTIONS = {
    "server.headless": "true",
    "server.address": "127.0.0.1",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "runner.postScriptGC": "false",
    "client.toolbarMode": "viewer",
}


def _theme(table: dict[str, object], prefix: str) -> dict[str, str]:
    """The workbench's theme as options; lists have no form on the command line."""
    options: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            options |= _theme(value, f"{prefix}.{name}")
        elif isinstance(value, str | int):
            options[f"{prefix}.{name}"] = str(value)
    return options


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class HarnessProcess:
    """The harness on a port; can be stopped and started again on the same one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Starts and waits until it answers."""
        theme = _theme(tomllib.loads(_LOOK.read_text())["theme"], "theme")
        options = [f"--{name}={value}" for name, value in (_OPTIONS | theme).items()]
        command = [sys.executable, "-m", "streamlit", "run", "tests/e2e/card_harness/app.py"]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, f"--server.port={self.port}", *options],
                cwd=_ROOT,
                env={**os.environ, "CARD_HARNESS_FOLDER": str(self.folder)},
                stdout=log,
                stderr=log,
            )
        self._wait()
        return self

    def _wait(self) -> None:
        for _ in range(240):
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.25)
        raise TimeoutError((self.folder / "server.log").read_text())

    def stop(self) -> None:
        """Ends the process at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
