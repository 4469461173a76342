"""Benchmark `review`: from key press to the next item painted, in a real browser."""

import tempfile
import time
from pathlib import Path
from typing import Any

from core.domain.decision import Source
from core.errors import WorkbenchError
from core.store.job_handle import NoJob
from dashboard.bench.headless import READY, headless
from dashboard.bench.server_process import ServerProcess
from data.bench.result import BenchResult, Measure, machine
from data.bootstrap import open_workbench, read_settings

DECISIONS = 100
BURST = 30
_PAUSE_MS = 260
_TASKS = 600
_BACKLOG = 40_000
_ACTOR = "bench"


def run() -> BenchResult:
    """Decides with the keyboard while the store writes, then checks the ledger."""
    with tempfile.TemporaryDirectory(prefix="moddesk-bench-") as name:
        folder = Path(name)
        store = folder / "bench.duckdb"
        _fill(store)
        with (
            ServerProcess(store, folder / "log.txt", actor=_ACTOR) as server,
            headless() as browser,
        ):
            figures = _first_pages(browser, server.url)
            seen = _decide(browser, server)
        doubled, lost, strays = _check(store, seen["decided"])
        beside = _beside_a_job(folder)
    paints = sorted(seen["paints"])
    how = f"{len(paints)} decisions by keyboard in headless Chromium, the store writing each"
    return BenchResult(
        bench="review",
        machine=machine(),
        results=(
            _measure("key_to_paint_p50_ms", paints[len(paints) // 2], "ms", how),
            _measure("key_to_paint_p95_ms", paints[int(len(paints) * 0.95)], "ms", how),
            _measure(
                "server_cpu_ms_per_decision",
                seen["cpu_seconds"] / DECISIONS * 1000,
                "ms",
                "processor time of the whole server over those decisions",
            ),
            _measure(
                "lost_or_doubled",
                doubled + lost + strays,
                "decisions",
                f"of those and {BURST} presses as fast as a script can send them: presses that "
                "advanced the card against the ledger, by the task that was on screen",
            ),
            _measure(
                "burst_written",
                seen["burst_advanced"],
                "decisions",
                f"of {BURST} presses without a pause; the others fell into the dwell guard",
            ),
            *figures,
            *beside,
        ),
    )


def _beside_a_job(folder: Path) -> list[Measure]:
    """The same decisions while the server scores a long backlog in the background."""
    store = folder / "beside.duckdb"
    _fill(store, backlog=_BACKLOG)
    with (
        ServerProcess(store, folder / "beside.txt", actor=_ACTOR) as server,
        headless() as browser,
    ):
        seen = _decide(browser, server)
    doubled, lost, strays = _check(store, seen["decided"])
    settings = read_settings(database_url=f"duckdb:///{store}", actor=_ACTOR)
    with open_workbench(settings) as workbench, workbench.space.store.reading() as parts:
        left = parts.items.unscored_count(workbench.catalogue.model.model_version_id)
    if not left:
        raise WorkbenchError("The job was over before the decisions: make the backlog longer.")
    paints = sorted(seen["paints"])
    how = f"while a job scores {_BACKLOG:,} items ({_BACKLOG - left:,} of them in that time)"
    return [
        _measure("key_to_paint_p95_beside_job_ms", paints[int(len(paints) * 0.95)], "ms", how),
        _measure("lost_or_doubled_beside_job", doubled + lost + strays, "decisions", how),
    ]


def _measure(name: str, value: float, unit: str, how: str) -> Measure:
    return Measure(name=name, value=round(value, 3), unit=unit, how=how)


def _fill(store: Path, backlog: int = 0) -> None:
    """A store in which everything waits: the random slice takes all items.

    `backlog` more items are not scored yet: the server will.
    """
    import polars as pl  # noqa: PLC0415  # only to write the file

    file = store.with_suffix(".parquet")
    texts = [f"You are an idiot and a liar, number {number}." for number in range(_TASKS)]
    authors = [f"author-{number % 40}" for number in range(_TASKS)]
    pl.DataFrame(
        {"id": [str(number) for number in range(_TASKS)], "text": texts, "author": authors}
    ).with_columns(language=pl.lit("en")).write_parquet(file)
    settings = read_settings(database_url=f"duckdb:///{store}", actor=_ACTOR, random_share=1.0)
    with open_workbench(settings) as workbench:
        workbench.import_file(file, mapping=[], job=NoJob())
        summary = workbench.score(NoJob())
        if backlog:
            words = [f"A post about the weather in town number {n}" for n in range(backlog)]
            ids = [f"later-{number}" for number in range(backlog)]
            pl.DataFrame({"id": ids, "text": words}).with_columns(
                language=pl.lit("en")
            ).write_parquet(file)
            workbench.import_file(file, mapping=[], job=NoJob())
    if summary.task_count < DECISIONS + BURST + 20:
        raise WorkbenchError(f"Only {summary.task_count} tasks wait; the benchmark needs more.")


def _page(browser: Any) -> Any:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script((Path(__file__).parent / "witness.js").read_text(encoding="utf-8"))
    return page


def _first_pages(browser: Any, url: str) -> list[Measure]:
    """Opening each page on the warm server in a fresh tab, and what it received for that."""
    _visit(browser, url, "")
    times = {path: _visit(browser, url, path) for path in ("", "review", "review?mode=List")}
    slowest = max(seconds for seconds, _ in times.values())
    heaviest = max(size for _, size in times.values())
    how = "slowest of Overview, Review and the list: fresh tab until the script rests"
    return [
        _measure("first_page_ms", slowest * 1000, "ms", how),
        _measure("first_payload_mb", heaviest / 1e6, "MB", "most web-socket bytes of those pages"),
    ]


def _visit(browser: Any, url: str, path: str) -> tuple[float, float]:
    page = _page(browser)
    start = time.perf_counter()
    page.goto(f"{url}/{path}")
    page.wait_for_selector(READY, timeout=30_000)
    if path == "review":
        page.locator(".card[data-task]").wait_for(timeout=30_000)
    seconds = time.perf_counter() - start
    page.wait_for_timeout(500)
    received = float(page.evaluate("window.received"))
    page.context.close()
    return seconds, received


def _decide(browser: Any, server: ServerProcess) -> dict[str, Any]:
    page = _page(browser)
    page.goto(f"{server.url}/review")
    page.locator(".card[data-task]").wait_for(timeout=30_000)
    page.wait_for_timeout(1_500)
    for _ in range(5):
        page.keyboard.press("a")
        page.wait_for_timeout(_PAUSE_MS)
    page.evaluate("window.paints.length = 0")
    before = server.cpu_seconds()
    for _ in range(DECISIONS):
        page.keyboard.press("a")
        page.wait_for_timeout(_PAUSE_MS)
    page.wait_for_timeout(1_000)
    cpu_seconds = server.cpu_seconds() - before
    paints = page.evaluate("window.paints")
    advanced = int(page.evaluate("window.presses.filter((each) => each.advanced).length"))
    for _ in range(BURST):
        page.keyboard.press("a")
    page.wait_for_timeout(4_000)
    decided = page.evaluate("window.presses.filter((e) => e.advanced).map((e) => e.task)")
    page.context.close()
    return {
        "paints": paints,
        "cpu_seconds": cpu_seconds,
        "decided": [int(task) for task in decided],
        "burst_advanced": len(decided) - advanced,
    }


def _check(store: Path, decided: list[int]) -> tuple[int, int, int]:
    """(doubled, lost, written without a press), by task."""
    settings = read_settings(database_url=f"duckdb:///{store}", actor=_ACTOR)
    with open_workbench(settings) as workbench, workbench.space.store.reading() as parts:
        tasks = parts.tasks.get(decided)
        counts = {
            task.task_id: sum(
                entry.source is Source.HUMAN and entry.task_id == task.task_id
                for entry in parts.decisions.chain(task.item_id)
            )
            for task in tasks
        }
        midnight = workbench.space.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        written = parts.analytics.decided_count(_ACTOR, midnight)
    doubled = sum(count > 1 for count in counts.values())
    lost = sum(counts.get(task, 0) == 0 for task in set(decided))
    return doubled, lost, max(0, written - len(set(decided)))
