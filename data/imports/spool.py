"""Frames on disk, so that a file of any size is validated before anything is written."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl


class DiskSpool:
    """Frames as Arrow files in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: list[Path] = []

    def append(self, frame: pl.DataFrame) -> None:
        """Keeps a frame."""
        if frame.is_empty():
            return
        path = self._folder / f"{len(self._paths):06}.arrow"
        frame.write_ipc(path, compression="uncompressed")
        self._paths.append(path)

    def frames(self) -> Iterator[pl.DataFrame]:
        """The frames in the order they came."""
        for path in self._paths:
            yield pl.read_ipc(path)


@contextmanager
def disk_spools(*names: str) -> Iterator[list[DiskSpool]]:
    """A spool per name, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="moddesk-import-") as folder:
        spools = []
        for name in names:
            place = Path(folder) / name
            place.mkdir()
            spools.append(DiskSpool(place))
        yield spools
