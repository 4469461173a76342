"""The texts of an uploaded file, for a trial: read whole, kept nowhere."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from core.domain.column_mapping import Field, guess_mapping
from core.errors import TrialError, UnreadableFileError
from core.usecases.trial_run import MOST_ITEMS
from core.usecases.trial_texts import TrialTexts, texts_of_lines, trial_texts
from data.imports.open_file import open_file

#: The most that is taken in, in MB; more is an import.
MOST_MB = 50
_LINES = (".txt", ".text")


@dataclass(frozen=True)
class TrialFile:
    """An uploaded file as a table."""

    name: str
    table: pl.DataFrame
    guess: str | None
    """The column that its name says is the text; None when none is named so."""
    is_lines: bool
    """One column without a header that says what it is: every line is a text, the first too."""
    refused: tuple[str, ...]
    """Rows that could not be read, in words."""

    def texts(self, column: str | None) -> TrialTexts:
        """The texts of the column; raises TrialError where there are none."""
        if self.is_lines:
            only = self.table.columns[0]
            return trial_texts([only, *self.table[only]], self.refused)
        if column is None:
            raise TrialError(
                f"No column of {self.name} is named like a text (text, body, comment …). It has: "
                f"{', '.join(self.table.columns)}. Choose the one with the texts."
            )
        return trial_texts(self.table[column].cast(pl.String, strict=False), self.refused)


def read_lines(name: str, content: bytes) -> TrialTexts | None:
    """The texts of a file of lines; None when it is a table."""
    if not name.lower().endswith(_LINES):
        return None
    try:
        return texts_of_lines(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"{name} is not UTF-8: byte {error.start:,} does not fit. Save it as UTF-8."
        ) from error


def read_trial_file(name: str, content: bytes) -> TrialFile:
    """Reads CSV, JSONL or Parquet.

    Raises UnreadableFileError for what is none of these, and TrialError for more rows than a
    trial holds: the first part of a file would answer another question.
    """
    with tempfile.TemporaryDirectory(prefix="moddesk-trial-") as folder:
        path = Path(folder) / f"upload{Path(name).suffix.lower()[:10]}"
        path.write_bytes(content)
        try:
            return _read(name, path)
        except UnreadableFileError as error:
            raise UnreadableFileError(str(error).replace(path.name, name)) from error


def _read(name: str, path: Path) -> TrialFile:
    reader = open_file(path)
    frames, refused, rows = [], [], 0
    for chunk in reader.chunks():
        frames.append(chunk.frame)
        refused += [
            f"Row {row:,}: {problem}."
            for row, problem in chunk.rejected.select("row", "problem").iter_rows()
        ]
        rows += chunk.frame.height
        if rows > MOST_ITEMS:
            raise TrialError(
                f"{name} has more than {MOST_ITEMS:,} rows, which is the most that can be tried at "
                "once. Leave some out, or import it and score it as a whole."
            )
    if not rows:
        raise TrialError(f"{name} has no row that can be read. {' '.join(refused[:3])}".strip())
    columns = reader.shape.columns
    guess = guess_mapping(columns, reader.shape.preview).columns.get(Field.BODY)
    return TrialFile(
        name=name,
        table=pl.concat(frames, how="vertical_relaxed"),
        guess=guess,
        is_lines=len(columns) == 1 and guess is None,
        refused=tuple(refused),
    )
