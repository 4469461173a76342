"""Re-score in a real browser: texts are pasted, and their rows appear while one watches."""

from collections.abc import Iterator

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from core.store.job_handle import NoJob
from dashboard.bench.server_process import ServerProcess
from data.bootstrap import open_workbench, read_settings
from tests.e2e.test_workbench import HOSTILE, READY, Watch

# A loaded machine now and then starves the browser; two more tries, and the report names them.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.flaky(reruns=2),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A store of a few items, scored by the quick model; the default one is tried on them."""
    folder = tmp_path_factory.mktemp("rescore")
    store, file = folder / "store.duckdb", folder / "items.parquet"
    texts = [f"you stupid idiot, number {number}" for number in range(20)]
    pl.DataFrame({"id": [str(number) for number in range(20)], "text": texts}).with_columns(
        language=pl.lit("en")
    ).write_parquet(file)
    settings = read_settings(
        database_url=f"duckdb:///{store}", actor="ann", model="lexical-1", files_dir=folder
    )
    with open_workbench(settings) as workbench:
        workbench.import_file(file, mapping=[], job=NoJob())
        workbench.score(NoJob())
    with ServerProcess(store, folder / "log.txt", actor="ann", model="lexical-1") as process:
        yield process


@pytest.fixture
def page(browser: Browser, server: ServerProcess) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1300})
    tab = context.new_page()
    watch = Watch(tab, server.url)
    yield tab
    watch.check()
    context.close()


def _open(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(READY, timeout=30_000)
    page.locator(".st-key-try_start").wait_for(timeout=30_000)
    page.wait_for_timeout(500)


def _tried(page: Page) -> int:
    """How many rows are said to be there."""
    shown = page.locator(".st-key-trial_facts [data-testid=stMetricValue]").first
    return int(shown.inner_text().replace(",", "")) if shown.count() else 0


def _watched(page: Page, total: int) -> list[int]:
    """The numbers of rows that were seen until all were there."""
    seen: list[int] = []
    for _ in range(1_200):
        found = _tried(page)
        if found and found not in seen:
            seen.append(found)
        if found == total:
            return seen
        page.wait_for_timeout(50)
    raise AssertionError(seen)


def test_rows_of_pasted_texts_appear_while_one_watches(page: Page, server: ServerProcess) -> None:
    _open(page, f"{server.url}/rescore?rescore_part=Own+texts")
    words = "a friend of mine said that this was the best day of the whole long summer "
    texts = [*HOSTILE, *(f"number {number} {words * (1 + number % 12)}" for number in range(196))]
    page.locator(".st-key-try_texts textarea").fill("\n".join(texts))
    page.locator(".st-key-try_start button").click()
    seen = _watched(page, 200)
    assert seen == sorted(seen)
    assert len(seen) >= 3, "all rows came at once"
    # What was hostile is text in the table and in the panel below it.
    table = page.locator("[class*=st-key-trial_rows]")
    expect(table).to_be_visible(timeout=10_000)
    page.wait_for_timeout(500)
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 34 + 17)
    detail = page.locator(".st-key-trial_detail")
    expect(detail).to_contain_text("B: after", timeout=20_000)
    assert page.locator("img[src*=evil]").count() == 0
    assert "number" not in page.url


def test_a_sample_is_tried_kept_and_thrown_away(page: Page, server: ServerProcess) -> None:
    _open(page, f"{server.url}/rescore?try_count=10")
    page.locator(".st-key-try_start button").click()
    _watched(page, 10)
    expect(page.get_by_text("10 of 20 items")).to_be_visible(timeout=10_000)
    page.locator(".st-key-trial_keep button").first.click()
    page.locator(".st-key-trial_keep_0 button").click()
    expect(page.get_by_text("kept for 10 items").first).to_be_visible(timeout=10_000)
    page.keyboard.press("Escape")
    page.locator(".st-key-trial_forget button").click()
    expect(page.locator(".st-key-trial_facts")).to_have_count(0, timeout=10_000)
    # A page that is left and opened again starts with what is stored.
    page.goto(f"{server.url}/rescore?rescore_part=Whole+selection")
    expect(page.get_by_text("10 of 20 have its scores.")).to_be_visible(timeout=20_000)
