"""Recalibrated versions of models: one file each, written once and never changed."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Self

import orjson
from pydantic import Field, ValidationError, model_validator

from core.domain.label import Label
from core.domain.record import Record
from core.domain.score_map import ScoreMap
from core.errors import ModelError

#: Not .json: that is how the registrations of checkpoints in the same folder end.
SUFFIX = ".recalibration"
_NUMBERED = re.compile(r"-recal-\d+$")


class Recalibration(Record):
    """A model whose scores are those of another one, some labels mapped."""

    name: str
    base: str
    """The name of the model that reads the text, with its number format if it is not fp32."""

    base_digest: str
    labels: tuple[Label, ...]
    maps: dict[Label, ScoreMap] = Field(min_length=1)
    """Labels that are not here keep the scores of the base."""

    digest: str
    review_count: int
    is_weighted: bool
    """Whether the reviews stood for everything, or only for themselves."""

    added_at: datetime
    added_by: str

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.digest != recalibrated_digest(self.base_digest, self.maps):
            raise ValueError("its digest is not that of its base and its maps")
        if unknown := set(self.maps) - set(self.labels):
            raise ValueError(f"it maps {', '.join(sorted(unknown))}, which its base does not score")
        return self

    @property
    def version(self) -> str:
        """The digest's beginning."""
        return self.digest[:8]


def recalibrated_digest(base_digest: str, maps: Mapping[Label, ScoreMap]) -> str:
    """SHA-256 (hex) over the base's digest and every parameter, to the last bit."""
    parts = [
        f"{label.value}:{maps[label].slope.hex()}:{maps[label].shift.hex()}"
        for label in sorted(maps)
    ]
    return hashlib.sha256("\n".join([base_digest, *parts]).encode()).hexdigest()


def check_base(recalibration: Recalibration, digest: str) -> None:
    """Raises ModelError unless the base that is installed has the digest that was mapped."""
    if digest != recalibration.base_digest:
        raise ModelError(
            f"{recalibration.base} is not the model that {recalibration.name} was made from: its "
            f"digest is {digest[:12]}…, not {recalibration.base_digest[:12]}…. Bring that one "
            "back, or recalibrate the one installed now."
        )


def next_name(base: str, taken: list[str]) -> str:
    """Such as "ensemble-1-recal-2": the first free number of the model that reads the text."""
    stem = _NUMBERED.sub("", base.replace("@", "-"))
    number = 1
    while f"{stem}-recal-{number}" in taken:
        number += 1
    return f"{stem}-recal-{number}"


def save_recalibration(
    folder: Path, recalibration: Recalibration, taken: Callable[[], list[str]]
) -> Recalibration:
    """Writes it under the next free name and gives it with that name; no file is ever replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        named = recalibration.model_copy(update={"name": next_name(recalibration.base, taken())})
        try:
            with (folder / f"{named.name}{SUFFIX}").open("xb") as opened:
                opened.write(named.model_dump_json(indent=2).encode() + b"\n")
        except FileExistsError:
            # Another process took the name between looking and writing.
            continue
        return named


def read_recalibrations(folder: Path | None) -> dict[str, Recalibration]:
    """The recalibrations of a folder by name; a damaged file is named."""
    if folder is None or not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            recalibration = Recalibration.model_validate(orjson.loads(path.read_bytes()))
        except (OSError, orjson.JSONDecodeError, ValidationError) as error:
            raise ModelError(f"The recalibration {path} is damaged: {error}") from error
        if recalibration.name != path.name.removesuffix(SUFFIX):
            raise ModelError(f"The recalibration {path} is damaged: it is {recalibration.name}'s.")
        found[recalibration.name] = recalibration
    return found
