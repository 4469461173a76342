"""What works on this machine, and what to do about the rest."""

import shutil
import sys

from core.domain.record import Record
from core.errors import StoreBusyError, WorkbenchError
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
    """Looks at Python, the model, the store and a browser."""
    return [_python(), _model(settings), _store(settings), _browser()]


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


def _store(settings: Settings) -> Finding:
    path = settings.store_path
    if settings.is_embedded and not path.exists():
        advice = "It is made by the first command that needs it, such as moddesk import."
        return Finding(name="store", ok=True, found=f"{path} does not exist yet", advice=advice)
    try:
        with open_workbench(settings) as workbench, workbench.space.store.reading() as parts:
            newest = parts.items.newest_id()
    except StoreBusyError as error:
        return Finding(name="store", ok=True, found=str(error), optional=True)
    except WorkbenchError as error:
        advice = "Name another file with MODDESK_DATABASE_URL, or restore a backup."
        return Finding(name="store", ok=False, found=str(error), advice=advice)
    words = "has items" if newest else "is empty"
    return Finding(name="store", ok=True, found=f"{settings.store_name} opens and {words}")


def _browser() -> Finding:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    advice = None if found else "Only the browser tests need it: apt-get install chromium."
    return Finding(
        name="browser", ok=bool(found), found=found or "no Chromium", advice=advice, optional=True
    )
