"""Where an export is written: one new file in the export folder, whatever it is called."""

import re
import secrets
from datetime import datetime
from pathlib import Path


def new_export_file(folder: Path, name: str, ending: str, now: datetime) -> Path:
    """A path in the folder that no other export has, even of the same second."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = now.strftime("%Y%m%dT%H%M%S")
    return folder / f"{_plain(name)}-{stamp}-{secrets.token_hex(4)}.{_plain(ending)}"


def _plain(part: str) -> str:
    """Lower-case letters, digits and hyphens: nothing that means something in a path."""
    return re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-")[:40] or "export"
