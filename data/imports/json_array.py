"""JSON arrays of any length, one object after the other, in bounded memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson

from core.errors import UnreadableFileError


def objects_of(path: Path) -> Iterator[tuple[Any, int]]:
    """Each element of the array, and how many bytes of the file were read until then."""
    count = 0
    try:
        with path.open("rb") as file:
            for value in ijson.items(file, "item", use_float=True):
                count += 1
                yield value, file.tell()
    # Some backends say ValueError of bytes that are no UTF-8.
    except (ijson.JSONError, ValueError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else "damaged"
        raise UnreadableFileError(
            f"{path.name} breaks off behind element {count:,} of its JSON array: {reason}. "
            "Nothing of it was kept."
        ) from error


def first_of_array(path: Path) -> Any:
    """The first element of the array; None where it has none."""
    return next((value for value, _ in objects_of(path)), None)
