"""Checkpoints that were added: one JSON file each, written once and never changed."""

import re
from datetime import datetime
from pathlib import Path

import orjson
from pydantic import ValidationError

from core.domain.label import Label
from core.domain.record import Record
from core.engine.checkpoints.activation import Activation
from core.errors import ModelError

_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{0,99}$")


class Registration(Record):
    """What was vetted when a checkpoint was added; loading compares with it."""

    name: str
    source: str
    """The folder or hub name it was added from."""

    folder: Path
    revision: str
    digest: str
    labels: tuple[Label, ...]
    source_labels: tuple[str, ...]
    label_map: dict[str, Label | None]
    """The map that was given by hand; what is known of a name is not repeated."""

    activation: Activation
    fused: bool
    """Whether our forward pass runs it; else the plain Hugging Face model does."""

    largest_difference: float | None
    """Between our forward pass and the plain model, over fixed texts; None when plain."""

    torch_version: str
    added_at: datetime
    added_by: str

    @property
    def version(self) -> str:
        """The revision, or the digest's beginning for a local folder."""
        return self.digest[:8] if self.revision == "local" else self.revision[:8]


def name_of(source: str) -> str:
    """The registered name of a source: its last part, in lower case."""
    return re.sub(r"[^a-z0-9._-]+", "-", Path(source).name.lower()).strip("-._")


def check_name(name: str, taken: list[str]) -> None:
    """Raises ModelError unless the name is free and fit for commands and links."""
    if not _NAME.match(name):
        raise ModelError(
            f"{name!r} is no name for a model: use lower-case letters, digits, dots and hyphens."
        )
    if name in taken:
        raise ModelError(
            f"There is a model {name} already, and models never change. Choose another --name."
        )


def save_registration(folder: Path, registration: Registration) -> Path:
    """Writes the file; an existing one is never replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{registration.name}.json"
    with path.open("xb") as opened:
        opened.write(registration.model_dump_json(indent=2).encode() + b"\n")
    return path


def read_registrations(folder: Path | None) -> dict[str, Registration]:
    """The registrations of a folder by name; a damaged file is named."""
    if folder is None or not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            registration = Registration.model_validate(orjson.loads(path.read_bytes()))
        except (OSError, orjson.JSONDecodeError, ValidationError) as error:
            raise ModelError(f"The registration {path} is damaged: {error}") from error
        found[registration.name] = registration
    return found
