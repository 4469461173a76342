"""Requests and answers in the shapes of Perspective API (commentanalyzer v1alpha1).

As JSON of protocol buffers: names in either spelling (doNotStore, do_not_store), null is unset, an
unknown name is an error.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from core.domain.label import Label
from core.errors import DropInRequestError

#: Attributes that a label of ours is closest to; the original's others are answered as unknown.
ATTRIBUTES: Mapping[str, Label] = {
    "TOXICITY": Label.TOXICITY,
    "IDENTITY_ATTACK": Label.HATE_SPEECH,
    "THREAT": Label.VIOLENCE,
    "SEXUALLY_EXPLICIT": Label.ADULT_CONTENT,
    "SPAM": Label.SPAM,
}
#: The original's limit, in bytes of UTF-8.
COMMENT_MAX_BYTES = 20_480
#: Spans of one attribute: they are kept in the audit log.
MOST_SPANS = 1_000


class _Shape(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


_M = TypeVar("_M", bound=_Shape)


class TextType(StrEnum):
    """What a text is written in."""

    UNSPECIFIED = "TEXT_TYPE_UNSPECIFIED"
    PLAIN_TEXT = "PLAIN_TEXT"
    HTML = "HTML"


class ScoreType(StrEnum):
    """What a score means."""

    UNSPECIFIED = "SCORE_TYPE_UNSPECIFIED"
    PROBABILITY = "PROBABILITY"
    STD_DEV_SCORE = "STD_DEV_SCORE"
    PERCENTILE = "PERCENTILE"
    RAW = "RAW"


class TextEntry(_Shape):
    """A text."""

    text: str = ""
    type: TextType = TextType.UNSPECIFIED


class ArticleAndParent(_Shape):
    """What a comment is about, and what it answers."""

    article: TextEntry | None = None
    parent_comment: TextEntry | None = None


class Context(_Shape):
    """What a comment belongs to: read and not used."""

    entries: tuple[TextEntry, ...] = ()
    article_and_parent_comment: ArticleAndParent | None = None


class AttributeParameters(_Shape):
    """How an attribute is to be answered."""

    score_type: ScoreType = ScoreType.UNSPECIFIED
    score_threshold: float | None = None
    """Scores below it are left out."""


class _CommentRequest(_Shape):
    comment: TextEntry = TextEntry()
    context: Context | None = None
    languages: tuple[str, ...] = ()
    community_id: str = ""
    session_id: str = ""
    client_token: str | None = None


class AnalyzeRequest(_CommentRequest):
    """`comments:analyze`."""

    requested_attributes: dict[str, AttributeParameters] = Field(default_factory=dict)
    do_not_store: bool = False
    span_annotations: bool = False


class ScoreShape(_Shape):
    """One score."""

    value: Annotated[float, Field(ge=0, le=1)]
    type: ScoreType = ScoreType.PROBABILITY


class SpanShape(_Shape):
    """The score of a part of the text, in UTF-16 code units; `end` is the first that is not in."""

    begin: int
    end: int
    score: ScoreShape


class AttributeShape(_Shape):
    """The scores of one attribute."""

    span_scores: Annotated[tuple[SpanShape, ...], Field(max_length=MOST_SPANS)] = ()
    summary_score: ScoreShape | None = None


class SuggestRequest(_CommentRequest):
    """`comments:suggestscore`."""

    attribute_scores: dict[str, AttributeShape] = Field(default_factory=dict)


class AnalyzeAnswer(_Shape):
    """What `comments:analyze` answers."""

    attribute_scores: dict[str, AttributeShape] | None
    languages: tuple[str, ...]
    detected_languages: tuple[str, ...]
    client_token: str | None


class SuggestAnswer(_Shape):
    """What `comments:suggestscore` answers."""

    detected_languages: tuple[str, ...]
    requested_languages: tuple[str, ...] | None
    client_token: str | None


def analyze_request(body: Any) -> AnalyzeRequest:
    """The request; raises DropInRequestError in the original's words."""
    request = _read(body, AnalyzeRequest)
    _check_comment(request)
    if not request.requested_attributes:
        raise DropInRequestError(
            "Missing requested_attributes", "requestedAttributes", "NO_REQUESTED_ATTRIBUTES"
        )
    for name, wanted in request.requested_attributes.items():
        if name not in ATTRIBUTES:
            raise unknown_attribute(name)
        _check_type(name, wanted.score_type)
    return request


def suggest_request(body: Any) -> SuggestRequest:
    """The request; raises DropInRequestError in the original's words."""
    request = _read(body, SuggestRequest)
    _check_comment(request)
    if not request.attribute_scores:
        raise _invalid("Missing attribute_scores", "attributeScores")
    length = utf16_length(request.comment.text)
    for name, suggested in request.attribute_scores.items():
        if name not in ATTRIBUTES:
            raise unknown_attribute(name)
        if suggested.summary_score is None and not suggested.span_scores:
            raise _invalid(f"No scores for attribute {name}", f"attributeScores.{name}")
        if suggested.summary_score is not None:
            _check_type(name, suggested.summary_score.type)
        for span in suggested.span_scores:
            _check_type(name, span.score.type)
            if not 0 <= span.begin < span.end <= length:
                raise _invalid(
                    f"A span of attribute {name} is not within the comment's {length} UTF-16 "
                    f"code units: {span.begin} to {span.end}", f"attributeScores.{name}",
                )  # fmt: skip
    return request


def unknown_attribute(name: str) -> DropInRequestError:
    """The error of an attribute that nothing here scores."""
    return DropInRequestError(
        f"Unknown requested attribute: {name}", f"requestedAttributes.{name}", "INVALID_REQUEST"
    )


def unkeepable_comment() -> DropInRequestError:
    """The error of a suggestion for a comment that is none of our items and cannot become one."""
    return DropInRequestError(
        "The comment cannot be kept, so nothing can be suggested for it: it has more than 10,000 "
        "characters, or a NUL.", "comment.text", "COMMENT_TOO_LONG",
    )  # fmt: skip


def utf16_length(text: str) -> int:
    """How many UTF-16 code units the text has: a character beyond U+FFFF counts two."""
    return len(text) + sum(character > "\uffff" for character in text)


def _read(body: Any, model: type[_M]) -> _M:
    try:
        return model.model_validate(_without_nulls(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        *above, last = [str(step) for step in first["loc"]] or [""]
        place = ".".join([*above, last])
        if first["type"] == "extra_forbidden":
            below = f" at '{'.'.join(above)}'" if above else ""
            message = f'Unknown name "{last}"{below}: Cannot find field.'
        else:
            what = str(first["msg"]).replace("valid tuple", "list")
            message = f"Invalid value at '{place}': {what}."
        raise _invalid(f"Invalid JSON payload received. {message}", place) from error


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(part) for name, part in value.items() if part is not None}
    return [_without_nulls(part) for part in value] if isinstance(value, list) else value


def _check_comment(request: _CommentRequest) -> None:
    comment, context = request.comment, request.context
    if not comment.text.strip():
        raise DropInRequestError("Comment must be non-empty.", "comment.text", "COMMENT_EMPTY")
    if len(comment.text.encode()) > COMMENT_MAX_BYTES:
        raise DropInRequestError("Comment text too long.", "comment.text", "COMMENT_TOO_LONG")
    if comment.type is TextType.HTML:
        raise _invalid("Currently, only 'PLAIN_TEXT' comments are supported", "comment.type")
    if context and context.entries and context.article_and_parent_comment:
        raise _invalid(
            "Context can have either entries or article_and_parent_comment, but both fields were "
            "populated.", "context",
        )  # fmt: skip


def _check_type(name: str, wanted: ScoreType) -> None:
    if wanted not in (ScoreType.UNSPECIFIED, ScoreType.PROBABILITY):
        raise _invalid(
            f"Requested score type {wanted.value} is not supported by attribute {name}",
            f"requestedAttributes.{name}.scoreType",
        )


def _invalid(message: str, field: str) -> DropInRequestError:
    return DropInRequestError(message, field, "INVALID_REQUEST")
