"""Headless Chromium for benchmarks."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.errors import WorkbenchError

#: A page whose script is not running.
READY = "[data-testid=stApp][data-test-script-state=notRunning]"

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def headless() -> Iterator[Any]:
    """A browser without a window; says what to install when there is none."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  # extra `dev`
    except ImportError as error:
        raise WorkbenchError("This benchmark needs Playwright: make setup installs it.") from error
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise WorkbenchError("This benchmark needs Chromium: apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield browser
        browser.close()
