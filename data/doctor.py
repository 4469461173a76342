"""What works on this machine, and what to do about the rest."""

import shutil
import sys
from collections.abc import Iterator
from datetime import datetime

from core.domain.record import Record
from core.domain.webhook import WebhookState
from core.errors import StoreBusyError, WorkbenchError
from core.usecases.manage_webhooks import WebhookRow, list_webhooks
from data.bootstrap import open_workbench, registry_of
from data.settings import Settings


class Finding(Record):
    """One thing that was looked at."""

    name: str
    ok: bool
    found: str
    advice: str | None = None
    optional: bool = False


def diagnose(settings: Settings) -> list[Finding]:
    """Looks at Python, the model, the store, what webhooks were not told, and a browser."""
    return [_python(), _model(settings), *_store(settings), _browser()]


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    ok = sys.version_info >= (3, 11)
    advice = None if ok else "Install Python 3.11 and run make setup again."
    return Finding(name="python", ok=ok, found=found, advice=advice)


def _model(settings: Settings) -> Finding:
    try:
        registry = registry_of(settings)
        classifier = registry.get(settings.model)
        classifier.score(["hello"])
    except WorkbenchError as error:
        advice = "Set MODDESK_MODEL to lexical-1, or install ModDesk again."
        return Finding(name="model", ok=False, found=str(error), advice=advice)
    found = f"{classifier.name} {classifier.version}, digest {classifier.digest[:12]}"
    return Finding(
        name="model", ok=registry.notice is None, found=found, advice=registry.notice, optional=True
    )


def _store(settings: Settings) -> list[Finding]:
    """The store, and what stands in it about webhooks when there are any."""
    path = settings.store_path
    if settings.is_embedded and not path.exists():
        advice = "It is made by the first command that needs it, such as moddesk import."
        found = f"{path} does not exist yet"
        return [Finding(name="store", ok=True, found=found, advice=advice)]
    try:
        with open_workbench(settings) as workbench:
            with workbench.space.store.reading() as parts:
                newest = parts.items.newest_id()
            told = list_webhooks(workbench.space, workbench.operator)
            now = workbench.space.clock.now()
    except StoreBusyError as error:
        return [Finding(name="store", ok=True, found=str(error), optional=True)]
    except WorkbenchError as error:
        advice = "Name another file with MODDESK_DATABASE_URL, or restore a backup."
        return [Finding(name="store", ok=False, found=str(error), advice=advice)]
    words = "has items" if newest else "is empty"
    store = Finding(name="store", ok=True, found=f"{settings.store_name} opens and {words}")
    return [store, _webhooks(told, now)] if told else [store]


def _webhooks(rows: list[WebhookRow], now: datetime) -> Finding:
    """What is not told: an endpoint's trouble, so nothing of this machine is missing."""
    troubles = [trouble for row in rows for trouble in _troubles(row, now)]
    count = f"{len(rows)} webhook{'s' if len(rows) != 1 else ''}"
    advice = "See the page Webhooks, or moddesk webhooks log." if troubles else None
    return Finding(
        name="webhooks", ok=not troubles, found="; ".join([count, *troubles]), advice=advice,
        optional=True,
    )  # fmt: skip


def _troubles(row: WebhookRow, now: datetime) -> Iterator[str]:
    if row.counts.dead_count:
        yield f"{row.webhook.name} has {row.counts.dead_count:,} dead letters"
    if row.webhook.state is WebhookState.PAUSED:
        yield f"{row.webhook.name} is paused, {row.counts.waiting_count:,} wait"
    elif row.rest is not None and row.rest.until > now:
        yield f"{row.webhook.name} does not answer, {row.counts.waiting_count:,} wait"


def _browser() -> Finding:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    advice = None if found else "Only the browser tests need it: apt-get install chromium."
    return Finding(
        name="browser", ok=bool(found), found=found or "no Chromium", advice=advice, optional=True
    )
