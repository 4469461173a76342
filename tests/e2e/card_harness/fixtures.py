"""What the card's browser tests start from: a server and a tab that watches itself."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.card_harness.card_page import CardPage
from tests.e2e.card_harness.serve import HarnessProcess

OpenCard = Callable[..., CardPage]


@pytest.fixture(name="harness", scope="module")
def harness_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HarnessProcess]:
    process = HarnessProcess(tmp_path_factory.mktemp("card")).start()
    yield process
    process.stop()


@pytest.fixture(name="open_card")
def open_card_fixture(
    harness: HarnessProcess, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[OpenCard]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    case = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    # A new try must not meet the server's memory of the one before.
    case += f"-{getattr(request.node, 'execution_count', 1)}"
    card = CardPage(context.new_page(), harness.url, harness.folder, case)
    yield card.open
    assert card.errors == []
    assert card.foreign == []
    assert card.dialogs == []
    context.close()
