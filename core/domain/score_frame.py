"""Rows of a file into an outside model's scores; bad rows are named, good ones kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson
import polars as pl

from core.domain.item import ID_MAX
from core.domain.item_frame import as_text
from core.domain.outside_labels import Fate, is_known, is_usable
from core.domain.rejected_row import REJECTED_SCHEMA, excerpt_of
from core.domain.score_mapping import LABELS_MAX, Layout, ScoreColumns, ScoreMapping
from core.errors import MappingError

OUTSIDE = "outside 0 to 1: a score lies between them"
NO_NUMBER = "not a number"
#: What no text may hold.
_NUL = "\x00"


@dataclass(frozen=True)
class CheckedScores:
    """Valid rows and the problems of the others.

    `rows` has row, tenant_id, external_id, and place and score in a long file, else a column s0,
    s1 … for each used label of the mapping.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame


def find_labels(
    columns: ScoreColumns, names: tuple[str, ...], preview: pl.DataFrame,
    frames: Iterator[pl.DataFrame],
) -> list[str]:  # fmt: skip
    """The labels of a file in the order they come; only a wide file is not read to its end.

    Raises MappingError when there are too many to be labels.
    """
    if columns.layout is Layout.WIDE:
        found = [name for name in names if name not in columns.named and is_usable(name)]
        found = [name for name in found if is_known(name) or _looks_like_scores(preview[name])]
    else:
        read = _labels_in if columns.layout is Layout.LONG else _attributes_in
        found = []
        for frame in frames:
            found += [name for name in read(frame, columns) if name not in found]
            if len(found) > LABELS_MAX:
                break
    if len(found) > LABELS_MAX:
        where = columns.label or columns.answers or "the file"
        raise MappingError(
            f"There are more than {LABELS_MAX} different labels in {where}, such as "
            f"{', '.join(found[:3])}: these are no labels. Choose other columns."
        )
    return found


def _labels_in(frame: pl.DataFrame, columns: ScoreColumns) -> list[str]:
    cells = as_text(frame[columns.label or ""]).str.strip_chars()
    return [name for name in cells.unique(maintain_order=True).drop_nulls() if is_usable(name)]


def _attributes_in(frame: pl.DataFrame, columns: ScoreColumns) -> list[str]:
    found: dict[str, None] = {}
    for text in as_text(frame[columns.answers or ""]).drop_nulls():
        try:
            answer = orjson.loads(text)
        except ValueError:
            continue  # the row is named when it is read for its scores
        if isinstance(answer, dict):
            found |= dict.fromkeys(answer)
    # A quote would end the path to the score.
    return [name for name in found if is_usable(name) and "'" not in name]


def _looks_like_scores(cells: pl.Series) -> bool:
    """Whether some cell of the first rows is a number from 0 to 1, or all are empty."""
    values = _numbers(cells)
    if values["text"].null_count() == len(cells):
        return True
    return bool(values["value"].is_between(0, 1).any())


def check_scores(
    frame: pl.DataFrame,
    row_numbers: pl.Series,
    mapping: ScoreMapping,
    *,
    tenant_id: str | None,
    sees: Callable[[str], bool],
) -> CheckedScores:
    """The rows of a chunk as scores; `tenant_id` is for rows that name no tenant.

    Rows whose label is left out are passed over. A long row without a score says nothing and is
    refused; in a wide one an empty cell is no score of that label.
    """
    columns = mapping.columns
    base = frame.select(
        row=row_numbers.cast(pl.Int64),
        external_id=as_text(frame[columns.external_id]),
        tenant_id=as_text(frame[columns.tenant_id]).str.strip_chars()
        if columns.tenant_id is not None
        else pl.lit(None, dtype=pl.String),
    ).with_columns(pl.col("tenant_id").fill_null(pl.lit(tenant_id, dtype=pl.String)))
    if columns.layout is Layout.LONG:
        rows, rules = _long(base, frame, mapping)
    else:
        rows, rules = _wide(base, frame, mapping)
    problems = _problems(rows, _id_rules(rows, sees) + rules)
    bad = problems["row"].unique()
    good = rows.filter(~pl.col("row").is_in(bad.implode())) if bad.len() else rows
    drop = [name for name in good.columns if name.startswith("text") or name == "label"]
    return CheckedScores(good.drop(drop), problems)


#: field, problem, column to quote, condition that must not hold.
_Rule = tuple[str, str, str, pl.Expr]


def _id_rules(rows: pl.DataFrame, sees: Callable[[str], bool]) -> list[_Rule]:
    tenants = rows["tenant_id"].unique().drop_nulls().to_list()
    foreign = [tenant for tenant in tenants if not sees(tenant)]
    rules: list[_Rule] = [
        ("external_id", "missing: whose score is this?", "external_id",
         pl.col("external_id").is_null()),
        ("tenant_id", "you do not see the items of this tenant", "tenant_id",
         pl.col("tenant_id").is_in(foreign)),
    ]  # fmt: skip
    for name in ("external_id", "tenant_id"):
        rules += [
            (name, f"longer than {ID_MAX} characters", name,
             pl.col(name).str.len_chars() > ID_MAX),
            (name, "contains a NUL character", name,
             pl.col(name).str.contains(_NUL, literal=True)),
        ]  # fmt: skip
    return rules


def _long(
    base: pl.DataFrame, frame: pl.DataFrame, mapping: ScoreMapping
) -> tuple[pl.DataFrame, list[_Rule]]:
    cells = _numbers(frame[mapping.columns.score or ""])
    places = {name: place for place, name in enumerate(mapping.used)}
    rows = base.with_columns(
        label=as_text(frame[mapping.columns.label or ""]).str.strip_chars(),
        score=cells["value"],
        text=cells["text"],
    )
    left_out = [name for name, target in mapping.labels.items() if target is Fate.LEFT_OUT]
    rows = rows.filter(~pl.col("label").is_in(left_out).fill_null(value=False)).with_columns(
        place=pl.col("label").replace_strict(places, default=None, return_dtype=pl.Int32)
    )
    return rows, [
        ("label", "missing: which label is this a score of?", "label", pl.col("label").is_null()),
        ("label", "no name of a label: longer than 100 characters, or with control characters",
         "label", pl.col("label").is_not_null() & pl.col("place").is_null()),
        ("score", "missing: the row says nothing", "text", pl.col("text").is_null()),
        *_score_rules("score", "text", "score"),
    ]  # fmt: skip


def _wide(
    base: pl.DataFrame, frame: pl.DataFrame, mapping: ScoreMapping
) -> tuple[pl.DataFrame, list[_Rule]]:
    columns = mapping.columns
    answers = as_text(frame[columns.answers]) if columns.answers is not None else None
    rules: list[_Rule] = []
    found: dict[str, pl.Series] = {}
    for place, name in enumerate(mapping.used):
        if answers is None:
            cells = _numbers(frame[name])
        else:
            path = f"$['{name}']{columns.path}"
            cells = _numbers(answers.str.json_path_match(path))
        found |= {f"s{place}": cells["value"], f"text{place}": cells["text"]}
        rules += _score_rules(name, f"text{place}", f"s{place}")
    texts = [pl.col(name) for name in found if name.startswith("text")]
    nothing = pl.all_horizontal(text.is_null() for text in texts)
    rules.append(("row", "no score for any label that is used", "external_id", nothing))
    return base.with_columns(**found), rules


def _score_rules(field: str, text: str, value: str) -> list[_Rule]:
    score = pl.col(value)
    return [
        (field, NO_NUMBER, text,
         pl.col(text).is_not_null() & ~score.is_finite().fill_null(value=False)),
        (field, OUTSIDE, text, score.is_finite() & ~score.is_between(0, 1)),
    ]  # fmt: skip


def _numbers(cells: pl.Series) -> pl.DataFrame:
    """value: the cells as numbers, null where they are none; text: as they were written."""
    if cells.dtype.is_numeric():
        value = cells.cast(pl.Float64)
        text = value.cast(pl.String)
    else:
        text = as_text(as_text(cells).str.strip_chars())
        value = text.cast(pl.Float64, strict=False)
    return pl.DataFrame({"value": value, "text": text})


def _problems(rows: pl.DataFrame, rules: list[_Rule]) -> pl.DataFrame:
    if rows.is_empty():
        return pl.DataFrame(schema=REJECTED_SCHEMA)
    broken = rows.select(
        condition.any().alias(str(place)) for place, (*_, condition) in enumerate(rules)
    ).row(0)
    found = [
        rows.filter(condition).select(
            "row",
            field=pl.lit(field),
            problem=pl.lit(problem),
            excerpt=excerpt_of(pl.col(column)),
        )
        for (field, problem, column, condition), is_broken in zip(rules, broken, strict=True)
        if is_broken
    ]
    if not found:
        return pl.DataFrame(schema=REJECTED_SCHEMA)
    return pl.concat(found).sort("row", maintain_order=True)
