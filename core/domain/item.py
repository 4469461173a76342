"""One piece of user content, and the limits every item keeps."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from core.domain.record import Record

TITLE_MAX = 200
BODY_MAX = 10_000
TAGS_MAX = 10
ID_MAX = 200
LANGUAGE_PATTERN = r"^[a-z]{2}$"


class ContentType(StrEnum):
    """What kind of content an item is."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class Item(Record):
    """One piece of user content; moderation never changes it."""

    item_id: int
    tenant_id: Annotated[str, Field(min_length=1, max_length=ID_MAX)]
    external_id: Annotated[str, Field(min_length=1, max_length=ID_MAX)]
    author_id: Annotated[str, Field(max_length=ID_MAX)] | None = None
    content_type: ContentType = ContentType.TEXT
    title: Annotated[str, Field(max_length=TITLE_MAX)] | None = None
    body: Annotated[str, Field(min_length=1, max_length=BODY_MAX)]
    language: Annotated[str, Field(pattern=LANGUAGE_PATTERN)] | None = None
    language_detected: bool = False
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = Field(default_factory=dict)
    source: str | None = None
    thread_id: str | None = None
    created_at: datetime
    ingested_at: datetime
    content_hash: bytes
    import_id: int | None = None
