"""Labelled files of any shape, read into the columns that evaluation wants."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
import polars as pl

from core.domain.label import SCORED_LABELS, Label
from core.errors import MappingError, UnreadableFileError
from data.tables import read_table, table_columns

_HALF = 0.5
_OURS = {label.value: label for label in SCORED_LABELS}


def parse_label_map(pairs: Sequence[str], columns: Sequence[str]) -> dict[Label, list[str]]:
    """Our label to the file's columns.

    Pairs such as toxicity=toxic in either direction, separated by commas or repeated; a JSON
    object; @file.json; or nothing, which takes columns that are named like our labels.
    """
    if not pairs:
        found = {label: [name] for name, label in _OURS.items() if name in columns}
        if not found:
            raise MappingError(
                "No column is named like a label of ours. Say which is which: --label-map "
                f"toxicity=COLUMN. The file has: {', '.join(columns)}."
            )
        return found
    mapped: dict[Label, list[str]] = {}
    for left, right in _pairs(pairs):
        if left in _OURS and right in columns:
            label, column = _OURS[left], right
        elif right in _OURS and left in columns:
            label, column = _OURS[right], left
        else:
            raise MappingError(
                f"--label-map {left}={right}: one side must be a label ({', '.join(_OURS)}), the "
                f"other a column of the file ({', '.join(columns)})."
            )
        mapped.setdefault(label, []).append(column)
    return mapped


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for word in words:
        text = word.strip()
        if text.startswith("@"):
            path = Path(text[1:])
            if not path.is_file():
                raise MappingError(f"--label-map {text}: there is no such file.")
            text = path.read_text(encoding="utf-8").strip()
        if text.startswith("{"):
            found += _of_json(text)
            continue
        for pair in text.split(","):
            left, equals, right = pair.partition("=")
            if not equals:
                raise MappingError(f"--label-map {pair}: write label=column.")
            found.append((left.strip(), right.strip()))
    return found


def _of_json(text: str) -> list[tuple[str, str]]:
    try:
        known = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise MappingError(f"--label-map holds no valid JSON: {error}") from error
    pairs = []
    for left, right in known.items():
        names = right if isinstance(right, list) else [right]
        pairs += [(str(left), str(name)) for name in names]
    return pairs


def read_labelled(
    path: Path,
    *,
    text_column: str,
    label_map: Sequence[str],
    keep: Sequence[str],
    where: Mapping[str, str],
    group_column: str | None,
) -> tuple[pl.DataFrame, int]:
    """Rows with `text`, `true_<label>`, `group` and the kept columns; and how many had no text."""
    columns = table_columns(path)
    mapped = parse_label_map(label_map, columns)
    wanted = [text_column, *(name for names in mapped.values() for name in names), *keep, *where]
    if group_column is not None:
        wanted.append(group_column)
    rows = read_table(path, list(dict.fromkeys(wanted)))
    for name, value in where.items():
        rows = rows.filter(pl.col(name).cast(pl.String) == value)
    text = pl.col(text_column).cast(pl.String)
    has_text = text.str.strip_chars().str.len_chars().fill_null(0) > 0
    with_text = rows.filter(has_text)
    truth = {label: _truth(path, with_text, label, names) for label, names in mapped.items()}
    found = with_text.select(
        text.alias("text"),
        *(pl.col(name) for name in dict.fromkeys(keep)),
        *([pl.col(group_column).alias("group")] if group_column else []),
    )
    tones = truth.get(Label.SENTIMENT)
    if tones is not None and (tones == -1).any():
        # Written as -1 negative, 0 neutral, 1 positive; our label is the negative tone.
        found = found.with_columns(true_tone=tones)
        truth[Label.SENTIMENT] = (tones == -1).cast(pl.Int8)
    named = {f"true_{label.value}": values for label, values in truth.items()}
    return found.with_columns(**named), rows.height - with_text.height


def _truth(path: Path, rows: pl.DataFrame, label: Label, names: Sequence[str]) -> pl.Series:
    """0/1 (sentiment also -1) or null; several columns: any of them."""
    columns = [_checked(path, rows[name], label) for name in names]
    if len(columns) == 1:
        return columns[0]
    frame = pl.DataFrame({str(place): column for place, column in enumerate(columns)})
    return frame.select(pl.max_horizontal(pl.all())).to_series()


def _checked(path: Path, column: pl.Series, label: Label) -> pl.Series:
    """0/1 or null; a share of raters counts from one half on; -1 is unknown, but a tone's."""
    words = {"": None, "true": "1", "false": "0", "null": None, "nan": None}
    given = column
    if column.dtype == pl.String:
        column = column.str.strip_chars().str.to_lowercase().replace(words)
    values = column.cast(pl.Float64, strict=False).fill_nan(None)
    bad = (values.is_null() & column.is_not_null()) | ~values.is_between(-1, 1)
    bad = bad.fill_null(value=False) | ((values < 0) & (values != -1)).fill_null(value=False)
    if column.dtype.is_float():
        bad = bad & ~column.is_nan().fill_null(value=False)
    if bad.any():
        row = int(bad.arg_true()[0])
        raise UnreadableFileError(
            f"{path.name}, row {row + 1}, {given.name}: {given[row]!r} is no label for "
            f"{label.value}; write 0, 1, a share between them, true, false, "
            f"{'-1 for negative' if label is Label.SENTIMENT else '-1 for unknown'} or nothing."
        )
    if label is not Label.SENTIMENT:
        values = values.replace(-1.0, None)
    return (values.abs() >= _HALF).cast(pl.Int8) * values.sign().cast(pl.Int8)
