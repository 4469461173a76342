"""Files that belong together with their manifest: there as a whole, or not at all."""

from typing import Protocol, Self

from core.domain.record import Record


class BundledFile(Record):
    """One file of a bundle."""

    name: str
    sha256: str
    size_bytes: int


class Bundle(Protocol):
    """A folder or a zip that is being written; leaving it unfinished leaves nothing behind.

    The same files give the same bytes.
    """

    def __enter__(self) -> Self:
        """Starts it."""

    def __exit__(self, *problem: object) -> None:
        """Removes what was written unless it was finished."""

    def add(self, name: str, content: bytes) -> BundledFile:
        """Writes one file."""

    def finish(self) -> None:
        """Moves the bundle into its place."""
