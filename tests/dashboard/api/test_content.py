"""Content over the API: kept once, scored, refused with the field's name."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from core.domain.api_key import Scope
from data.bootstrap import Workbench
from tests.dashboard.api.conftest import Keys
from tests.dashboard.api.problem_checks import fields, problem

CONTENT = "/api/v1/content"
GOOD = {"external_id": "c1", "body": "you idiot", "language": "en"}


def _count(acme: TestClient) -> int:
    return len(acme.get(CONTENT, params={"limit": 200}).json()["items"])


def test_waiting_answers_with_scores_verdict_and_reasons(acme: TestClient) -> None:
    answer = acme.post(CONTENT, params={"wait": True}, json=GOOD)
    assert answer.status_code == 200, answer.text
    [found] = answer.json()["results"]
    assert found["scores"]["toxicity"] == pytest.approx(0.55)
    assert (found["verdict"], found["status"]) == ("review", "flagged")
    assert found["reasons"] == ["toxicity"]
    assert found["queue"] == "review"
    scores = list(found["scores"].values())
    mean = sum(scores) / len(scores)
    assert found["agreement"] == pytest.approx(
        1 - sum((each - mean) ** 2 for each in scores) / len(scores)
    )
    assert answer.json()["processing_time_ms"] > 0
    assert answer.json()["refused"] == []


def test_without_waiting_a_job_scores(acme: TestClient, workbench: Workbench) -> None:
    answer = acme.post(CONTENT, json=[GOOD, {"external_id": "c2", "body": "hello"}])
    assert answer.status_code == 202, answer.text
    first, second = answer.json()["accepted"]
    workbench.jobs.wait(int(answer.json()["job_id"]))
    job = acme.get(f"/api/v1/jobs/{answer.json()['job_id']}").json()
    assert (job["state"], job["done"]) == ("done", 2)
    assert acme.get(f"{CONTENT}/{first['id']}").json()["verdict"] == "review"
    found = acme.get(f"{CONTENT}/{second['id']}").json()
    assert found["status"] == "approved"
    assert [each["source"] for each in found["decisions"]] == ["policy"]


def test_sending_again_changes_nothing(acme: TestClient) -> None:
    first = acme.post(CONTENT, params={"wait": True}, json=GOOD).json()["results"][0]
    again = acme.post(CONTENT, params={"wait": True}, json=[GOOD, GOOD]).json()["results"]
    assert [(each["id"], each["is_new"]) for each in again] == [(first["id"], False)] * 2
    assert first["is_new"]
    assert _count(acme) == 1


def test_other_content_under_a_taken_id_is_a_conflict_that_says_what_differs(
    acme: TestClient,
) -> None:
    acme.post(CONTENT, json=GOOD)
    answer = acme.post(
        CONTENT, json=[{"external_id": "new", "body": "x"}, GOOD | {"body": "other"}]
    )
    problem(answer, 409, "conflict")
    assert fields(answer) == ["items[1].body"]
    titled = acme.post(CONTENT, json=GOOD | {"title": "Now with a title"})
    problem(titled, 409, "conflict")
    assert fields(titled) == ["title"]
    assert _count(acme) == 1
    partly = acme.post(
        CONTENT, params={"partial": True, "wait": True},
        json=[{"external_id": "new", "body": "x"}, GOOD | {"body": "other"}],
    )  # fmt: skip
    assert [each["external_id"] for each in partly.json()["results"]] == ["new"]
    assert [each["field"] for each in partly.json()["refused"]] == ["items[1].body"]


def test_two_texts_under_one_new_id_are_a_conflict(acme: TestClient) -> None:
    answer = acme.post(CONTENT, json=[GOOD, GOOD | {"body": "other"}])
    problem(answer, 409, "conflict")
    assert fields(answer) == ["items[1].body"]
    assert _count(acme) == 0


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a number as the text": ({"body": 7}, "body"),
    "no text": ({"body": None}, "body"),
    "blanks": ({"body": "  \n"}, "body"),
    "10,001 characters": ({"body": "x" * 10_001}, "body"),
    "a long title": ({"title": "x" * 201}, "title"),
    "eleven tags": ({"tags": [f"t{n}" for n in range(11)]}, "tags"),
    "tags that are numbers": ({"tags": [1]}, "tags[0]"),
    "a language in words": ({"language": "english"}, "language"),
    "a language in capitals": ({"language": "EN"}, "language"),
    "an unknown field": ({"toxicity": 1}, "toxicity"),
    "a NUL": ({"body": "a\x00b"}, "body"),
    "a NUL in metadata": ({"metadata": {"a": "\x00"}}, "metadata"),
    "much metadata": ({"metadata": {"a": "x" * 20_000}}, "metadata"),
    "a date without an offset": ({"created_at": "2026-01-01T00:00:00"}, "created_at"),
    "an unknown kind": ({"content_type": "smell"}, "content_type"),
    "an empty id": ({"external_id": ""}, "external_id"),
    "a long id": ({"external_id": "x" * 201}, "external_id"),
}  # fmt: skip


def test_what_breaks_a_rule_is_named_and_nothing_is_kept(acme: TestClient) -> None:
    for name, (change, field) in BAD.items():
        alone = acme.post(CONTENT, json=GOOD | change)
        problem(alone, 422, "invalid")
        assert fields(alone) == [field], name
        answer = acme.post(CONTENT, json=[GOOD, GOOD | {"external_id": "c2"} | change])
        problem(answer, 422, "invalid")
        assert fields(answer) == [f"items[1].{field}"], name
    assert _count(acme) == 0
    for name, (change, field) in BAD.items():
        bad = GOOD | {"external_id": "c2"} | change
        partly = acme.post(CONTENT, params={"partial": True}, json=[GOOD, bad])
        assert [each["field"] for each in partly.json()["refused"]] == [f"items[1].{field}"], name
    assert _count(acme) == 1


def test_a_batch_has_an_end(acme: TestClient) -> None:
    pieces = [{"external_id": f"c{n}", "body": "hello"} for n in range(1_001)]
    assert fields(acme.post(CONTENT, json=pieces)) == ["items"]
    problem(acme.post(CONTENT, json=[]), 422, "invalid")
    answer = acme.post(CONTENT, params={"wait": True}, json=pieces[:1_000])
    assert len(answer.json()["results"]) == 1_000


UNREADABLE = [
    (b'{"external_id": "c", "body": "\xff\xfe"}', 400),
    (b'{"external_id": "c", "body": ', 400),
    (b'{"external_id": "c", "body": "\\ud800"}', 400),
    (b'{"external_id": "c", "body": NaN}', 400),
    (b"", 400),
    (b"7", 422),
    (b"[[]]", 422),
    (b"[" * 5_000, 400),
]


def test_a_body_that_is_not_utf_8_json_is_aproblem(acme: TestClient) -> None:
    headers = {"content-type": "application/json"}
    for body, status in UNREADABLE:
        kind = "bad-request" if status == 400 else "invalid"
        problem(acme.post(CONTENT, content=body, headers=headers), status, kind)


def test_50_mb_are_not_read(acme: TestClient) -> None:
    headers = {"content-type": "application/json"}
    body = b'[{"external_id": "' + b"x" * (50 << 20) + b'"}]'
    problem(acme.post(CONTENT, content=body, headers=headers), 413, "too-large")

    def pieces():
        for _ in range(50):
            yield b"x" * (1 << 20)

    problem(acme.post(CONTENT, content=pieces(), headers=headers), 413, "too-large")
    problem(acme.post(CONTENT, content=b"a=b"), 415, "wrong-media-type")


def test_pages_follow_each_other_and_leave_later_arrivals_out(acme: TestClient) -> None:
    pieces = [{"external_id": f"c{n}", "body": f"hello {n}"} for n in range(7)]
    acme.post(CONTENT, params={"wait": True}, json=pieces)
    seen, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = acme.get(CONTENT, params=params).json()
        seen += [each["external_id"] for each in page["items"]]
        if cursor is None:
            acme.post(CONTENT, json={"external_id": "late", "body": "late"})
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"c{n}" for n in reversed(range(7))]


def test_lists_are_filtered_by_status(acme: TestClient) -> None:
    acme.post(CONTENT, params={"wait": True}, json=[GOOD, {"external_id": "c2", "body": "hi"}])
    flagged = acme.get(CONTENT, params={"status": "flagged"}).json()["items"]
    assert [each["external_id"] for each in flagged] == ["c1"]
    answer = acme.get(CONTENT, params={"status": "nice"})
    problem(answer, 422, "invalid")
    assert fields(answer) == ["status"]


def test_a_made_up_cursor_is_refused(acme: TestClient) -> None:
    for cursor in ("x", "e30=", "////", "bnVsbA==", "é", "\x00"):
        answer = acme.get(CONTENT, params={"cursor": cursor})
        problem(answer, 422, "invalid")
        assert fields(answer) == ["cursor"]


def test_an_item_that_is_not_there(acme: TestClient) -> None:
    for item_id in ("7", "99999999999999999999", "9223372036854775808", "abc"):
        answer = acme.get(f"{CONTENT}/{item_id}")
        assert answer.status_code == (404 if item_id == "7" else 422)


def test_content_that_was_added_is_in_the_audit_log(acme: TestClient, workbench: Workbench) -> None:
    acme.post(CONTENT, json=GOOD)
    acme.post(CONTENT, json=GOOD)
    with workbench.space.store.reading() as parts:
        [event] = [each for each in parts.audit.events() if each.verb == "content.added"]
    assert (event.actor, event.details["new_count"]) == ("key:k0", 1)


def test_only_a_key_that_may_adds_content(key: Keys) -> None:
    reader = key(Scope.READ, Scope.SCORE, Scope.DECIDE)
    problem(reader.post(CONTENT, json=GOOD), 403, "forbidden")
    writer = key(Scope.INGEST)
    assert writer.post(CONTENT, json=GOOD).status_code == 202
    problem(writer.get(CONTENT), 403, "forbidden")
