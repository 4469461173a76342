"""Scoring a file without a store: the id and one column per label."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from core.engine.classifier import Classifier
from core.errors import ExportError
from data.exports.formula_guard import guard_cells
from data.tables import read_table

_ROWS_AT_ONCE = 2_000
_WRITTEN = (".parquet", ".csv", ".jsonl", ".ndjson")
Progress = Callable[[int, int | None], None]


class ScoredFile(NamedTuple):
    """What was read and written."""

    row_count: int
    scored_count: int
    empty_count: int
    """Rows without text: their id is kept and their scores are null."""


def score_file(
    source: Path,
    target: Path,
    classifier: Classifier,
    *,
    id_column: str,
    text_column: str,
    progress: Progress,
) -> ScoredFile:
    """Scores each distinct text once; the target appears only when it is complete."""
    if target.suffix.lower() not in _WRITTEN:
        raise ExportError(f"{target.name}: scores are written as {', '.join(_WRITTEN)}.")
    rows = read_table(source, [id_column, text_column])
    texts = rows[text_column].cast(pl.String, strict=False)
    has_text = texts.str.strip_chars().str.len_chars().fill_null(0) > 0
    distinct = texts.filter(has_text).unique(maintain_order=True)
    scores = pl.concat(
        [pl.DataFrame(schema=_schema(classifier)), *_scored(distinct, classifier, progress)]
    )
    scored = (
        pl.DataFrame({id_column: rows[id_column], "__text": texts})
        .join(scores, on="__text", how="left", maintain_order="left")
        .drop("__text")
    )
    _write(scored, target)
    empty = int((~has_text).sum())
    return ScoredFile(rows.height, rows.height - empty, empty)


def _schema(classifier: Classifier) -> dict[str, pl.DataType | type[pl.DataType]]:
    return {"__text": pl.String, **{label.value: pl.Float32 for label in classifier.labels}}


def _scored(texts: pl.Series, classifier: Classifier, progress: Progress) -> Iterator[pl.DataFrame]:
    progress(0, texts.len())
    for start in range(0, texts.len(), _ROWS_AT_ONCE):
        part = texts[start : start + _ROWS_AT_ONCE]
        values = classifier.score(part.to_list())
        columns = {
            label.value: np.ascontiguousarray(values[:, place])
            for place, label in enumerate(classifier.labels)
        }
        yield pl.DataFrame({"__text": part, **columns})
        progress(start + part.len(), texts.len())


def _write(scored: pl.DataFrame, target: Path) -> None:
    writers: dict[str, Callable[[Path], object]] = {
        ".parquet": scored.write_parquet,
        ".csv": guard_cells(scored).write_csv,
        ".jsonl": scored.write_ndjson,
        ".ndjson": scored.write_ndjson,
    }
    writer = writers[target.suffix.lower()]
    unfinished = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        writer(unfinished)
        unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise ExportError(f"{target} cannot be written: {error}") from error
