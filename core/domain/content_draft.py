"""One piece of content as a program sends it, before it is an item."""

from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from core.domain.item import (
    BODY_MAX,
    ID_MAX,
    LANGUAGE_PATTERN,
    TAGS_MAX,
    TITLE_MAX,
    ContentType,
)
from core.domain.plain_text import PlainText
from core.domain.record import Record

TAG_MAX = 100
METADATA_MAX_BYTES = 16_384
#: How many pieces of content one request may bring.
MOST_DRAFTS = 1_000


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("says nothing: content needs text")
    return text


def _tidy(tags: Any) -> Any:
    """Trimmed, lower case, each once; anything but a list of texts is left for the check."""
    if not isinstance(tags, list | tuple) or not all(isinstance(tag, str) for tag in tags):
        return tags
    return tuple(dict.fromkeys(tag.strip().lower() for tag in tags if tag.strip()))


def _small(metadata: dict[str, Any]) -> dict[str, Any]:
    if len(_as_json(metadata)) > METADATA_MAX_BYTES:
        raise ValueError(f"has more than {METADATA_MAX_BYTES:,} bytes as JSON")
    return metadata


def _as_json(metadata: dict[str, Any]) -> bytes:
    try:
        found = orjson.dumps(metadata)
    except TypeError as error:
        raise ValueError("holds what JSON cannot") from error
    if b"\\u0000" in found:
        raise ValueError("contains a NUL character, which cannot be stored")
    return found


_Id = Annotated[PlainText, AfterValidator(_said), Field(min_length=1, max_length=ID_MAX)]
Tag = Annotated[PlainText, Field(min_length=1, max_length=TAG_MAX)]


class ContentDraft(Record):
    """Content to be moderated; the platform's own id makes sending it twice harmless."""

    external_id: Annotated[_Id, Field(description="The platform's id, unique in the tenant.")]
    body: Annotated[
        PlainText,
        AfterValidator(_said),
        Field(min_length=1, max_length=BODY_MAX, description="The text."),
    ]
    title: Annotated[PlainText, Field(max_length=TITLE_MAX)] | None = None
    author_id: _Id | None = None
    content_type: ContentType = ContentType.TEXT
    language: Annotated[
        str | None,
        Field(pattern=LANGUAGE_PATTERN, description="Two letters, such as en; else detected."),
    ] = None
    tags: Annotated[tuple[Tag, ...], BeforeValidator(_tidy), Field(max_length=TAGS_MAX)] = ()
    metadata: Annotated[
        dict[str, Any],
        AfterValidator(_small),
        Field(description="Anything else; `reports` and `views` raise an item's priority."),
    ] = Field(default_factory=dict)
    source: _Id | None = None
    thread_id: _Id | None = None
    created_at: Annotated[
        AwareDatetime | None,
        Field(description="When it was made on the platform, with an offset; default: now."),
    ] = None
