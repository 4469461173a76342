"""Re-scoring through the job beside the engine alone, on the same texts with the same model."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import polars as pl

from core.domain.item_filter import ItemFilter
from core.engine.classifier import Classifier
from core.engine.registry import Registry
from core.store.job_handle import NoJob
from data.bench.engine_texts import short_posts
from data.bench.result import Measure
from data.bootstrap import Workbench, open_workbench, read_settings

_MODEL = "ensemble"
_ROUNDS = 3


def rescoring_ratios(folder: Path, texts: int) -> list[Measure]:
    """rescore_vs_engine_ratio: texts a second through the job over those of the bare engine.

    By CPU seconds, as `bench engine` gives its batch figure, and by the clock on the wall. Every
    round has texts of its own, for what was scored once is not scored again; both sides take
    turns, and so does who begins.
    """
    posts = short_posts(texts * _ROUNDS)
    parts = [posts[at::_ROUNDS] for at in range(_ROUNDS)]
    classifier = Registry().get(_MODEL)
    classifier.score(posts[:64])
    settings = read_settings(
        database_url=f"duckdb:///{folder}/rescore.duckdb", files_dir=folder, model="lexical-1"
    )
    by_cpu, by_wall, rates = [], [], []
    with open_workbench(settings) as workbench:
        for number, part in enumerate(parts):
            _import(workbench, folder, number, part)
        workbench.score(NoJob())
        workbench.registry.get(_MODEL).score(posts[:64])
        for number, part in enumerate(parts):
            engine, job = _in_turn(workbench, classifier, number, part)
            by_cpu.append(engine.cpu / job.cpu)
            by_wall.append(engine.wall / job.wall)
            rates.append(len(part) / job.cpu)
    how = (
        f"{_MODEL}, {texts:,} short posts a round read, scored and stored, over the engine's batch"
    )
    return [
        Measure(
            name="rescore_vs_engine_ratio", value=round(statistics.median(by_cpu), 3), unit="ratio",
            how=f"{how} alone, by CPU seconds ({statistics.median(rates):,.0f} texts each); median "
            f"of {_ROUNDS} in turn",
        ),
        Measure(
            name="rescore_vs_engine_wall_ratio", value=round(statistics.median(by_wall), 3),
            unit="ratio", how="the same by the clock: other work on the machine is in it",
        ),
    ]  # fmt: skip


class _Taken(NamedTuple):
    """Seconds."""

    cpu: float
    wall: float


def _import(workbench: Workbench, folder: Path, number: int, part: list[str]) -> None:
    path = folder / f"part-{number}.parquet"
    pl.DataFrame({"id": [f"{number}-{at}" for at in range(len(part))], "text": part}).with_columns(
        tenant=pl.lit(_tenant(number)), language=pl.lit("en")
    ).write_parquet(path)
    workbench.import_file(path, mapping=[], job=NoJob())


def _tenant(number: int) -> str:
    return f"round-{number}"


def _in_turn(
    workbench: Workbench, classifier: Classifier, number: int, part: list[str]
) -> tuple[_Taken, _Taken]:
    """(the engine alone, the job) on the same texts."""
    wanted = ItemFilter(tenant=_tenant(number))

    def job() -> None:
        done = workbench.rescore(_MODEL, wanted, NoJob()).scored_count
        if done != len(part):
            raise ValueError(f"{done} of {len(part)} texts were scored")

    def engine() -> None:
        classifier.score(part)

    if number % 2:
        taken = _timed(job)
        return _timed(engine), taken
    return _timed(engine), _timed(job)


def _timed(work: Callable[[], None]) -> _Taken:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return _Taken(time.process_time() - cpu, time.perf_counter() - wall)
