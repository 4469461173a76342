"""What an import needs besides the store: a reader, a validator and a place for frames."""

from collections.abc import Iterator
from typing import Protocol

import polars as pl


class FrameSpool(Protocol):
    """Frames kept outside memory until all of a file was read."""

    def append(self, frame: pl.DataFrame) -> None:
        """Keeps a frame."""

    def frames(self) -> Iterator[pl.DataFrame]:
        """The frames in the order they came."""
