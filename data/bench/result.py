"""What a benchmark prints: one JSON object, with names that stay the same over time."""

import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version

import psutil

from core.domain.record import Record


class Measure(Record):
    """One figure and how it was taken."""

    name: str
    value: float
    unit: str
    how: str


class BenchResult(Record):
    """All figures of one benchmark on one machine."""

    bench: str
    machine: dict[str, str | int | float]
    results: tuple[Measure, ...]


def machine() -> dict[str, str | int | float]:
    """What the figures were taken on."""
    return {
        "cpu_count": os.cpu_count() or 0,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "streamlit": version("streamlit"),
    }


def in_turn(
    *sides: Callable[[], object], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> list[list[float]]:
    """Seconds of each side, run one after the other in every round, so that noise hits all."""
    taken: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for times, side in zip(taken, sides, strict=True):
            start = clock()
            side()
            times.append(clock() - start)
    return taken


def median_ms(seconds: list[float]) -> float:
    """The median in milliseconds."""
    return statistics.median(seconds) * 1000


def percentile_ms(seconds: list[float], share: float) -> float:
    """The given percentile (nearest rank) in milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000
