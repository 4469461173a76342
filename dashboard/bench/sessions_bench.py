"""Many reviewers at once over real web-sockets, while a job scores: how long do they wait?"""

import asyncio
import random
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import polars as pl
import structlog

from core.domain.account import Account
from core.domain.decision import Source
from core.domain.person import operator
from core.domain.role import Role
from core.errors import WorkbenchError
from core.store.job_handle import NoJob
from core.usecases.manage_people import add_person
from core.usecases.sign_in import open_session
from dashboard.bench.server_process import ServerProcess
from dashboard.bench.streamlit_client import ReviewClient
from dashboard.identity.middleware import COOKIE
from data.bench.private_postgres import PrivatePostgres
from data.bench.result import BenchResult, Measure, machine, percentile_ms
from data.bootstrap import Workbench, open_workbench, read_settings

_log = structlog.get_logger()
_SESSIONS = 50
_THINK_SECONDS = 2.0
#: Until the job beside has the memory that it needs.
_WARM_UP_SECONDS = 25.0
#: Faster than any machine at hand scores these short texts, so that the job outlasts the crowd.
_ITEMS_PER_SECOND = 700


def run(seconds: float = 300.0) -> BenchResult:
    """Fills a store in PostgreSQL, serves it, and has everybody decide for so long."""
    with tempfile.TemporaryDirectory(prefix="moddesk-bench-") as name, PrivatePostgres(
        fsync=True
    ) as server:  # fmt: skip
        folder, url = Path(name), server.new_database("sessions")
        secrets = _fill(url, folder, seconds)
        options = {"model": "ensemble", "files_dir": name, "pool_size": "16"}
        # Beside a job the memory of fifty pages would drown in what the job takes and gives back.
        with ServerProcess(url, folder / "alone.txt", **options) as process:
            alone = asyncio.run(_memory_of_pages(process, secrets))
        _add_backlog(url, folder, seconds)
        with ServerProcess(url, folder / "log.txt", **options) as process:
            seen = asyncio.run(_Crowd(process, secrets, seconds).work())
        seen.mb_per_session = alone
        left = _left(url)
    return _result(seen, left, seconds)


class _Seen:
    """What the crowd noticed."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.errors: list[str] = []
        self.memory: list[float] = []
        self.mb_per_session = 0.0
        self.cpu_seconds = 0.0


async def _memory_of_pages(process: ServerProcess, secrets: list[str]) -> float:
    """MiB that each further open Review page takes, after the first."""
    clients = [ReviewClient(process.port, f"{COOKIE}={secret}") for secret in secrets]
    await clients[0].open()
    await asyncio.sleep(_WARM_UP_SECONDS / 2)
    before = process.memory_mb()
    for client in clients[1:]:
        await client.open()
    await asyncio.sleep(_WARM_UP_SECONDS / 2)
    taken = process.memory_mb() - before
    for client in clients:
        await client.close()
    return taken / (len(clients) - 1)


class _Crowd:
    """Reviewers that open the page, think and decide."""

    def __init__(self, process: ServerProcess, secrets: list[str], seconds: float) -> None:
        self._process = process
        self._secrets = secrets
        self._seconds = seconds
        self._chance = random.Random(0)  # noqa: S311  # think times
        self._seen = _Seen()

    async def work(self) -> _Seen:
        """Everybody at once, for the whole time."""
        seen = self._seen
        # One visitor first, so that what is loaded once is not counted as a session's.
        await self._visit(0.0, self._secrets[0])
        await asyncio.sleep(_WARM_UP_SECONDS)
        start = time.monotonic() + 0.15 * len(self._secrets) + 5
        until = start + self._seconds
        tasks = [
            asyncio.create_task(self._visit(until, secret, opens_after=number * 0.15))
            for number, secret in enumerate(self._secrets)
        ]
        await asyncio.sleep(start - time.monotonic())
        cpu = self._process.cpu_seconds()
        while time.monotonic() < until:
            await asyncio.sleep(min(5.0, self._seconds / 10))
            seen.memory.append(self._process.memory_mb())
        await asyncio.gather(*tasks)
        seen.cpu_seconds = self._process.cpu_seconds() - cpu
        return seen

    async def _visit(self, until: float, secret: str, opens_after: float = 0.0) -> None:
        client = ReviewClient(self._process.port, f"{COOKIE}={secret}")
        try:
            await asyncio.sleep(opens_after)
            await client.open()
            background = asyncio.create_task(client.repeat_fragments())
            while time.monotonic() < until:
                await asyncio.sleep(self._chance.expovariate(1 / _THINK_SECONDS))
                if time.monotonic() < until:
                    self._seen.waits.append(await client.decide() / 1000)
            background.cancel()
            await client.close()
        except Exception as error:
            # Whatever it is, a reviewer would have seen it.
            _log.exception("bench.reviewer_failed")
            self._seen.errors.append(f"{type(error).__name__}: {error}")


def _fill(url: str, folder: Path, seconds: float) -> list[str]:
    """Waiting tasks for everybody, and their sessions."""
    needed = int(_SESSIONS * (seconds / _THINK_SECONDS * 1.3 + 80))
    settings = read_settings(database_url=url, random_share=1.0, model="ensemble", pool_size=4)
    with open_workbench(settings) as workbench:
        # Few texts many times: identical content is scored once.
        texts = [f"You are an idiot and a liar, number {n % 50}." for n in range(needed)]
        _import(workbench, folder, texts, "task")
        workbench.score(NoJob())
        return [_secret(workbench, f"reviewer-{number}") for number in range(_SESSIONS)]


def _add_backlog(url: str, folder: Path, seconds: float) -> None:
    """What takes the whole time to score."""
    backlog = int(seconds * _ITEMS_PER_SECOND) + 20_000
    with open_workbench(read_settings(database_url=url, model="ensemble")) as workbench:
        _import(workbench, folder, [f"The weather in town {n} today" for n in range(backlog)], "b")


def _import(workbench: Workbench, folder: Path, texts: list[str], name: str) -> None:
    path = folder / f"{name}.parquet"
    pl.DataFrame(
        {
            "id": [f"{name}-{number}" for number in range(len(texts))],
            "text": texts,
            "author": [f"author-{number % 5_000}" for number in range(len(texts))],
        }
    ).with_columns(language=pl.lit("en")).write_parquet(path)
    workbench.import_file(path, mapping=[], job=NoJob())


def _secret(workbench: Workbench, name: str) -> str:
    account: Account = add_person(
        workbench.space, operator("bench"), workbench.passwords,
        name=name, role=Role.REVIEWER, tenants=None, password=None,
    )  # fmt: skip
    rules = workbench.settings.session_rules
    return open_session(workbench.space, account, way="password", rules=rules)


def _left(url: str) -> tuple[int, int]:
    """(items that the job had still to score, decisions of people in the ledger)."""
    settings = read_settings(database_url=url, model="ensemble", pool_size=4)
    with open_workbench(settings) as workbench, workbench.space.store.reading() as parts:
        left = parts.items.unscored_count(workbench.catalogue.model.model_version_id)
        since = workbench.space.clock.now() - timedelta(hours=6)
        people = (f"reviewer-{number}" for number in range(_SESSIONS))
        written = sum(parts.analytics.decided_count(name, since) for name in people)
    return left, written


def _result(seen: _Seen, left: tuple[int, int], seconds: float) -> BenchResult:
    if not seen.waits:
        raise WorkbenchError(f"Nobody could decide: {seen.errors[:3]}")
    backlog, written = left
    quarter = max(1, len(seen.memory) // 4)
    third, last = seen.memory[-2 * quarter : -quarter], seen.memory[-quarter:]
    how = (
        f"{_SESSIONS} reviewers over web-sockets for {seconds:.0f} s, thinking "
        f"{_THINK_SECONDS:.0f} s, PostgreSQL, a scoring job beside"
    )
    figures: list[tuple[str, float, str, str]] = [
        ("decide_p50_ms", statistics.median(seen.waits) * 1000, "ms", how),
        ("decide_p95_ms", percentile_ms(seen.waits, 0.95), "ms", "decision sent to confirmed"),
        ("errors", len(seen.errors), "errors", "refusals, time-outs and lost connections"),
        ("lost_or_doubled", abs(written - len(seen.waits)), "decisions", "ledger against answers"),
        ("decisions", len(seen.waits), "decisions", f"of source {Source.HUMAN.value}, confirmed"),
        (
            "mb_per_session",
            seen.mb_per_session,
            "MB",
            f"what each of {_SESSIONS - 1} further open pages takes, before the job begins",
        ),
        (
            "memory_growth_mb",
            statistics.median(last) - statistics.median(third),
            "MB",
            "median of the last quarter of the time less that of the quarter before",
        ),
        (
            "server_cpu_ms_per_decision",
            seen.cpu_seconds / len(seen.waits) * 1000,
            "ms",
            "processor time of the server, the job's included",
        ),
        ("job_ran_throughout", float(backlog > 0), "bool", f"{backlog:,} items were left to score"),
    ]
    return BenchResult(
        bench="sessions",
        machine=machine(),
        results=tuple(
            Measure(name=name, value=round(value, 3), unit=unit, how=words)
            for name, value, unit, words in figures
        ),
    )
