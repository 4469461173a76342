"""What all browser tests share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from dashboard.bench.headless import headless


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with headless() as opened:
        yield opened
