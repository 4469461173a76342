"""Which column of a file is which field of an item."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

import polars as pl
from pydantic import Field as PydanticField

from core.domain.label import CITABLE_LABELS, Label
from core.domain.record import Record
from core.errors import MappingError


class Field(StrEnum):
    """What a column can be."""

    BODY = "body"
    TITLE = "title"
    EXTERNAL_ID = "external_id"
    TENANT_ID = "tenant_id"
    AUTHOR_ID = "author_id"
    CONTENT_TYPE = "content_type"
    LANGUAGE = "language"
    TAGS = "tags"
    METADATA = "metadata"
    SOURCE = "source"
    THREAD_ID = "thread_id"
    CREATED_AT = "created_at"
    OUTCOME = "outcome"
    REASONS = "reasons"
    DECIDED_AT = "decided_at"
    DECIDED_BY = "decided_by"
    NOTE = "note"


_USUAL_NAMES: dict[Field, tuple[str, ...]] = {
    Field.BODY: ("body", "text", "comment", "comment_text", "content", "message", "post", "tweet"),
    Field.TITLE: ("title", "subject", "headline"),
    Field.EXTERNAL_ID: (
        "external_id", "id", "item_id", "comment_id", "post_id", "message_id", "uid", "uuid",
    ),
    Field.TENANT_ID: ("tenant_id", "tenant", "site", "community", "workspace"),
    Field.AUTHOR_ID: ("author_id", "author", "user_id", "user", "username", "account"),
    Field.CONTENT_TYPE: ("content_type", "media_type"),
    Field.LANGUAGE: ("language", "lang", "locale"),
    Field.TAGS: ("tags",),
    Field.METADATA: ("metadata", "meta", "extra"),
    Field.SOURCE: ("source", "channel", "origin"),
    Field.THREAD_ID: ("thread_id", "thread", "conversation_id", "parent_id"),
    Field.CREATED_AT: (
        "created_at", "created", "timestamp", "date", "datetime", "published_at", "time",
        "demo_created_at",
    ),
    Field.OUTCOME: ("outcome", "decision", "moderation_decision", "verdict"),
    Field.REASONS: ("reasons", "reason"),
    Field.DECIDED_AT: ("decided_at", "moderated_at", "reviewed_at"),
    Field.DECIDED_BY: ("decided_by", "moderator", "reviewer", "reviewed_by"),
    Field.NOTE: ("note", "notes"),
}  # fmt: skip
_Key = TypeVar("_Key")
_TRUTHS = {"0", "1", "true", "false", "0.0", "1.0", "", "null"}
_LABEL_PREFIX = "label:"


class ColumnMapping(Record):
    """Fields to columns, and labels to columns with 0/1 answers of people."""

    columns: dict[Field, str]
    labels: dict[Label, str] = PydanticField(default_factory=dict)

    def as_pairs(self) -> list[str]:
        """The mapping as field=column pairs, as the command line writes it."""
        fields = [f"{field.value}={column}" for field, column in self.columns.items()]
        return fields + [
            f"{_LABEL_PREFIX}{label.value}={col}" for label, col in self.labels.items()
        ]

    @property
    def has_decisions(self) -> bool:
        """Whether the file brings old decisions."""
        return Field.OUTCOME in self.columns or bool(self.labels)


def guess_mapping(columns: Sequence[str], preview: pl.DataFrame) -> ColumnMapping:
    """The mapping that the columns' names suggest; each column is used once."""
    plain = {_plain(column): column for column in reversed(columns)}
    found: dict[Field, str] = {}
    for field, names in _USUAL_NAMES.items():
        for name in names:
            if name in plain and plain[name] not in found.values():
                found[field] = plain[name]
                break
    labels = {
        label: plain[label.value]
        for label in CITABLE_LABELS
        if label.value in plain and _is_yes_or_no(preview, plain[label.value])
    }
    return ColumnMapping(columns=found, labels=labels)


def parse_mapping(
    pairs: Sequence[str], columns: Sequence[str], guess: ColumnMapping
) -> ColumnMapping:
    """The guess with field=column pairs applied; `field=` takes a field out."""
    fields, labels = dict(guess.columns), dict(guess.labels)
    for pair in pairs:
        name, equals, column = (part.strip() for part in pair.partition("="))
        if not equals:
            raise MappingError(f"“{pair}” is not a mapping: write field=column, as in body=text.")
        if column and column not in columns:
            raise MappingError(
                f"“{pair}”: the file has no column {column!r}. It has: {', '.join(columns)}."
            )
        if name.startswith(_LABEL_PREFIX):
            _set(labels, _label(name, pair), column)
        else:
            _set(fields, _field(name, pair), column)
    if Field.BODY not in fields:
        raise MappingError(
            "No column is mapped to body, the text of an item. Say which one it is with "
            f"body=COLUMN; the file has: {', '.join(columns)}."
        )
    return ColumnMapping(columns=fields, labels=labels)


def _set(target: dict[_Key, str], key: _Key, column: str) -> None:
    if column:
        target[key] = column
    else:
        target.pop(key, None)


def _field(name: str, pair: str) -> Field:
    try:
        return Field(name)
    except ValueError as error:
        known = ", ".join(field.value for field in Field)
        raise MappingError(
            f"“{pair}”: there is no field {name!r}. Fields: {known}, label:<label>."
        ) from error


def _label(name: str, pair: str) -> Label:
    wanted = name.removeprefix(_LABEL_PREFIX)
    if wanted not in {label.value for label in CITABLE_LABELS}:
        known = ", ".join(label.value for label in CITABLE_LABELS)
        raise MappingError(f"“{pair}”: there is no label {wanted!r} to cite. Labels: {known}.")
    return Label(wanted)


def _plain(column: str) -> str:
    return re.sub(r"[\s\-.]+", "_", column.strip().lower())


def _is_yes_or_no(preview: pl.DataFrame, column: str) -> bool:
    values = preview[column].cast(pl.String).drop_nulls().str.to_lowercase().unique().to_list()
    return all(value.strip() in _TRUTHS for value in values)
