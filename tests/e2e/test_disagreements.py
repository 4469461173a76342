"""Disagreements are sent to blind review, answered by keyboard and counted, in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from core.domain.decision import Decision, Outcome
from core.domain.label import Label
from core.domain.policy import LabelThresholds, ThresholdRule
from core.store.job_handle import NoJob
from core.usecases.manage_policies import save_draft
from dashboard.bench.server_process import ServerProcess
from data.bootstrap import open_workbench, read_settings
from tests.e2e.test_workbench import READY, Watch

# A loaded machine now and then starves the browser; two more tries, and the report names them.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.flaky(reruns=2),
]

#: Approves everything, whatever is rejected or reviewed by the live policy.
MILD = ThresholdRule(thresholds={Label.TOXICITY: LabelThresholds(approve_below=1.0)})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with items that the live policy decided itself, and a policy that differs."""
    file = tmp_path / "items.parquet"
    insults = [f"you stupid idiot, shut up you moron number {number}" for number in range(30)]
    harmless = [f"See you at lunch tomorrow, number {number}" for number in range(60)]
    texts = [*insults, *harmless]
    pl.DataFrame({"id": [str(number) for number in range(len(texts))], "text": texts}).with_columns(
        language=pl.lit("en")
    ).write_parquet(file)
    settings = read_settings(
        database_url=f"duckdb:///{tmp_path}/store.duckdb", actor="ann", model="lexical-1",
        files_dir=tmp_path, random_share=0.0,
    )  # fmt: skip
    with open_workbench(settings) as workbench:
        workbench.import_file(file, mapping=[], job=NoJob())
        workbench.score(NoJob())
        mild = save_draft(
            workbench.space, workbench.operator, name="mild", rule=MILD,
            model=workbench.catalogue.model,
        )  # fmt: skip
    (tmp_path / "policy").write_text(str(mild.policy_version_id))
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[ServerProcess]:
    with ServerProcess(
        folder / "store.duckdb", folder / "log.txt", actor="ann", model="lexical-1"
    ) as process:
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
    page.wait_for_timeout(800)


def _press_until_gone(page: Page, key: str, selector: str) -> None:
    """Presses again, as a person would: the card leaves keys that come too soon after it was
    painted, and a loaded machine paints late.
    """
    for _ in range(6):
        page.wait_for_timeout(400)
        page.keyboard.press(key)
        try:
            expect(page.locator(selector)).to_have_count(0)
        except AssertionError:
            continue
        return
    expect(page.locator(selector)).to_have_count(0)


def _decided(folder: Path) -> list[Decision]:
    """What people decided, read after the server ended."""
    settings = read_settings(
        database_url=f"duckdb:///{folder}/store.duckdb", actor="ann", model="lexical-1",
        files_dir=folder,
    )  # fmt: skip
    with open_workbench(settings) as workbench, workbench.space.store.reading() as parts:
        (review,) = parts.disagreements.all()
        answers = parts.disagreements.answers(review.review_id)
        items = answers.filter(pl.col("outcome").is_not_null())["item_id"].to_list()
        return [parts.decisions.chain(each)[-1] for each in items]


def test_two_blind_answers_by_keyboard_are_counted_by_the_verdict(
    page: Page, server: ServerProcess, folder: Path
) -> None:
    link = f"{server.url}/compare?tab=Disagreements&pb={(folder / 'policy').read_text()}"
    _open(page, link)
    page.get_by_role("button", name=re.compile(r"Send \d+ to blind review")).click()
    expect(page.get_by_text("Nobody has answered yet")).to_be_visible(timeout=15_000)
    page.get_by_role("link", name="Answer in Review").click()
    card = page.locator('.card[data-state="item"]')
    card.wait_for(timeout=30_000)
    expect(card).to_contain_text("Scores are hidden so that your answer is your own.")
    for word in ("lexical", "default v1", "Policy verdict", "Why it comes first", "Toxicity"):
        expect(card).not_to_contain_text(word)
    assert card.locator("mark, .score, .term").count() == 0
    first = card.get_attribute("data-task")
    _press_until_gone(page, "a", f'.card[data-task="{first}"]')
    page.wait_for_timeout(400)
    page.keyboard.press("r")
    page.keyboard.press("1")
    expect(card).to_contain_text("Rejected as")
    expect(page.locator("[data-part=saving-words]")).to_have_text("Saved", timeout=15_000)
    _open(page, link)
    expect(page.get_by_text("2 items answered: A alone was wrong on")).to_be_visible(timeout=15_000)
    server.stop()
    entries = _decided(folder)
    assert sorted(each.outcome for each in entries) == [Outcome.APPROVE, Outcome.REJECT]
    assert {(each.score_shown, each.highlight_shown) for each in entries} == {(False, False)}
