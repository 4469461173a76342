"""The card in a browser: what a test presses, sees and finds in the ledger."""

import json
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Dialog, Locator, Page, Request, expect

#: Notes which task was on screen at every press, and how long its successor took to be painted.
_WITNESS = """
window.presses = []; window.paints = [];
window.cardOf = () => window.card ??= [...document.querySelectorAll('*')]
  .map((one) => one.shadowRoot?.querySelector('.card')).find(Boolean);
window.addEventListener('keydown', (event) => {
  const card = window.cardOf(); if (!card) return;
  const task = card.dataset.task;
  window.presses.push({key: event.key, task});
  const watch = new MutationObserver(() => {
    watch.disconnect();
    requestAnimationFrame(() => { const after = new MessageChannel();
      after.port1.onmessage = () => window.paints.push(performance.now() - event.timeStamp);
      after.port2.postMessage(0); });
  });
  watch.observe(card, {attributes: true, attributeFilter: ['data-task']});
  setTimeout(() => watch.disconnect(), 140);
}, true);
"""


class CardPage:
    """One tab with the card, and the files in which its server notes what it did."""

    def __init__(self, page: Page, url: str, folder: Path, case: str) -> None:
        self.page = page
        self.case = case
        self.foreign: list[str] = []
        self.dialogs: list[str] = []
        self.errors: list[str] = []
        self._url = url
        self._folder = folder
        page.add_init_script(_WITNESS)
        page.on("request", self._on_request)
        page.on("dialog", self._on_dialog)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _on_request(self, request: Request) -> None:
        is_inline = request.url.startswith(("data:", "blob:"))
        if not is_inline and not request.url.startswith(self._url):
            self.foreign.append(request.url)

    def _on_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def open(self, **wanted: object) -> "CardPage":
        """The page of this case, once an item is on screen and can be decided."""
        query = urlencode({"case": self.case, **wanted})
        self.page.goto(f"{self._url}/?{query}")
        self.card.and_(self.page.locator("[data-task]")).wait_for(timeout=30_000)
        self.rest()
        return self

    @property
    def card(self) -> Locator:
        """The card's outermost element."""
        return self.page.locator(".card")

    def part(self, name: str) -> Locator:
        """One named part of the card."""
        return self.page.locator(f".card [data-part='{name}']")

    def button(self, act: str) -> Locator:
        """A button of the action bar."""
        return self.part("actions").locator(f"[data-act='{act}']")

    def task(self) -> str | None:
        """The task on screen."""
        return self.card.get_attribute("data-task")

    def item(self) -> str | None:
        """The item on screen."""
        return self.card.get_attribute("data-item")

    def rest(self, milliseconds: int = 200) -> None:
        """Longer than the guard against keys on an item that was not yet seen."""
        self.page.wait_for_timeout(milliseconds)

    def press(self, *keys: str) -> None:
        """The keys one after the other, each after a look at the screen."""
        for key in keys:
            self.page.keyboard.press(key)
            self.rest()

    def presses(self) -> list[dict[str, str]]:
        """Every key pressed, with the task that was on screen."""
        found: list[dict[str, str]] = self.page.evaluate("window.presses")
        return found

    def expect_saved(self, timeout: int = 15_000) -> None:
        """Waits until the card says that everything is saved."""
        expect(self.part("saving")).to_have_attribute("data-saving", "saved", timeout=timeout)
        expect(self.part("saving-words")).to_have_text("Saved")

    def ledger(self) -> list[dict[str, object]]:
        """What the server applied, in order."""
        path = self._folder / f"{self.case}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def batch_sizes(self) -> list[int]:
        """How many decisions each received batch carried."""
        path = self._folder / f"{self.case}.batches"
        return [int(line) for line in path.read_text().splitlines()] if path.exists() else []

    def deafen(self) -> None:
        """From now on the server loses what it receives."""
        (self._folder / f"{self.case}.deaf").touch()

    def hear_again(self) -> None:
        """The server takes notice again."""
        (self._folder / f"{self.case}.deaf").unlink()
