"""Perspective's shapes: offsets, thresholds, what is refused and in which words."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.person import operator
from core.errors import DropInRequestError
from core.usecases.analyze_like_perspective import (
    MOST_SENTENCES,
    analyze_like_perspective,
    comment_draft,
    sentences,
)
from core.usecases.perspective_shapes import (
    AnalyzeAnswer,
    analyze_request,
    suggest_request,
    utf16_length,
)
from tests.builders import WordClassifier
from tests.dashboard.word_workbench import FewLabels

ANN = operator("ann")


def _unsure(texts: pl.Series) -> pl.Series:
    return pl.Series([None] * len(texts), dtype=pl.String)


def _body(text: str = "you idiot", **others: Any) -> dict[str, Any]:
    return {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}, **others}


def _analyzed(text: str, **others: Any) -> AnalyzeAnswer:
    request = analyze_request(_body(text, **others))
    return analyze_like_perspective(WordClassifier(), request, person=ANN, detect=_unsure)


def test_the_whole_text_is_the_one_span_in_utf_16_code_units() -> None:
    text = "👍 you idiot 🏴‍☠️"
    answer = _analyzed(text, languages=["en"], clientToken="t")
    assert answer.attribute_scores is not None
    shape = answer.attribute_scores["TOXICITY"]
    [span] = shape.span_scores
    assert (span.begin, span.end) == (0, len(text.encode("utf-16-le")) // 2)
    assert span.end == len(text) + 2
    assert span.score == shape.summary_score
    assert span.score.value == pytest.approx(0.55)
    assert (answer.languages, answer.client_token) == (("en",), "t")


def test_span_annotations_score_every_sentence_by_itself() -> None:
    text = "👍👍 Nice one!  You idiot. 😀\nBye"
    answer = _analyzed(text, spanAnnotations=True)
    assert answer.attribute_scores is not None
    units = text.encode("utf-16-le")
    found = {
        units[2 * span.begin : 2 * span.end].decode("utf-16-le"): round(span.score.value, 2)
        for span in answer.attribute_scores["TOXICITY"].span_scores
    }
    assert found == {"👍👍 Nice one!": 0.05, "You idiot.": 0.55, "😀": 0.05, "Bye": 0.05}


@given(st.text(alphabet="aé😀👍. !?\n。 ", max_size=60))
def test_sentences_cover_all_but_blanks_in_order(text: str) -> None:
    found = sentences(text)
    covered = {place for begin, end in found for place in range(begin, end)}
    assert all(text[place].isspace() for place in range(len(text)) if place not in covered)
    ends = [place for span in found for place in span]
    assert ends == sorted(ends)
    assert all(text[begin:end].strip() for begin, end in found)


def test_sentences_end() -> None:
    text = "idiot. " * 2_000
    found = sentences(text)
    assert len(found) == MOST_SENTENCES + 1
    assert found[-1][1] == len(text) - 1


@given(st.text(max_size=30))
def test_utf_16_is_counted_as_encoded(text: str) -> None:
    encodable = "".join(each for each in text if not "\ud800" <= each <= "\udfff")
    assert utf16_length(encodable) == len(encodable.encode("utf-16-le")) // 2


def test_scores_below_the_threshold_are_left_out() -> None:
    wanted = {"TOXICITY": {"scoreThreshold": 0.5}, "THREAT": {"score_threshold": 0.5}}
    answer = _analyzed("you idiot", requestedAttributes=wanted)
    assert answer.attribute_scores is not None
    assert list(answer.attribute_scores) == ["TOXICITY"]
    none = _analyzed("hello", requestedAttributes=wanted)
    assert "attributeScores" not in none.model_dump(by_alias=True, exclude_none=True)


def test_a_language_that_nobody_knows_is_undetermined() -> None:
    answer = _analyzed("ok")
    assert answer.languages == answer.detected_languages == ("und",)


@pytest.mark.parametrize("name", ["SEVERE_TOXICITY", "INSULT", "toxicity", "TOXICITY "])
def test_an_attribute_that_nothing_scores_is_unknown_and_never_a_number(name: str) -> None:
    with pytest.raises(DropInRequestError, match=f"^Unknown requested attribute: {name}$"):
        analyze_request(_body(requestedAttributes={"TOXICITY": {}, name: {}}))


def test_an_attribute_that_this_model_does_not_score_is_unknown_too() -> None:
    request = analyze_request(_body(requestedAttributes={"TOXICITY": {}, "THREAT": {}}))
    with pytest.raises(DropInRequestError, match="Unknown requested attribute: THREAT"):
        analyze_like_perspective(FewLabels(), request, person=ANN, detect=_unsure)


@pytest.mark.parametrize(
    ("changes", "message", "code"),
    [
        ({"comment": {}}, "Comment must be non-empty.", "COMMENT_EMPTY"),
        ({"comment": {"text": " \n"}}, "Comment must be non-empty.", "COMMENT_EMPTY"),
        ({"comment": {"text": "é" * 10_241}}, "Comment text too long.", "COMMENT_TOO_LONG"),
        (
            {"requestedAttributes": None}, "Missing requested_attributes",
            "NO_REQUESTED_ATTRIBUTES",
        ),
        (
            {"comment": {"text": "a", "type": "HTML"}},
            "Currently, only 'PLAIN_TEXT' comments are supported", "INVALID_REQUEST",
        ),
        (
            {"requestedAttributes": {"TOXICITY": {"scoreType": "PERCENTILE"}}},
            "Requested score type PERCENTILE is not supported by attribute TOXICITY",
            "INVALID_REQUEST",
        ),
        (
            {"context": {"entries": [{"text": "a"}], "articleAndParentComment": {}}},
            "Context can have either entries or article_and_parent_comment, but both fields were "
            "populated.", "INVALID_REQUEST",
        ),
        (
            {"comment": {"text": "a", "html": True}},
            "Invalid JSON payload received. Unknown name \"html\" at 'comment': Cannot find field.",
            "INVALID_REQUEST",
        ),
        (
            {"languages": "en"},
            "Invalid JSON payload received. Invalid value at 'languages': Input should be a list.",
            "INVALID_REQUEST",
        ),
    ],
)  # fmt: skip
def test_bad_requests_are_refused_in_the_originals_words(
    changes: dict[str, Any], message: str, code: str
) -> None:
    with pytest.raises(DropInRequestError) as caught:
        analyze_request(_body() | changes)
    assert (str(caught.value), caught.value.code) == (message, code)


@pytest.mark.parametrize("body", [None, [], "text", 3])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(DropInRequestError, match="Invalid JSON payload received"):
        analyze_request(body)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({}, "Missing attribute_scores"),
        ({"INSULT": {"summaryScore": {"value": 1}}}, "Unknown requested attribute: INSULT"),
        ({"TOXICITY": {}}, "No scores for attribute TOXICITY"),
        ({"TOXICITY": {"summaryScore": {"value": 1.5}}}, "Invalid value at"),
        ({"TOXICITY": {"summaryScore": {"value": 1, "type": "RAW"}}}, "score type RAW"),
        (
            {"TOXICITY": {"spanScores": [{"begin": 0, "end": 10, "score": {"value": 1}}]}},
            "not within the comment's 9 UTF-16 code units",
        ),
        (
            {"TOXICITY": {"spanScores": [{"begin": 0, "end": 1, "score": {"value": 1}}] * 1_001}},
            "Invalid value at 'attributeScores.TOXICITY.spanScores'",
        ),
    ],
)
def test_bad_suggestions_are_refused(scores: dict[str, Any], message: str) -> None:
    with pytest.raises(DropInRequestError, match=message):
        suggest_request({"comment": {"text": "you idiot"}, "attributeScores": scores})


def test_the_same_comment_is_the_same_item_whichever_call_brings_it() -> None:
    told = {"communityId": "forum", "clientToken": "c1", "languages": ["en-GB"]}
    draft = comment_draft(analyze_request(_body(**told)))
    scores = {"TOXICITY": {"summaryScore": {"value": 1}}}
    again = comment_draft(
        suggest_request({"comment": {"text": "you idiot"}, "attributeScores": scores, **told})
    )
    assert draft is not None
    assert again == draft
    assert (draft.language, draft.source) == ("en", "forum")
    others = [{"clientToken": "c2"}, {"communityId": "x"}]
    for other in [comment_draft(analyze_request(_body(**told | each))) for each in others]:
        assert other is not None
        assert other.external_id != draft.external_id


@pytest.mark.parametrize("text", ["a" * 10_001, "a\x00b"])
def test_what_no_item_can_hold_is_no_draft(text: str) -> None:
    assert comment_draft(analyze_request(_body(text))) is None
