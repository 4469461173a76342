"""Starting and stopping the harness as a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

_ROOT = Path(__file__).parents[3]
_OPTIONS = {
    "server.headless": "true",
    "server.address": "127.0.0.1",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "runner.postScriptGC": "false",
    "client.toolbarMode": "viewer",
    "theme.light.primaryColor": "#4f46e5",
    "theme.dark.primaryColor": "#818cf8",
    "theme.light.secondaryBackgroundColor": "#f6f7f9",
    "theme.dark.backgroundColor": "#0f1014",
    "theme.dark.secondaryBackgroundColor": "#17191e",
}


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
        options = [f"--{name}={value}" for name, value in _OPTIONS.items()]
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
