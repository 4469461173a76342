"""The addresses of OpenAI and Perspective: their errors and their answers."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from core.domain.api_key import Scope
from tests.dashboard.api.comments import ANALYZE, COMMENT, SUGGEST, SUGGESTION, kept_items
from tests.dashboard.api.conftest import Keys

MODERATIONS = "/v1/moderations"


def test_moderation_keeps_nothing(acme: TestClient) -> None:
    answer = acme.post(MODERATIONS, json={"input": ["you idiot", "hello"]})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["id"].startswith("modr-")
    assert body["model"] == "words-1"
    assert [each["flagged"] for each in body["results"]] == [True, False]
    assert body["results"][0]["category_applied_input_types"]["illicit"] == []
    assert kept_items(acme) == []


@pytest.mark.parametrize(
    ("sent", "param", "code"),
    [
        ({"json": {"input": []}}, "input", "empty_array"),
        ({"json": {"input": "a", "x": 1}}, None, None),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, None, None),
        ({"content": b'{"input": "\xff"}', "headers": {"content-type": "application/json"}},
         None, None),
    ],
)  # fmt: skip
def test_openais_errors_have_its_shape(
    acme: TestClient, sent: dict[str, Any], param: str | None, code: str | None
) -> None:
    answer = acme.post(MODERATIONS, **sent)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)


def test_openais_refusals_have_its_shape(acme: TestClient, key: Keys) -> None:
    stranger = acme.post(MODERATIONS, json={"input": "a"}, headers={"authorization": "Bearer no"})
    assert stranger.status_code == 401
    assert stranger.json()["error"]["code"] == "invalid_api_key"
    assert key(Scope.READ).post(MODERATIONS, json={"input": "a"}).status_code == 403
    hasty = key(Scope.SCORE, per_minute=1)
    assert hasty.post(MODERATIONS, json={"input": "a"}).status_code == 200
    late = hasty.post(MODERATIONS, json={"input": "a"})
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) > 0
    assert late.json()["error"]["code"] == "rate_limit_exceeded"
    nowhere = acme.post("/v1/chat/completions", json={})
    assert nowhere.status_code == 404
    assert nowhere.json()["error"]["code"] == "unknown_url"


def test_a_key_without_ingest_scores_and_keeps_nothing(key: Keys, acme: TestClient) -> None:
    scorer = key(Scope.SCORE)
    assert scorer.post(ANALYZE, json=COMMENT).status_code == 200
    assert kept_items(acme) == []
    refused = scorer.post(SUGGEST, json=SUGGESTION)
    assert refused.status_code == 403
    assert refused.json()["error"]["status"] == "PERMISSION_DENIED"


def test_an_unscored_attribute_is_refused_by_name_and_nothing_is_kept(acme: TestClient) -> None:
    asked = COMMENT | {"requestedAttributes": {"TOXICITY": {}, "INSULT": {}}}
    answer = acme.post(ANALYZE, json=asked)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": {
            "code": 400,
            "message": "Unknown requested attribute: INSULT",
            "status": "INVALID_ARGUMENT",
            "details": [
                {
                    "@type": "type.googleapis.com/google.commentanalyzer.v1alpha1.Error",
                    "errorType": "INVALID_REQUEST",
                }
            ],
        }
    }
    assert kept_items(acme) == []


def test_a_comment_too_long_to_keep_is_scored_and_takes_no_suggestion(acme: TestClient) -> None:
    long = {"comment": {"text": "idiot " * 2_000}}
    assert acme.post(ANALYZE, json=COMMENT | long).status_code == 200
    assert kept_items(acme) == []
    refused = acme.post(SUGGEST, json=SUGGESTION | long)
    assert refused.status_code == 400
    assert "cannot be kept" in refused.json()["error"]["message"]


@pytest.mark.parametrize("body", [b"", b"{", b'"\xff"', b"[]", b'{"comment": {"text": "\\ud800"}}'])
def test_googles_errors_have_its_shape(acme: TestClient, body: bytes) -> None:
    answer = acme.post(ANALYZE, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")


def test_a_body_of_50_megabytes_is_refused_in_both_shapes(acme: TestClient) -> None:
    huge = {"input": "a" * (50 << 20)}
    refused = acme.post(MODERATIONS, json=huge)
    assert refused.status_code == 413
    assert refused.json()["error"]["type"] == "invalid_request_error"
    refused = acme.post(ANALYZE, json=huge)
    assert refused.status_code == 400
    assert refused.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_a_key_in_the_address_is_enough_and_none_is_not(acme: TestClient) -> None:
    secret = acme.headers.pop("authorization").removeprefix("Bearer ")
    assert acme.post(ANALYZE, params={"key": secret}, json=COMMENT).status_code == 200
    answer = acme.post(ANALYZE, json=COMMENT)
    assert answer.status_code == 401
    assert answer.json()["error"]["status"] == "UNAUTHENTICATED"


def test_the_discovery_document_names_the_host_it_was_asked_at(acme: TestClient) -> None:
    del acme.headers["authorization"]
    document = acme.get("/$discovery/rest", params={"version": "v1alpha1"}).json()
    assert document["rootUrl"] == "http://testserver/"
    named = {each["$ref"] for each in _references(document)}
    assert named == set(document["schemas"]) & named
    wrong = acme.get("/$discovery/rest", params={"version": "v2"})
    assert (wrong.status_code, wrong.json()["error"]["status"]) == (404, "NOT_FOUND")


def _references(part: Any) -> list[dict[str, str]]:
    if isinstance(part, dict):
        here = [part] if "$ref" in part else []
        return here + [found for each in part.values() for found in _references(each)]
    return []
