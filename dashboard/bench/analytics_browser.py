"""The browser's half of the benchmark `analytics`: a handle is let go, numbers are painted."""

import statistics
import tempfile
from pathlib import Path
from typing import Any

from core.errors import WorkbenchError
from dashboard.bench.headless import READY, headless
from dashboard.bench.server_process import ServerProcess
from data.bench.analytics_bench import filled_store
from data.bench.result import Measure

_TIMES = 12
_LIST = "st-key-scores_items"
_WITNESS = Path(__file__).parent / "pointer_witness.js"


def measures(rows: int) -> list[Measure]:
    """slider_to_paint_ms and brush_to_list_ms on a store of so many items."""
    with tempfile.TemporaryDirectory(prefix="moddesk-bench-") as name:
        folder = Path(name)
        store = folder / "bench.duckdb"
        with filled_store(store, rows):
            pass
        with (
            ServerProcess(store, folder / "log.txt", actor="bench", model="lexical-1") as server,
            headless() as browser,
        ):
            slider = _slider(_open(browser, f"{server.url}/policies", ".st-key-lab_numbers"))
            brush = _brush(_open(browser, f"{server.url}/scores", ".st-key-scores_facts"))
    how = f"{rows:,} items, headless Chromium, median of {_TIMES}; the worst {{0:.0f}}"
    return [
        Measure(
            name="slider_to_paint_ms", value=round(statistics.median(slider), 1), unit="ms",
            how="mouse let go to new numbers painted, " + how.format(max(slider)),
        ),
        Measure(
            name="brush_to_list_ms", value=round(statistics.median(brush), 1), unit="ms",
            how="mouse let go to the facts and the list of the range painted, "
            + how.format(max(brush)),
        ),
    ]  # fmt: skip


def _open(browser: Any, url: str, watched: str) -> Any:
    page = browser.new_context(viewport={"width": 1440, "height": 1300}).new_page()
    page.add_init_script(f"window.watched = {watched!r}; window.listed = {_LIST!r};")
    page.add_init_script(_WITNESS.read_text(encoding="utf-8"))
    page.goto(url)
    # The first look reads the history into memory.
    page.locator(watched).wait_for(timeout=180_000)
    _rest(page)
    return page


def _rest(page: Any) -> None:
    page.wait_for_timeout(300)
    page.wait_for_selector(READY, timeout=60_000)
    page.wait_for_timeout(500)


def _slider(page: Any) -> list[float]:
    thumb = page.locator("[data-testid=stSlider] [data-testid=stSliderThumbValue]").first
    for number in range(_TIMES + 1):
        box = thumb.bounding_box()
        # The value stands above its handle.
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] + 8
        _drag(page, (x, y), (x + (-24 if number % 2 else 30), y))
    return _taken(page, "window.repaints")


def _brush(page: Any) -> list[float]:
    plot = page.locator(".nsewdrag").first
    for number in range(_TIMES + 1):
        box = plot.bounding_box()
        left = box["x"] + box["width"] * (0.3 + 0.03 * number)
        y = box["y"] + box["height"] / 2
        _drag(page, (left, y), (left + box["width"] * 0.2, y + 4))
    return _taken(page, "window.lists")


def _drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=8)
    page.mouse.up()
    _rest(page)


def _taken(page: Any, name: str) -> list[float]:
    taken = [float(each) for each in page.evaluate(name)][1:]
    page.context.close()
    if len(taken) < _TIMES // 2:
        raise WorkbenchError(f"Only {len(taken)} of {_TIMES} drags changed the page.")
    return taken
