"""Requests that no client of good will sends: each is refused in the API's own words, never a 500."""

import httpx
from starlette.testclient import TestClient

from tests.dashboard.api.comments import ANALYZE
from tests.dashboard.api.problem_checks import fields, problem

_CONTENT = "/api/v1/content"
_JSON = {"content-type": "application/json"}
_DEEP = b"[" * 400 + b"]" * 400


def _sent(client: TestClient, raw: bytes, address: str = _CONTENT) -> httpx.Response:
    return client.post(address, content=raw, headers=_JSON)


def test_what_is_no_json_is_said_so(acme: TestClient) -> None:
    for raw in (
        b"", b"\x00", b'{"body": NaN}', b'{"body": Infinity}', b'{"body": "\\ud800"}',
        b"\xff", b"[" * 100_000,
    ):  # fmt: skip
        problem(_sent(acme, raw), 400, "bad-request")


def test_a_value_that_cannot_be_kept_is_named(acme: TestClient) -> None:
    for raw, field in (
        (b'{"external_id": "a", "body": 1e308}', "body"),
        (b'{"external_id": "a", "body": 99999999999999999999999999}', "body"),
        (b'{"external_id": "a", "body": "x\\u0000y"}', "body"),
        (b'{"external_id": "a\\u0000", "body": "x"}', "external_id"),
        (b'{"external_id": "a", "body": "x", "created_at": "2026-01-01T00:00:00"}', "created_at"),
    ):
        answer = _sent(acme, raw)
        problem(answer, 422, "invalid")
        assert field in fields(answer), raw
    assert acme.get(_CONTENT).json()["items"] == []


def test_a_nest_without_end_is_no_servers_error(acme: TestClient) -> None:
    for address in (
        _CONTENT, f"{_CONTENT}/1/moderate", f"{_CONTENT}/bulk-moderate", "/api/v1/policies/preview",
    ):  # fmt: skip
        problem(_sent(acme, _DEEP, address), 400, "bad-request")
    problem(_sent(acme, b'{"body": ' + _DEEP + b"}"), 400, "bad-request")
    for address in ("/v1/moderations", ANALYZE):
        assert _sent(acme, _DEEP, address).status_code == 400
        assert _sent(acme, b'{"input": ' + _DEEP + b"}", address).status_code == 400


def test_a_method_that_is_not_there(acme: TestClient) -> None:
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW"):
        for address in (f"{_CONTENT}/1/moderate", "/v1/moderations"):
            assert acme.request(method, address).status_code == 405, (method, address)


def test_an_address_that_names_no_item(acme: TestClient) -> None:
    for name in ("-1", "0x1", "9" * 19, "9" * 40, "a%2Fb", "..%2F1", "%00"):
        assert acme.get(f"{_CONTENT}/{name}").status_code in (404, 422), name


def test_a_header_without_a_key_opens_nothing(acme: TestClient) -> None:
    for value in ("", "Bearer", "Bearer ", "Basic x", "Bearer \x7f"):
        answer = acme.get(_CONTENT, headers={"authorization": value})
        problem(answer, 401, "unauthorised")


def test_an_address_with_a_slash_too_many_is_not_found_and_no_redirect(acme: TestClient) -> None:
    acme.follow_redirects = False
    for path in ("/api/v1/content/", "/api/v1/content/%2F", "/v1/moderations/", "/api/v1//content"):
        assert acme.get(path).status_code == 404, path


def test_a_misspelt_parameter_is_named_and_not_ignored(acme: TestClient) -> None:
    for address, name in ((_CONTENT, "state"), ("/api/v1/stats", "hour"), (f"{_CONTENT}/1", "x")):
        answer = acme.get(address, params={name: "1"})
        problem(answer, 422, "invalid")
        assert fields(answer) == [name]
    # Clients of Perspective send parameters of their own.
    comment = {"comment": {"text": "hi"}, "requestedAttributes": {"TOXICITY": {}}}
    assert acme.post(ANALYZE, params={"alt": "json"}, json=comment).status_code == 200


def test_what_is_wrong_is_said_in_words_that_help(acme: TestClient) -> None:
    for piece, said in (
        ({"body": "x"}, "external_id: is missing"),
        ({"external_id": "a", "body": "x" * 10_001}, "body: has 10,001 characters: at most 10,000"),
        ({"external_id": "a", "body": "x", "tags": [f"t{n}" for n in range(11)]},
         "tags: has 11 entries: at most 10"),
        ({"external_id": "a", "body": "x", "colour": "red"}, "colour: is no field of this request"),
    ):  # fmt: skip
        assert problem(acme.post(_CONTENT, json=piece), 422, "invalid")["detail"] == said


def test_a_body_that_comes_in_pieces_has_an_end_too(acme: TestClient) -> None:
    pieces = (b"x" * (1 << 20) for _ in range(50))
    problem(acme.post(_CONTENT, content=pieces, headers=_JSON), 413, "too-large")
