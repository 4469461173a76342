"""A workbench served by a process of its own, as a user starts it."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from core.errors import WorkbenchError

_PATIENCE_SECONDS = 60.0


class ServerProcess:
    """`moddesk serve` on a free port; stops at the end of the block.

    The store is a DuckDB file, or a database URL given as a string.
    """

    def __init__(self, store: Path | str, log: Path, **settings: str) -> None:
        self._store = store
        self._log = log
        self._settings = {f"MODDESK_{name.upper()}": value for name, value in settings.items()}
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        command = [
            sys.executable, "-c", "from dashboard.command_line import main; main()",
            "serve", "--port", str(self.port),
        ]  # fmt: skip
        if isinstance(self._store, Path):
            command += ["--store", str(self._store)]
        else:
            self._settings["MODDESK_DATABASE_URL"] = self._store
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own command
                command, stdout=log, stderr=log, env={**os.environ, **self._settings}
            )
        self._wait()
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):  # noqa: S310  # our own address
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        self.stop()
        raise WorkbenchError(f"The workbench did not start: {self._log.read_text()[-600:]}")

    def cpu_seconds(self) -> float:
        """Processor time of the server so far."""
        assert self._process is not None  # noqa: S101  # inside the block
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def memory_mb(self) -> float:
        """Resident memory of the server now, in MiB."""
        assert self._process is not None  # noqa: S101  # inside the block
        return float(psutil.Process(self._process.pid).memory_info().rss / 2**20)

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Asks the server to end and waits for it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.kill()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
