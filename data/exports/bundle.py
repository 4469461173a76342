"""A folder or a zip of files that belong together: finished, or not there at all."""

import hashlib
import os
import shutil
import zipfile
from pathlib import Path
from typing import Self

from core.errors import ExportError
from core.usecases.regulatory_bundle import Bundle, BundledFile

#: The oldest time a zip can hold: a real one would make equal contents differ.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def open_bundle(path: Path) -> Bundle:
    """A zip where the name ends in .zip, else a folder, which must be new or empty."""
    return ZipBundle(path) if path.suffix.lower() == ".zip" else FolderBundle(path)


def _described(name: str, content: bytes) -> BundledFile:
    digest = hashlib.sha256(content).hexdigest()
    return BundledFile(name=name, sha256=digest, size_bytes=len(content))


class ZipBundle:
    """Files in one zip, with neither times nor owners in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")

    def __enter__(self) -> Self:
        """Starts the zip beside its place."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_DEFLATED)
        except OSError as error:
            raise ExportError(f"Cannot write {self._path}: {error.strerror or error}.") from error
        return self

    def __exit__(self, *problem: object) -> None:
        """Removes the zip unless it was finished."""
        self._zip.close()
        self._part.unlink(missing_ok=True)

    def add(self, name: str, content: bytes) -> BundledFile:
        """Writes one file."""
        entry = zipfile.ZipInfo(name, date_time=_NO_TIME)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        # Otherwise it would say on which system it was made.
        entry.create_system = 3
        try:
            self._zip.writestr(entry, content)
        except OSError as error:
            raise ExportError(f"Cannot write {self._path}: {error.strerror or error}.") from error
        return _described(name, content)

    def finish(self) -> None:
        """Moves the zip into its place."""
        try:
            self._zip.close()
            self._part.replace(self._path)
        except OSError as error:
            raise ExportError(f"Cannot write {self._path}: {error.strerror or error}.") from error


class FolderBundle:
    """Files in a folder of their own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")

    def __enter__(self) -> Self:
        """Starts the folder beside its place."""
        if self._path.exists() and (not self._path.is_dir() or any(self._path.iterdir())):
            raise ExportError(f"{self._path} exists already: name a new or an empty folder.")
        try:
            self._part.mkdir(parents=True)
        except OSError as error:
            raise ExportError(f"Cannot write {self._path}: {error.strerror or error}.") from error
        return self

    def __exit__(self, *problem: object) -> None:
        """Removes the folder unless it was finished."""
        shutil.rmtree(self._part, ignore_errors=True)

    def add(self, name: str, content: bytes) -> BundledFile:
        """Writes one file."""
        try:
            (self._part / name).write_bytes(content)
        except OSError as error:
            raise ExportError(f"Cannot write {self._path}: {error.strerror or error}.") from error
        return _described(name, content)

    def finish(self) -> None:
        """Moves the folder into its place."""
        try:
            # An empty folder of that name is in the way on some systems.
            if self._path.exists():
                self._path.rmdir()
            self._part.replace(self._path)
        except OSError as error:
            raise ExportError(f"Cannot write {self._path}: {error.strerror or error}.") from error
