"""The review card in a real browser, against an in-memory server that can lose and refuse."""

from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.card_harness.card_page import CardPage
from tests.e2e.card_harness.fixtures import (  # noqa: F401  # pytest finds them by name
    OpenCard,
    harness_fixture,
    open_card_fixture,
)
from tests.e2e.card_harness.serve import HarnessProcess

# A loaded machine now and then starves the browser; two more tries, and the report names them.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.flaky(reruns=2),
]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["a"], {"kind": "decide", "outcome": "approve", "reasons": []}),
        (["e"], {"kind": "decide", "outcome": "escalate"}),
        (["f"], {"kind": "decide", "outcome": "escalate"}),
        (["i"], {"kind": "decide", "outcome": "invalidate"}),
        (["r", "3"], {"outcome": "reject", "reasons": ["hate_speech"]}),
        (["r", "Enter"], {"outcome": "reject", "reasons": ["toxicity", "hate_speech"]}),
        (
            ["r", "Shift+Digit1", "Shift+Digit4", "Enter"],
            {"outcome": "reject", "reasons": ["spam", "violence"]},
        ),
        (["s", "2"], {"kind": "skip", "outcome": None, "reason": "too_hard"}),
    ],
    ids=["approve", "escalate", "escalate-f", "invalid", "digit", "cited", "several", "skip"],
)
def test_every_outcome_has_a_keyboard_path(
    open_card: OpenCard, keys: list[str], expected: dict[str, object]
) -> None:
    card = open_card()
    task, item = card.task(), card.item()
    card.press(*keys)
    card.expect_saved()
    [entry] = card.ledger()
    assert {name: entry[name] for name in expected} == expected
    assert (entry["task_id"], entry["item_id"]) == (task, item)
    assert card.task() != task


def test_every_decision_button_works_with_the_mouse(open_card: OpenCard) -> None:
    card = open_card()
    for act in ("approve", "escalate", "invalidate"):
        card.button(act).click()
        card.rest()
    card.button("reject").click()
    card.part("reasons").get_by_role("button", name="Violence").click()
    card.rest()
    card.button("reject").click()
    card.part("reasons").get_by_role("button", name="Several").click()
    card.part("reasons").get_by_role("button", name="Spam").click()
    card.part("reasons").get_by_role("button", name="Confirm").click()
    card.rest()
    card.button("skip").click()
    card.part("skips").get_by_role("button", name="I know the people").click()
    card.expect_saved()
    ledger = card.ledger()
    assert [entry["outcome"] for entry in ledger] == [
        "approve", "escalate", "invalidate", "reject", "reject", None,
    ]  # fmt: skip
    assert [entry["reasons"] for entry in ledger[3:5]] == [["violence"], ["toxicity", "spam"]]
    assert ledger[5]["reason"] == "involved"


@pytest.mark.parametrize("dwell", [0, 150])
def test_thirty_presses_as_fast_as_possible_decide_only_what_was_on_screen(
    open_card: OpenCard, dwell: int
) -> None:
    card = open_card(count=60, hold=40, dwell=dwell)
    for _ in range(30):
        card.page.keyboard.press("a")
    card.expect_saved()
    presses = card.presses()
    seen = [press["task"] for press in presses] + [card.task()]
    accepted = [task for task, following in pairwise(seen) if task != following]
    ignored = int(card.card.get_attribute("data-ignored") or 0)
    ledger = card.ledger()
    assert [entry["task_id"] for entry in ledger] == accepted
    assert len({entry["uid"] for entry in ledger}) == len(ledger)
    assert len(ledger) + ignored == len(presses) == 30
    assert (ignored == 0) == (dwell == 0)


def test_deliberate_presses_are_never_ignored(open_card: OpenCard) -> None:
    card = open_card(count=60)
    for _ in range(30):
        card.page.keyboard.press("a")
        card.page.wait_for_timeout(420)
    card.expect_saved()
    assert [entry["task_id"] for entry in card.ledger()] == [one["task"] for one in card.presses()]
    assert card.card.get_attribute("data-ignored") is None


def test_a_held_key_decides_once(open_card: OpenCard) -> None:
    card = open_card()
    for _ in range(8):
        card.page.keyboard.down("a")
        card.rest(180)
    card.page.keyboard.up("a")
    card.expect_saved()
    assert len(card.ledger()) == 1


def test_hostile_text_stays_text(open_card: OpenCard) -> None:
    card = open_card(special="hostile")
    for part in ("content", "facts"):
        expect(card.part(part)).to_contain_text("<script>alert(1)</script> <img src=https://evil")
        expect(card.part(part)).to_contain_text("![beacon](https://evil.invalid/y.png)")
    assert card.card.locator("img, script, a, iframe, form").count() == 0
    body = card.card.locator(".body")
    expect(body.locator(".glyph").first).to_have_text("U+202E")
    expect(body.locator(".glyph").last).to_have_text("U+200B ×3")
    text = body.text_content() or ""
    assert "\u202e" not in text
    assert "👨\u200d👩\u200d👧" in text


def test_typing_a_note_decides_nothing_and_goes_with_the_decision(open_card: OpenCard) -> None:
    card = open_card()
    task = card.task()
    card.press("n")
    card.page.keyboard.type("a rice escalation, 100%?")
    assert card.task() == task
    card.press("Escape", "a")
    card.expect_saved()
    [entry] = card.ledger()
    assert (entry["outcome"], entry["note"]) == ("approve", "a rice escalation, 100%?")
    expect(card.page.get_by_text("full runs 1")).to_be_visible()


def test_streamlits_own_keys_do_not_fire(open_card: OpenCard) -> None:
    card = open_card()
    card.press("c", "r", "r", "c")
    expect(card.page.get_by_text("full runs 1")).to_be_visible()
    assert card.page.evaluate("document.querySelector('[role=dialog]')") is None


def test_unanswered_decisions_are_sent_again_until_the_server_takes_them(
    open_card: OpenCard,
) -> None:
    card = open_card()
    card.deafen()
    card.press("a", "i")
    expect(card.part("banner")).to_have_text(
        "Not saved yet: 2 decisions. They are kept in this tab and sent again when the connection "
        "is back.",
        timeout=20_000,
    )
    assert card.batch_sizes().count(2) >= 3
    card.hear_again()
    card.expect_saved()
    expect(card.part("banner")).to_be_hidden()
    assert [entry["outcome"] for entry in card.ledger()] == ["approve", "invalidate"]


def test_a_reload_keeps_what_was_not_saved(open_card: OpenCard) -> None:
    card = open_card()
    card.deafen()
    first = card.task()
    card.press("a")
    second = card.task()
    card.page.reload()
    card.card.and_(card.page.locator("[data-task]")).wait_for(timeout=20_000)
    assert card.task() == second
    expect(card.part("saving")).to_have_attribute("data-saving", "saving")
    card.hear_again()
    card.expect_saved()
    assert [entry["task_id"] for entry in card.ledger()] == [first]


@pytest.mark.slow
def test_decisions_made_while_the_server_is_dead_arrive_when_it_is_back(
    browser: Browser, tmp_path: Path
) -> None:
    process = HarnessProcess(tmp_path).start()
    page = browser.new_context().new_page()
    try:
        card = CardPage(page, process.url, tmp_path, "killed").open()
        card.press("a")
        card.expect_saved()
        process.stop()
        card.press("i", "a")
        made = [press["task"] for press in card.presses()]
        expect(card.part("banner")).to_contain_text("2 decisions", timeout=20_000)
        process.start()
        card.expect_saved(timeout=40_000)
        assert [entry["task_id"] for entry in card.ledger()] == made
    finally:
        page.context.close()
        process.stop()
