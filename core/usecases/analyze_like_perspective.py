"""Perspective's `comments:analyze` and `comments:suggestscore` on our model."""

import hashlib
import re
from typing import Any

import polars as pl
from pydantic import ValidationError

from core.domain.content_draft import ContentDraft
from core.domain.item import ID_MAX, LANGUAGE_PATTERN
from core.domain.item_frame import LanguageDetector
from core.domain.label import Label
from core.domain.person import Person
from core.domain.role import Permission
from core.engine.classifier import Classifier
from core.errors import NotFoundError
from core.usecases.perspective_shapes import (
    ATTRIBUTES,
    AnalyzeAnswer,
    AnalyzeRequest,
    AttributeParameters,
    AttributeShape,
    ScoreShape,
    SpanShape,
    SuggestAnswer,
    SuggestRequest,
    unknown_attribute,
    utf16_length,
)
from core.usecases.take_item import NOT_FOUND
from core.usecases.workspace import Workspace

#: The language of a text whose language nobody said or could tell (BCP 47).
UNDETERMINED = "und"
MOST_SENTENCES = 200
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])\s*|\s*\n\s*")
_ID_LENGTH = 40

Scores = dict[Label, float]


def analyze_like_perspective(
    classifier: Classifier, request: AnalyzeRequest, *, person: Person, detect: LanguageDetector
) -> AnalyzeAnswer:
    """The scores of the attributes asked for; nothing is kept.

    The whole text's score is each attribute's one span, as in the original; with spanAnnotations
    every sentence is scored by itself. Raises DropInRequestError for an attribute that the model
    does not score.
    """
    person.require(Permission.SEE_MODELS)
    for name in request.requested_attributes:
        if ATTRIBUTES[name] not in classifier.labels:
            raise unknown_attribute(name)
    text = request.comment.text
    spans = sentences(text) if request.span_annotations else [(0, len(text))]
    whole, *parts = _scored(classifier, [text, *(text[begin:end] for begin, end in spans)])
    units = _units(text, spans)
    answers = {
        name: shape
        for name, wanted in request.requested_attributes.items()
        if (
            shape := _attribute(
                ATTRIBUTES[name], wanted, whole, list(zip(units, parts, strict=True))
            )
        )
    }
    detected = _detected(text, detect)
    return AnalyzeAnswer(
        attribute_scores=answers or None,
        languages=request.languages or detected,
        detected_languages=detected,
        client_token=request.client_token,
    )


def _scored(classifier: Classifier, texts: list[str]) -> list[Scores]:
    """The scores of each text; a text that comes again is scored once."""
    different = list(dict.fromkeys(texts))
    rows = classifier.score(different)
    found = {
        text: {label: float(value) for label, value in zip(classifier.labels, row, strict=True)}
        for text, row in zip(different, rows, strict=True)
    }
    return [found[text] for text in texts]


def _attribute(
    label: Label,
    wanted: AttributeParameters,
    whole: Scores,
    parts: list[tuple[tuple[int, int], Scores]],
) -> AttributeShape | None:
    """The attribute's scores but those below its threshold; None when none is left."""
    least = wanted.score_threshold if wanted.score_threshold is not None else 0.0
    spans = tuple(
        SpanShape(begin=begin, end=end, score=ScoreShape(value=scores[label]))
        for (begin, end), scores in parts
        if scores[label] >= least
    )
    summary = ScoreShape(value=whole[label]) if whole[label] >= least else None
    if summary is None and not spans:
        return None
    return AttributeShape(span_scores=spans, summary_score=summary)


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences' places, without the blanks between; what is beyond 200 is one more."""
    found: list[tuple[int, int]] = []
    begin = 0
    for end in [*_SENTENCE_END.finditer(text), None]:
        stop, following = end.span() if end is not None else (len(text), len(text))
        if text[begin:stop].strip():
            found.append((begin, stop))
        begin = following
    kept, rest = found[:MOST_SENTENCES], found[MOST_SENTENCES:]
    return [*kept, (rest[0][0], rest[-1][1])] if rest else kept


def _units(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places in characters as places in UTF-16 code units."""
    return [(utf16_length(text[:begin]), utf16_length(text[:end])) for begin, end in spans]


def _detected(text: str, detect: LanguageDetector) -> tuple[str, ...]:
    [language] = detect(pl.Series([text], dtype=pl.String))
    return (language or UNDETERMINED,)


def comment_draft(request: AnalyzeRequest | SuggestRequest) -> ContentDraft | None:
    """The comment as content to keep; None when it cannot be kept (over 10,000 characters, NUL).

    The same text of the same community with the same clientToken is the same item: sending it
    again, or suggesting its score later, makes no other.
    """
    text, community = request.comment.text, request.community_id
    told = "\x1f".join([request.client_token or "", community, text])
    digest = hashlib.sha256(told.encode()).hexdigest()[:_ID_LENGTH]
    first = request.languages[0].partition("-")[0].lower() if request.languages else ""
    fits = bool(community.strip()) and len(community) <= ID_MAX
    try:
        return ContentDraft(
            external_id=f"perspective:{digest}",
            body=text,
            language=first if re.fullmatch(LANGUAGE_PATTERN, first) else None,
            source=community if fits else "perspective",
        )
    except ValidationError:
        return None


def suggest_like_perspective(
    space: Workspace,
    request: SuggestRequest,
    item_id: int,
    *,
    person: Person,
    detect: LanguageDetector,
) -> SuggestAnswer:
    """Keeps suggested scores as an event about the kept comment: no decision, and no training.

    Raises NotFoundError for an item that is not there or of a tenant that the person does not see.
    """
    person.require(Permission.IMPORT)
    with space.store.writing() as parts:
        item = parts.items.get(item_id)
        if item is None or not person.sees(item.tenant_id):
            raise NotFoundError(NOT_FOUND)
        parts.audit.append(
            person.name, "score.suggested", f"item:{item_id}", {"scores": _suggested(request)}
        )
    return SuggestAnswer(
        detected_languages=_detected(request.comment.text, detect),
        requested_languages=request.languages or None,
        client_token=request.client_token,
    )


def _suggested(request: SuggestRequest) -> dict[str, Any]:
    """The suggestion as the audit log keeps it: numbers only."""
    return {
        name: {
            "summary": shape.summary_score.value if shape.summary_score else None,
            "spans": [[span.begin, span.end, span.score.value] for span in shape.span_scores],
        }
        for name, shape in request.attribute_scores.items()
    }
