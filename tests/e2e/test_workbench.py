"""The whole workbench in a real browser: served as a user serves it, on a real store."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from core.domain.decision import Decision, Outcome, Source
from core.domain.role import Role
from core.store.job_handle import NoJob
from core.usecases.manage_people import add_person
from dashboard.bench.server_process import ServerProcess
from data.bootstrap import open_workbench, read_settings

# A loaded machine now and then starves the browser; two more tries, and the report names them.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.flaky(reruns=2),
]

READY = "[data-testid=stApp][data-test-script-state=notRunning]"
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src='https://evil.example/x.png' onerror='alert(2)'>",
    "![pixel](https://evil.example/pixel.png) :red[text] [link](javascript:alert(3))",
    "\u202egpj.exe and zero\u200bwidth",
)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store in which everything waits, hostile texts among it."""
    path = tmp_path / "store.duckdb"
    texts = [*HOSTILE, *(f"See you at lunch tomorrow, number {number}" for number in range(60))]
    file = tmp_path / "items.parquet"
    pl.DataFrame(
        {
            "id": [str(number) for number in range(len(texts))],
            "text": texts,
            "title": [HOSTILE[number % 4] if number < 8 else None for number in range(len(texts))],
            "author": [HOSTILE[1][:40] if number < 4 else "ben" for number in range(len(texts))],
        }
    ).with_columns(language=pl.lit("en")).write_parquet(file)
    settings = read_settings(database_url=f"duckdb:///{path}", actor="ann", random_share=1.0)
    with open_workbench(settings) as workbench:
        workbench.import_file(file, mapping=[], job=NoJob())
        workbench.score(NoJob())
    return path


@pytest.fixture
def server(store: Path, tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(store, tmp_path / "log.txt", actor="ann") as process:
        yield process


class Watch:
    """What must not happen in a tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.foreign: list[str] = []
        self.dialogs: list[str] = []
        self.errors: list[str] = []
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((url, "data:", "blob:"))
                else self.foreign.append(request.url)
            ),
        )
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def check(self) -> None:
        assert (self.foreign, self.dialogs, self.errors) == ([], [], [])


@pytest.fixture
def page(browser: Browser, server: ServerProcess) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    watch = Watch(tab, server.url)
    yield tab
    watch.check()
    context.close()


def _review(page: Page, server: ServerProcess) -> None:
    page.goto(f"{server.url}/review")
    page.locator(".card[data-task]").wait_for(timeout=30_000)
    page.wait_for_timeout(800)


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(250)


def _saved(page: Page) -> None:
    expect(page.locator(".card")).to_contain_text("Saved", timeout=15_000)
    page.wait_for_timeout(500)


def _ledger(store: Path) -> list[Decision]:
    settings = read_settings(database_url=f"duckdb:///{store}", actor="ann")
    entries: list[Decision] = []
    with open_workbench(settings) as workbench, workbench.space.store.reading() as parts:
        ids = [
            int(event.subject.removeprefix("item:"))
            for event in parts.audit.events()
            if event.verb.startswith("decision.")
        ]
        for item_id in dict.fromkeys(ids):
            entries += [e for e in parts.decisions.chain(item_id) if e.source is Source.HUMAN]
    return sorted(entries, key=lambda entry: entry.decision_seq)


def test_a_reviewer_works_with_the_keyboard_alone(
    page: Page, server: ServerProcess, store: Path
) -> None:
    _review(page, server)
    _press(page, "a", "r", "1", "e", "i", "u", "a")
    _saved(page)
    expect(page.locator(".card")).to_contain_text("decided today")
    server.stop()
    outcomes = [entry.outcome for entry in _ledger(store)]
    assert outcomes == [
        Outcome.APPROVE, Outcome.REJECT, Outcome.ESCALATE, Outcome.INVALIDATE, Outcome.WITHDRAW,
        Outcome.APPROVE,
    ]  # fmt: skip


def test_what_was_shown_as_saved_survives_a_kill(
    page: Page, server: ServerProcess, store: Path
) -> None:
    _review(page, server)
    _press(page, *"aaaaa")
    _saved(page)
    server.kill()
    assert len(_ledger(store)) == 5


def test_a_reload_goes_on_with_the_same_items(page: Page, server: ServerProcess) -> None:
    _review(page, server)
    before = page.locator(".card").get_attribute("data-task")
    page.reload()
    page.locator(".card[data-task]").wait_for(timeout=30_000)
    assert page.locator(".card").get_attribute("data-task") == before


def test_rows_are_decided_together_and_undone_together(
    page: Page, server: ServerProcess, store: Path
) -> None:
    page.goto(f"{server.url}/review?mode=List")
    page.wait_for_selector(READY)
    table = page.locator(".stDataFrame").first
    table.wait_for()
    page.wait_for_timeout(1_000)
    box = table.bounding_box()
    assert box is not None
    for row in (1, 2, 3):
        page.mouse.click(box["x"] + 16, box["y"] + 36 * row + 18)
        page.wait_for_timeout(600)
    page.locator(".st-key-bulk_reject button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Reject 3 items?")
    confirm = dialog.locator(".st-key-bulk_confirm button").first
    expect(confirm).to_be_disabled()
    dialog.get_by_text("Spam", exact=True).click()
    expect(confirm).to_be_enabled()
    confirm.click()
    expect(page.locator(".st-key-batch")).to_contain_text("Reject: 3 of 3 items", timeout=10_000)
    page.locator(".st-key-undo_batch button").click()
    expect(page.locator(".st-key-batch")).to_contain_text("Taken back: 3", timeout=10_000)
    server.stop()
    outcomes = [entry.outcome for entry in _ledger(store)]
    assert outcomes == [Outcome.REJECT] * 3 + [Outcome.WITHDRAW] * 3


def test_hostile_content_is_text_on_every_page(page: Page, server: ServerProcess) -> None:
    for path in ("", "review?mode=List", "import", "export", "review?mode=List&search=evil"):
        page.goto(f"{server.url}/{path}")
        page.wait_for_selector(READY)
        page.wait_for_timeout(700)
    _review(page, server)
    _press(page, *"aaaa")
    _saved(page)


def test_every_page_is_light(page: Page, server: ServerProcess) -> None:
    received = 0

    def count(frame: bytes | str) -> None:
        nonlocal received
        received += len(frame)

    page.on("websocket", lambda socket: socket.on("framereceived", count))
    for path in ("", "review", "review?mode=List", "import", "export"):
        received = 0
        page.goto(f"{server.url}/{path}")
        page.wait_for_selector(READY)
        page.wait_for_timeout(700)
        assert 0 < received < 500_000, path


def test_the_default_model_marks_words_in_review_and_where_a_text_is_tried(
    browser: Browser, tmp_path: Path
) -> None:
    store, file = tmp_path / "ensemble.duckdb", tmp_path / "items.parquet"
    texts = ["You are a stupid idiot, go away.", "See you at lunch tomorrow.", "lovely photo"]
    pl.DataFrame({"id": ["1", "2", "3"], "text": texts, "language": ["en"] * 3}).write_parquet(file)
    settings = read_settings(
        database_url=f"duckdb:///{store}", actor="ann", random_share=1.0, model="ensemble"
    )
    with open_workbench(settings) as workbench:
        workbench.import_file(file, mapping=[], job=NoJob())
        workbench.score(NoJob())
    page = browser.new_context().new_page()
    with ServerProcess(store, tmp_path / "log.txt", actor="ann", model="ensemble") as server:
        page.goto(f"{server.url}/models")
        page.locator(".st-key-try_text textarea").fill("what a stupid i.d.i.o.t 🐍 you are")
        page.locator(".stForm button").first.click()
        expect(page.get_by_text("i.d.i.o.t", exact=True)).to_be_visible(timeout=30_000)
        expect(page.get_by_text("Scored in")).to_contain_text("ensemble-1")
        page.goto(f"{server.url}/review")
        page.locator(".card[data-task]").wait_for(timeout=30_000)
        expect(page.locator(".card")).to_be_visible()
    page.context.close()


def test_two_reviewers_see_each_other_and_never_the_same_item(
    browser: Browser, tmp_path: Path, store: Path
) -> None:
    settings = read_settings(database_url=f"duckdb:///{store}", random_share=1.0)
    with open_workbench(settings) as workbench:
        for name in ("ann", "bo"):
            add_person(workbench.space, workbench.operator, workbench.passwords, name=name,
                       role=Role.ADMIN, tenants=None, password="correct horse battery")  # fmt: skip
    with ServerProcess(store, tmp_path / "two.txt") as server:
        pages = {}
        for name in ("ann", "bo"):
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.goto(f"{server.url}/review")
            page.fill("input[name=name]", name)
            page.fill("input[name=password]", "correct horse battery")
            page.click("button")
            page.locator(".card[data-task]").wait_for(timeout=30_000)
            page.wait_for_timeout(800)
            pages[name] = page
        expect(pages["bo"].locator(".card")).to_contain_text("Also looking: ann")
        tasks = {page.locator(".card").get_attribute("data-task") for page in pages.values()}
        assert len(tasks) == 2
        # Ann looks at a list while Bo decides; the list tells her within two seconds or so.
        pages["ann"].goto(f"{server.url}/review?mode=List")
        pages["ann"].get_by_text("1–").first.wait_for(timeout=20_000)
        pages["ann"].wait_for_timeout(1000)
        _press(pages["bo"], "a")
        _saved(pages["bo"])
        expect(pages["ann"].get_by_text("1 here decided by bo")).to_be_visible(timeout=4_000)
        # Signed out elsewhere, the open page says so at the next click.
        other = pages["bo"].context.new_page()
        other.goto(f"{server.url}/sign-out")
        other.get_by_role("button", name="Sign out").click()
        pages["bo"].wait_for_timeout(1200)
        pages["bo"].goto(f"{server.url}/review")
        expect(pages["bo"].get_by_role("button", name="Sign in")).to_be_visible()
        for page in pages.values():
            page.context.close()
