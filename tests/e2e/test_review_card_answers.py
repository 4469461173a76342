"""The review card's undo, refusals, claims, display and speed, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.card_harness.card_page import CardPage
from tests.e2e.card_harness.fixtures import (  # noqa: F401  # pytest finds them by name
    OpenCard,
    harness_fixture,
    open_card_fixture,
)

# A loaded machine now and then starves the browser; two more tries, and the report names them.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.flaky(reruns=2),
]

_FAINT_TEXT = (Path(__file__).parent / "card_harness" / "faint_text.js").read_text()


def test_undo_brings_the_item_back_and_the_new_decision_follows_its_new_claim(
    open_card: OpenCard,
) -> None:
    card = open_card()
    task, item = card.task(), card.item()
    card.press("a")
    card.expect_saved()
    card.page.keyboard.press("u")
    assert card.item() == item
    expect(card.part("content")).to_contain_text("You had: Approved.")
    card.press("r", "1")
    card.expect_saved()
    approve, undo, reject = card.ledger()
    assert (undo["kind"], undo["undoes"]) == ("undo", approve["uid"])
    assert (reject["outcome"], reject["item_id"]) == ("reject", item)
    assert (reject["fence"], approve["task_id"]) == (7, task)


def test_undo_of_an_unsaved_decision_is_sent_after_it(open_card: OpenCard) -> None:
    card = open_card()
    item = card.item()
    card.deafen()
    card.press("a", "u", "i", "a")
    card.hear_again()
    card.expect_saved()
    ledger = card.ledger()
    assert sorted(str(entry["outcome"]) for entry in ledger) == [
        "None", "approve", "approve", "invalidate",
    ]  # fmt: skip
    told = [entry["outcome"] or entry["kind"] for entry in ledger if entry["item_id"] == item]
    assert told == ["approve", "undo", "invalidate"]


def test_undo_restores_the_note_and_the_decisions_before_it_too(open_card: OpenCard) -> None:
    card = open_card()
    first = card.item()
    card.press("n")
    card.page.keyboard.type("second offence")
    card.press("Control+Enter", "a")
    second = card.item()
    card.press("i", "u")
    assert card.item() == second
    card.press("u")
    assert card.item() == first
    expect(card.part("note-field")).to_have_value("second offence")


def test_a_refused_decision_says_why_and_goes_on(open_card: OpenCard) -> None:
    card = open_card(refuse="gone")
    item = card.item()
    card.press("a")
    expect(card.part("notice-words")).to_contain_text("anna decided reject on this item")
    expect(card.part("notice-words")).to_contain_text("Re: last night's match #0")
    assert card.item() != item
    card.expect_saved()
    card.press("Escape")
    expect(card.part("notice")).to_be_hidden()


def test_a_refused_decision_comes_back_after_the_item_on_screen(open_card: OpenCard) -> None:
    card = open_card(refuse="back")
    first = card.item()
    card.press("a")
    second = card.item()
    card.expect_saved()
    assert card.item() == second
    card.press("a")
    assert card.item() == first
    expect(card.part("content")).to_contain_text("the policy changed while you read")
    card.press("e")
    card.expect_saved()
    assert [(entry["item_id"], entry["fence"]) for entry in card.ledger()] == [
        (second, 1), (first, 2),
    ]  # fmt: skip


def test_a_severe_item_is_blurred_until_asked_for(open_card: OpenCard) -> None:
    card = open_card(special="severe")
    expect(card.card).to_have_attribute("data-veiled", "true")
    assert "blur" in card.part("content").evaluate("one => getComputedStyle(one).filter")
    card.page.keyboard.down(" ")
    expect(card.card).to_have_attribute("data-veiled", "false")
    card.page.keyboard.up(" ")
    expect(card.card).to_have_attribute("data-veiled", "true")
    card.page.mouse.move(600, 400)
    card.page.mouse.move(605, 405)
    expect(card.card).to_have_attribute("data-veiled", "false")
    card.press("a")
    expect(card.card).to_have_attribute("data-veiled", "true")
    card.press("b")
    expect(card.card).to_have_attribute("data-veiled", "false")


def test_highlights_switched_off_are_reported_as_not_shown(open_card: OpenCard) -> None:
    card = open_card()
    card.press("a", "h", "a", "a")
    card.expect_saved()
    assert [entry["highlight_shown"] for entry in card.ledger()] == [True, True, False]


def test_the_help_lists_the_keys_and_holds_them_back(open_card: OpenCard) -> None:
    card = open_card()
    task = card.task()
    card.press("?", "a", "i")
    expect(card.part("help")).to_contain_text("Collect several reasons")
    assert card.task() == task
    card.press("Escape", "a")
    expect(card.part("help")).to_be_hidden()
    assert card.task() != task


def test_keys_rest_while_a_dialog_is_open(open_card: OpenCard) -> None:
    card = open_card()
    task = card.task()
    card.page.evaluate(
        "document.body.append(Object.assign(document.createElement('div'), {role: 'dialog'}))"
    )
    card.press("a")
    assert card.task() == task


def test_the_claim_counts_down_and_warns(open_card: OpenCard) -> None:
    card = open_card(special="expiring")
    expect(card.part("claim")).to_contain_text("Claim 0:1")
    assert "warm" in (card.part("claim").get_attribute("class") or "")


def test_time_without_input_is_not_handling_time(open_card: OpenCard) -> None:
    card = open_card()
    card.page.clock.install()
    card.open()
    card.page.clock.fast_forward("10:00")
    card.press("a")
    card.expect_saved()
    [entry] = card.ledger()
    assert 60 <= float(str(entry["handling_seconds"])) < 75


def test_an_empty_queue_says_so(open_card: OpenCard) -> None:
    card = open_card(count=1)
    card.press("a")
    expect(card.part("placeholder")).to_contain_text("Nothing waits in this queue.")
    card.press("a", "r", "1")
    card.expect_saved()
    assert len(card.ledger()) == 1


def test_an_exhausted_buffer_loads_and_goes_on(open_card: OpenCard) -> None:
    card = open_card(count=12, hold=2)
    card.deafen()
    card.press("a", "a")
    expect(card.part("placeholder")).to_contain_text("Loading the next items…")
    card.hear_again()
    card.expect_saved()
    expect(card.part("content")).to_contain_text("They are lying to you #2")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(open_card: OpenCard, scheme: str) -> None:
    card = open_card(special="hostile")
    card.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a Literal
    card.open(special="hostile")
    card.press("r", "n")
    card.page.keyboard.type("note")
    faint = card.page.evaluate(_FAINT_TEXT)
    card.press("Escape", "Enter", "u", "?")
    assert faint + card.page.evaluate(_FAINT_TEXT) == []


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1100, 800), (380, 780)])
def test_the_buttons_are_in_sight_without_scrolling(
    open_card: OpenCard, width: int, height: int
) -> None:
    card = open_card(special="long")
    card.page.set_viewport_size({"width": width, "height": height})
    card.press("r")
    card.rest(1200)
    for act in ("approve", "help"):
        box = card.button(act).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height
        assert box["x"] + box["width"] <= width


def _paints(card: CardPage) -> list[float]:
    found: list[float] = card.page.evaluate("window.paints")
    return found


def test_enormous_items_are_painted(open_card: OpenCard) -> None:
    card = open_card(special="long")
    card.press("a", "a", "a")
    card.rest(500)
    assert len(_paints(card)) == 3
    assert card.card.locator(".glyph").count() <= 400


def test_every_press_paints_the_next_item_without_waiting_for_the_server(
    open_card: OpenCard,
) -> None:
    card = open_card(count=120, hold=40)
    for _ in range(50):
        card.page.keyboard.press("a")
        card.page.wait_for_timeout(220)
    card.expect_saved()
    assert len(card.ledger()) == 50
    assert len(_paints(card)) == 50
