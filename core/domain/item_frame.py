"""Columns of a file into valid items and old decisions; bad rows are named, good ones kept."""

from collections.abc import Callable
from datetime import datetime

import numpy as np
import polars as pl

from core.domain.column_mapping import ColumnMapping, Field
from core.domain.content_hash import content_hashes
from core.domain.decision import NOTE_MAX, Outcome
from core.domain.instants import instants
from core.domain.item import BODY_MAX, ID_MAX, TAGS_MAX, TITLE_MAX, ContentType
from core.domain.label import CITABLE_LABELS, Label
from core.domain.record import Record
from core.domain.rejected_row import REJECTED_SCHEMA, excerpt_of

#: The columns of valid items, and of the old decisions beside them (null outcome = none).
ITEM_COLUMNS = (
    "external_id", "tenant_id", "author_id", "content_type", "title", "body", "language",
    "language_detected", "tags", "metadata", "source", "thread_id", "created_at", "content_hash",
)  # fmt: skip
DECISION_COLUMNS = ("outcome", "reasons", "decided_at", "decided_by", "note")

_OUTCOME_WORDS: dict[Outcome, tuple[str, ...]] = {
    Outcome.APPROVE: (
        "approve", "approved", "ok", "keep", "kept", "ham", "allow", "allowed", "0", "false",
        "clean",
    ),
    Outcome.REJECT: (
        "reject", "rejected", "remove", "removed", "delete", "deleted", "block", "blocked", "spam",
        "1", "true",
    ),
    Outcome.ESCALATE: ("escalate", "escalated"),
}  # fmt: skip
_OUTCOMES = {word: outcome.value for outcome, words in _OUTCOME_WORDS.items() for word in words}
_REASON_NAMES = [label.value for label in CITABLE_LABELS]

#: Texts in, two-letter languages out (null where unsure).
LanguageDetector = Callable[[pl.Series], pl.Series]


class ImportDefaults(Record):
    """What rows get that do not say."""

    tenant_id: str
    created_at: datetime


class ValidatedChunk:
    """Valid rows with their row numbers, and the problems of the others."""

    def __init__(self, items: pl.DataFrame, rejected: pl.DataFrame) -> None:
        self.items = items
        self.rejected = rejected


def validate(
    frame: pl.DataFrame,
    row_numbers: pl.Series,
    mapping: ColumnMapping,
    defaults: ImportDefaults,
    detect: LanguageDetector | None = None,
) -> ValidatedChunk:
    """The rows of `frame` as items (see ITEM_COLUMNS, DECISION_COLUMNS and `row`)."""
    raw = _raw(frame, row_numbers, mapping)
    rows = raw.with_columns(
        created_at=instants(raw["created_at"]),
        decided_at_parsed=instants(raw["decided_at"]),
        raw_created_at=pl.col("created_at"),
        raw_decided_at=pl.col("decided_at"),
    )
    rows = rows.with_columns(**_cleaned(defaults))
    problems = _problems(rows, raw)
    bad = problems["row"].unique()
    good = rows.filter(~pl.col("row").is_in(bad.implode())) if problems.height else rows
    return ValidatedChunk(_finished(good, mapping, defaults, detect), problems)


def _raw(frame: pl.DataFrame, row_numbers: pl.Series, mapping: ColumnMapping) -> pl.DataFrame:
    """One text column per field, null where the file has none; empty cells are missing."""
    columns: dict[str, pl.Series | pl.Expr] = {"row": row_numbers.cast(pl.Int64)}
    for field in Field:
        if (name := mapping.columns.get(field)) is None:
            columns[field.value] = pl.lit(None, dtype=pl.String)
        else:
            columns[field.value] = as_text(frame[name])
    for label, name in mapping.labels.items():
        columns[f"label_{label.value}"] = as_text(frame[name])
    return frame.select(**columns)


def as_text(series: pl.Series) -> pl.Series:
    """A column's cells as text, empty ones as null; whole floats are written as whole numbers."""
    kind = series.dtype
    if kind == pl.String:
        text = series
    elif isinstance(kind, pl.List):
        text = series.list.eval(pl.element().cast(pl.String)).list.join(";")
    elif isinstance(kind, pl.Struct):
        text = series.struct.json_encode()
    elif isinstance(kind, pl.Datetime):
        zoned = series.dt.replace_time_zone("UTC") if kind.time_zone is None else series
        text = zoned.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    elif kind in (pl.Float32, pl.Float64):
        whole = (series.round(0) == series).fill_null(value=False)
        text = (
            pl.DataFrame({"n": series, "whole": whole})
            .select(
                pl.when("whole")
                .then(pl.col("n").cast(pl.Int64, strict=False).cast(pl.String))
                .otherwise(pl.col("n").cast(pl.String))
            )
            .to_series()
        )
    else:
        text = series.cast(pl.String, strict=False)
    return pl.select(pl.when(text != "").then(text)).to_series()


def _cleaned(defaults: ImportDefaults) -> dict[str, pl.Expr]:
    """Forgiving conversions; what they cannot convert stays as it was and fails the check."""
    language = pl.col("language").str.strip_chars().str.to_lowercase()
    tags = (
        pl.col("tags")
        .str.replace_all(r'[\[\]"]', "")
        .str.replace_all(r"\s*[,;|]\s*", "\x1f")
        .str.strip_chars()
        .str.to_lowercase()
        .str.split("\x1f")
        .list.eval(pl.element().filter(pl.element() != ""))
        .list.unique(maintain_order=True)
    )
    return {
        "tenant_id": pl.col("tenant_id").str.strip_chars().fill_null(defaults.tenant_id),
        "language": language.str.extract(r"^([a-z]{2})(?:[-_][a-z0-9]{2,8})*$").fill_null(language),
        "content_type": pl.col("content_type").str.strip_chars().str.to_lowercase()
        .fill_null(ContentType.TEXT.value),
        "tag_list": tags.fill_null(pl.lit([], dtype=pl.List(pl.String))),
        "outcome_word": pl.col("outcome").str.strip_chars().str.to_lowercase(),
        "reason_list": pl.col("reasons").str.to_lowercase()
        .str.replace_all(r'[\[\]"\s]', "").str.replace_all(r"[,|]", ";").str.split(";")
        .fill_null(pl.lit([], dtype=pl.List(pl.String))),
    }  # fmt: skip


def _problems(rows: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    """Every broken rule of every row."""
    found = [
        rows.filter(broken).select(
            "row",
            field=pl.lit(field),
            problem=pl.lit(problem),
            excerpt=excerpt_of(pl.col(column)),
        )
        for field, problem, column, broken in _rules(rows, raw)
        if rows.select(broken.any()).item()
    ]
    if not found:
        return pl.DataFrame(schema=REJECTED_SCHEMA)
    return pl.concat(found).sort("row", maintain_order=True)


def _rules(rows: pl.DataFrame, raw: pl.DataFrame) -> list[tuple[str, str, str, pl.Expr]]:
    """field, problem, column to quote, condition that must not hold."""
    too_long = f"longer than {ID_MAX} characters"
    rules = [
        ("body", "missing: an item needs text", "body",
         pl.col("body").is_null() | (pl.col("body").str.strip_chars() == "")),
        ("body", f"longer than {BODY_MAX:,} characters", "body",
         pl.col("body").str.len_chars() > BODY_MAX),
        ("title", f"longer than {TITLE_MAX} characters", "title",
         pl.col("title").str.len_chars() > TITLE_MAX),
        ("language", "not a two-letter language such as en", "language",
         ~pl.col("language").str.contains(r"^[a-z]{2}$")),
        ("content_type", "not one of text, image, video, audio", "content_type",
         ~pl.col("content_type").is_in([kind.value for kind in ContentType])),
        ("tags", f"more than {TAGS_MAX} tags", "tags", pl.col("tag_list").list.len() > TAGS_MAX),
        ("outcome", "not a known outcome such as approve or reject", "outcome",
         ~pl.col("outcome_word").is_in(list(_OUTCOMES))),
        ("note", f"longer than {NOTE_MAX:,} characters", "note",
         pl.col("note").str.len_chars() > NOTE_MAX),
        ("metadata", "not a JSON object", "metadata",
         ~pl.col("metadata").str.contains(r"(?s)^\s*\{.*\}\s*$")),
    ]  # fmt: skip
    rules += [
        (name, too_long, name, pl.col(name).str.len_chars() > ID_MAX)
        for name in ("external_id", "tenant_id", "author_id", "source", "thread_id", "decided_by")
    ]
    rules += [
        (name, "contains a NUL character", name, pl.col(name).str.contains("\x00", literal=True))
        for name in ("body", "title", "external_id", "tenant_id", "author_id", "note", "metadata")
    ]
    when = "not a date we can read without guessing: write 2026-03-04T05:06:07Z or epoch seconds"
    for name, parsed in (("created_at", "created_at"), ("decided_at", "decided_at_parsed")):
        broken = raw[name].is_not_null() & rows[parsed].is_null()
        if broken.any():
            rules.append((name, when, f"raw_{name}", pl.lit(broken)))
    for name in [each for each in rows.columns if each.startswith("label_")]:
        known = pl.col(name).str.to_lowercase().is_in(["0", "1", "true", "false", "0.0", "1.0"])
        rules.append((name.removeprefix("label_"), "not 0, 1 or empty", name, ~known))
    return rules


def _finished(
    rows: pl.DataFrame,
    mapping: ColumnMapping,
    defaults: ImportDefaults,
    detect: LanguageDetector | None,
) -> pl.DataFrame:
    with_decisions = rows.with_columns(**_old_decisions(mapping))
    done = with_decisions.select(
        "row", "external_id", "tenant_id", "author_id", "content_type", "title", "body",
        "language", language_detected=pl.lit(value=False), tags="tag_list", metadata="metadata",
        source="source", thread_id="thread_id",
        created_at=pl.col("created_at").fill_null(defaults.created_at),
        outcome="old_outcome", reasons="old_reasons", decided_at="decided_at_parsed",
        decided_by="decided_by", note="note",
    )  # fmt: skip
    done = done.with_columns(content_hash=content_hashes(done["title"], done["body"]))
    missing = done["language"].is_null()
    if detect is None or not missing.any():
        return done
    guesses = detect(done["body"].filter(missing))
    places = np.flatnonzero(missing.to_numpy())
    language = done["language"].scatter(places.tolist(), guesses.to_list())
    return done.with_columns(language=language, language_detected=missing & language.is_not_null())


def _old_decisions(mapping: ColumnMapping) -> dict[str, pl.Expr]:
    """Outcome and reasons of an old decision; an outcome column wins over label columns."""
    outcome = pl.col("outcome_word").replace_strict(_OUTCOMES, default=None)
    cited = pl.col("reason_list").list.eval(pl.element().filter(pl.element().is_in(_REASON_NAMES)))
    if not mapping.labels:
        return {"old_outcome": outcome, "old_reasons": cited}
    truths = {label: _truth(label) for label in mapping.labels}
    violated = pl.concat_list(
        pl.when(truth).then(pl.lit(label.value)) for label, truth in truths.items()
    ).list.drop_nulls()
    by_label = (
        pl.when(violated.list.len() > 0)
        .then(pl.lit(Outcome.REJECT.value))
        .when(pl.any_horizontal(truth.is_not_null() for truth in truths.values()))
        .then(pl.lit(Outcome.APPROVE.value))
    )
    own = outcome.is_not_null()
    return {
        "old_outcome": pl.coalesce(outcome, by_label),
        "old_reasons": pl.when(own & (cited.list.len() > 0)).then(cited).otherwise(violated),
    }


def _truth(label: Label) -> pl.Expr:
    words = pl.col(f"label_{label.value}").str.to_lowercase()
    return words.replace_strict(
        {"1": True, "true": True, "1.0": True, "0": False, "false": False, "0.0": False},
        default=None,
        return_dtype=pl.Boolean,
    )
