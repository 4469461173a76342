"""The addresses of OpenAI and Perspective: their errors, and what is kept."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from core.domain.api_key import Scope
from data.bootstrap import Workbench
from tests.dashboard.api.conftest import Keys

MODERATIONS = "/v1/moderations"
ANALYZE = "/v1alpha1/comments:analyze"
SUGGEST = "/v1alpha1/comments:suggestscore"
COMMENT: dict[str, Any] = {
    "comment": {"text": "you idiot 👍"},
    "languages": ["en"],
    "requestedAttributes": {"TOXICITY": {}},
}
SUGGESTION = {
    "comment": COMMENT["comment"],
    "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
}
CONTENT = "/api/v1/content"


def _items(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(CONTENT).json()["items"]
    return found


def test_moderation_keeps_nothing(acme: TestClient) -> None:
    answer = acme.post(MODERATIONS, json={"input": ["you idiot", "hello"]})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["id"].startswith("modr-")
    assert body["model"] == "words-1"
    assert [each["flagged"] for each in body["results"]] == [True, False]
    assert body["results"][0]["category_applied_input_types"]["illicit"] == []
    assert _items(acme) == []


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


def test_a_comment_is_an_item_once_and_its_suggested_score_is_about_it(
    acme: TestClient, workbench: Workbench
) -> None:
    first = acme.post(ANALYZE, json=COMMENT)
    assert first.status_code == 200, first.text
    assert first.json() == {
        "attributeScores": {
            "TOXICITY": {
                "spanScores": [
                    {"begin": 0, "end": 12, "score": {"value": pytest.approx(0.55),
                                                      "type": "PROBABILITY"}}
                ],
                "summaryScore": {"value": pytest.approx(0.55), "type": "PROBABILITY"},
            }
        },
        "languages": ["en"],
        "detectedLanguages": ["und"],
    }  # fmt: skip
    assert acme.post(ANALYZE, json=COMMENT).status_code == 200
    [item] = _items(acme)
    assert (item["body"], item["verdict"]) == ("you idiot 👍", "review")
    suggested = acme.post(SUGGEST, json=SUGGESTION | {"clientToken": "t", "languages": ["en"]})
    assert suggested.status_code == 200
    assert suggested.json() == {
        "detectedLanguages": ["und"], "requestedLanguages": ["en"], "clientToken": "t",
    }  # fmt: skip
    again = acme.post(SUGGEST, json=SUGGESTION)
    assert again.status_code == 200
    assert len(_items(acme)) == 2
    with workbench.space.store.reading() as parts:
        events = [each for each in parts.audit.events() if each.verb == "score.suggested"]
    assert item["id"] in [each.subject.removeprefix("item:") for each in events]
    assert [each.details["scores"] for each in events] == [
        {"TOXICITY": {"summary": 1.0, "spans": []}}
    ] * 2
    assert "idiot" not in str([each.details for each in events])
    # A suggestion is no decision.
    assert acme.get(f"{CONTENT}/{item['id']}").json()["decisions"] == []


@pytest.mark.parametrize("name", ["doNotStore", "do_not_store"])
def test_do_not_store_keeps_nothing(acme: TestClient, workbench: Workbench, name: str) -> None:
    answer = acme.post(ANALYZE, json=COMMENT | {name: True})
    assert answer.status_code == 200
    assert _items(acme) == []
    with workbench.space.store.reading() as parts:
        assert not [each for each in parts.audit.events() if each.verb == "content.added"]


def test_a_key_without_ingest_scores_and_keeps_nothing(key: Keys, acme: TestClient) -> None:
    scorer = key(Scope.SCORE)
    assert scorer.post(ANALYZE, json=COMMENT).status_code == 200
    assert _items(acme) == []
    refused = scorer.post(SUGGEST, json=SUGGESTION)
    assert refused.status_code == 403
    assert refused.json()["error"]["status"] == "PERMISSION_DENIED"


def test_what_is_kept_belongs_to_the_keys_tenant(acme: TestClient, zoo: TestClient) -> None:
    zoo.post(ANALYZE, json=COMMENT)
    assert _items(acme) == []
    assert len(_items(zoo)) == 1
    acme.post(ANALYZE, json=COMMENT)
    assert len(_items(acme)) == len(_items(zoo)) == 1


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
    assert _items(acme) == []


def test_a_comment_too_long_to_keep_is_scored_and_takes_no_suggestion(acme: TestClient) -> None:
    long = {"comment": {"text": "idiot " * 2_000}}
    assert acme.post(ANALYZE, json=COMMENT | long).status_code == 200
    assert _items(acme) == []
    refused = acme.post(SUGGEST, json=SUGGESTION | long)
    assert refused.status_code == 400
    assert "cannot be kept" in refused.json()["error"]["message"]


@pytest.mark.parametrize("body", [b"", b"{", b'"\xff"', b"[]", b'{"comment": {"text": "\\ud800"}}'])
def test_googles_errors_have_its_shape(acme: TestClient, body: bytes) -> None:
    answer = acme.post(ANALYZE, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")


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
