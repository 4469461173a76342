"""The HTTP API under load: how much of the engine's speed is left, and how long one waits."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import orjson
import polars as pl

from core.domain.account import Account
from core.domain.api_key import Scope
from core.domain.role import Role
from core.errors import WorkbenchError
from core.store.job_handle import NoJob
from core.usecases.manage_api_keys import create_api_key
from core.usecases.manage_people import add_person
from core.usecases.sign_in import open_session
from dashboard.bench.http_load import Load, Seen, Target
from dashboard.bench.server_process import ServerProcess
from dashboard.bench.streamlit_client import ReviewClient
from dashboard.identity.middleware import COOKIE
from data.bench.engine_texts import short_posts
from data.bench.result import BenchResult, Measure, machine, percentile_ms
from data.bench.single_texts import cores, single_texts_per_second
from data.bootstrap import open_workbench, read_settings, registry_of

_CLIENTS = 32
_ROUNDS = 3
#: Of each round: the engine alone, one client alone, and the crowd take these shares.
_ENGINE_SHARE, _LONE_SHARE = 0.25, 0.25
_TEXTS = 4_000
#: For the reviewer beside: as many as can be decided.
_TASKS = 2_000
_THINK_SECONDS = 1.0


@dataclass
class _Target:
    """One endpoint's figures over all rounds."""

    target: Target
    lone: Seen = field(default_factory=Seen)
    crowd: Seen = field(default_factory=Seen)
    errors: int = 0
    """Of the crowd beside which somebody reviews."""
    reviewing: list[float] = field(default_factory=list)
    """Milliseconds of each decision of the reviewer beside the crowd."""


def run(seconds: float = 60.0) -> BenchResult:
    """Each endpoint under so many seconds of load, in rounds that take turns with the engine."""
    with tempfile.TemporaryDirectory(prefix="moddesk-bench-") as name:
        folder = Path(name)
        store = folder / "store.duckdb"
        secret, session = _fill(store, folder)
        options = {"files_dir": name, "sign_in": "on"}
        with ServerProcess(store, folder / "log.txt", **options) as process:
            bench = _Bench(process, secret, session, seconds / _ROUNDS)
            asyncio.run(bench.work())
    return bench.result(seconds)


class _Bench:
    """The rounds, and what they showed."""

    def __init__(self, process: ServerProcess, secret: str, session: str, seconds: float) -> None:
        self._load = Load(process.port, secret)
        self._reviewer = ReviewClient(process.port, f"{COOKIE}={session}")
        self._seconds = seconds
        self._classifier = registry_of(read_settings()).get(read_settings().model)
        texts = short_posts(_TEXTS)
        self._texts = texts
        self._engine: list[float] = []
        self._alone: list[float] = []
        self._targets = {
            "api": _Target(Target("/v1/moderations", partial(_to_score, texts))),
            "ingest": _Target(Target("/api/v1/content?wait=true", partial(_to_keep, texts))),
        }

    async def work(self) -> None:
        """All rounds."""
        await self._reviewer.open()
        for each in self._targets.values():
            # What is loaded once is not counted.
            await self._load.run(each.target, clients=2, seconds=1.0)
        for _ in range(_ROUNDS):
            self._engine.append(
                single_texts_per_second(
                    self._classifier, self._texts, self._seconds * _ENGINE_SHARE
                )
            )
            self._alone += await self._decide_until(self._seconds * _LONE_SHARE * 2)
            for each in self._targets.values():
                lone = self._seconds * _LONE_SHARE
                each.lone = each.lone.plus(
                    await self._load.run(each.target, clients=1, seconds=lone)
                )
                each.crowd = each.crowd.plus(
                    await self._load.run(each.target, clients=_CLIENTS, seconds=self._seconds)
                )
                beside, decided = await asyncio.gather(
                    self._load.run(each.target, clients=_CLIENTS, seconds=lone * 2),
                    self._decide_until(lone * 2),
                )
                each.errors += beside.errors.total()
                each.reviewing += decided
        await self._reviewer.close()

    async def _decide_until(self, seconds: float) -> list[float]:
        """Milliseconds of decisions that a reviewer makes for so long."""
        until = time.monotonic() + seconds
        taken = []
        while time.monotonic() < until:
            await asyncio.sleep(_THINK_SECONDS)
            taken.append(await self._reviewer.decide())
        return taken

    def result(self, seconds: float) -> BenchResult:
        """The figures, from medians and sums over the rounds."""
        engine = sum(self._engine) / len(self._engine)
        figures: list[tuple[str, float, str, str]] = [
            (
                "engine_per_second", engine, "1/s",
                f"single texts on {cores()} threads without HTTP, in turn with the load",
            )
        ]  # fmt: skip
        alone = [each / 1000 for each in self._alone]
        for name, each in self._targets.items():
            figures += _figures(name, each, engine, alone, seconds)
        errors = sum(each.crowd.errors.total() + each.errors for each in self._targets.values())
        kinds = sum((each.crowd.errors for each in self._targets.values()), start=Seen().errors)
        figures.append(
            ("errors", errors, "errors", f"answers that were not 2xx: {dict(kinds) or 'none'}")
        )
        return BenchResult(
            bench="api",
            machine=machine(),
            results=tuple(
                Measure(name=name, value=round(value, 3), unit=unit, how=how)
                for name, value, unit, how in figures
            ),
        )


def _figures(
    name: str, each: _Target, engine: float, alone: Sequence[float], seconds: float
) -> list[tuple[str, float, str, str]]:
    if not (each.crowd.waits and each.lone.waits):
        raise WorkbenchError(f"{each.target.path} answered nobody: {dict(each.crowd.errors)}")
    path = each.target.path
    lone = percentile_ms(each.lone.waits, 0.5)
    beside = [taken / 1000 for taken in each.reviewing]
    return [
        (
            f"{name}_share_of_batch", each.crowd.per_second / engine, "share",
            f"{path}: answers a second to {_CLIENTS} clients for {seconds:.0f} s, over the "
            "engine's single texts; the clients run on the same cores",
        ),
        (f"{name}_per_second", each.crowd.per_second, "1/s", path),
        (
            f"{name}_p95_vs_single_ratio", percentile_ms(each.crowd.waits, 0.95) / lone, "ratio",
            f"95th percentile at {_CLIENTS} clients over the median of a lone one",
        ),
        (f"{name}_p95_ms", percentile_ms(each.crowd.waits, 0.95), "ms", f"{_CLIENTS} clients"),
        (f"{name}_single_ms", lone, "ms", "median of a lone client"),
        (
            f"{name}_review_p50_ratio",
            percentile_ms(beside, 0.5) / percentile_ms(list(alone), 0.5), "ratio",
            f"a reviewer's decisions beside {_CLIENTS} clients, median "
            f"{percentile_ms(beside, 0.5):.0f} ms, over the same alone",
        ),
        (
            f"{name}_review_p95_ms", percentile_ms(beside, 0.95), "ms",
            f"of {len(beside)} decisions; alone {percentile_ms(list(alone), 0.95):.0f} ms of "
            f"{len(alone)}; the slowest fetch more items, which the reviewer does not wait for",
        ),
    ]  # fmt: skip


def _to_score(texts: Sequence[str], number: int) -> bytes:
    return orjson.dumps({"input": texts[number % len(texts)]})


def _to_keep(texts: Sequence[str], number: int) -> bytes:
    # Identical content is scored once, so that every body has its number.
    body = f"{texts[number % len(texts)]} {number}"
    return orjson.dumps(
        {"external_id": f"load-{number}", "body": body, "author_id": f"author-{number % 500}"}
    )


def _fill(store: Path, folder: Path) -> tuple[str, str]:
    """Waiting tasks, a key and a reviewer's session."""
    settings = read_settings(
        database_url=f"duckdb:///{store}", random_share=1.0, tenant="acme",
        files_dir=folder,
    )  # fmt: skip
    path = folder / "tasks.parquet"
    texts = [f"You are an idiot and a liar, number {number % 50}." for number in range(_TASKS)]
    ids = [f"task-{number}" for number in range(_TASKS)]
    pl.DataFrame({"id": ids, "text": texts}).with_columns(language=pl.lit("en")).write_parquet(path)
    with open_workbench(settings) as workbench:
        workbench.import_file(path, mapping=[], job=NoJob())
        workbench.score(NoJob())
        made = create_api_key(
            workbench.space, workbench.operator, name="load", tenant="acme",
            scopes=(Scope.SCORE, Scope.INGEST), per_minute=1_000_000,
        )  # fmt: skip
        account: Account = add_person(
            workbench.space, workbench.operator, workbench.passwords,
            name="reviewer", role=Role.REVIEWER, tenants=None, password=None,
        )  # fmt: skip
        rules = workbench.settings.session_rules
        session = open_session(workbench.space, account, way="password", rules=rules)
    return made.secret, session
