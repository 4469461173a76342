"""Decisions over the API: appended once, refused with a reason."""

from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from core.domain.api_key import Scope
from core.domain.person import operator
from core.usecases.claim_tasks import WorkRequest, next_tasks
from data.bootstrap import Workbench
from tests.dashboard.api.conftest import Keys
from tests.dashboard.api.problem_checks import fields, problem

CONTENT = "/api/v1/content"


@pytest.fixture
def item_id(acme: TestClient) -> str:
    answer = acme.post(
        CONTENT, params={"wait": True}, json={"external_id": "c1", "body": "you idiot"}
    )
    return str(answer.json()["results"][0]["id"])


def test_a_decision_is_appended_once(acme: TestClient, item_id: str, workbench: Workbench) -> None:
    sent = {"decision_id": str(uuid4()), "outcome": "reject", "reasons": ["toxicity"],
            "note": "seen before"}  # fmt: skip
    first = acme.post(f"{CONTENT}/{item_id}/moderate", json=sent)
    assert first.status_code == 200, first.text
    assert first.json()["decision_id"] == sent["decision_id"]
    assert (first.json()["actor"], first.json()["source"]) == ("key:k0", "human")
    again = acme.post(f"{CONTENT}/{item_id}/moderate", json=sent)
    assert again.json() == first.json()
    found = acme.get(f"{CONTENT}/{item_id}").json()
    assert (found["status"], found["queue"]) == ("rejected", None)
    assert [each["decision_id"] for each in found["decisions"]] == [sent["decision_id"]]
    other = acme.post(f"{CONTENT}/{item_id}/moderate", json=sent | {"outcome": "approve"})
    problem(other, 409, "conflict")
    with workbench.space.store.reading() as parts:
        verbs = [(each.actor, each.verb) for each in parts.audit.events()]
    assert verbs.count(("key:k0", "decision.reject")) == 1


def test_what_somebody_reviews_is_a_conflict(
    acme: TestClient, item_id: str, workbench: Workbench
) -> None:
    next_tasks(workbench.space, operator("ann"), WorkRequest(queue="review", hold=1))
    answer = acme.post(f"{CONTENT}/{item_id}/moderate", json={"outcome": "approve"})
    assert "ann is looking" in problem(answer, 409, "conflict")["detail"]
    bulk = acme.post(f"{CONTENT}/bulk-moderate", json={"ids": [item_id], "outcome": "approve"})
    assert bulk.json()["decided_count"] == 0
    assert "ann is looking" in bulk.json()["refused"][0]["problem"]


def test_many_are_decided_alike_and_the_others_named(acme: TestClient, item_id: str) -> None:
    answer = acme.post(
        f"{CONTENT}/bulk-moderate",
        json={"ids": [item_id, "7", item_id], "outcome": "reject", "reasons": ["spam"]},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["decided_count"] == 1
    assert [each["id"] for each in answer.json()["refused"]] == ["7"]
    assert acme.get(f"{CONTENT}/{item_id}").json()["status"] == "rejected"


BAD = {
    "no reason": ({"outcome": "reject"}, "body"),
    "no outcome": ({"reasons": ["spam"]}, "outcome"),
    "an unknown outcome": ({"outcome": "burn"}, "outcome"),
    "taking back": ({"outcome": "withdraw"}, "body"),
    "an unknown reason": ({"outcome": "reject", "reasons": ["rude"]}, "reasons[0]"),
    "a long note": ({"outcome": "approve", "note": "x" * 1_001}, "note"),
    "a NUL": ({"outcome": "approve", "note": "\x00"}, "note"),
    "an unknown field": ({"outcome": "approve", "by": "me"}, "by"),
    "no id": ({"outcome": "approve", "decision_id": "1"}, "decision_id"),
}


def test_a_decision_that_cannot_be_is_refused_with_its_field(
    acme: TestClient, item_id: str
) -> None:
    for name, (sent, field) in BAD.items():
        answer = acme.post(f"{CONTENT}/{item_id}/moderate", json=sent)
        problem(answer, 422, "invalid")
        assert fields(answer) == [field], name
    many = acme.post(f"{CONTENT}/bulk-moderate", json={"ids": ["1"] * 1_001, "outcome": "approve"})
    assert fields(many) == ["ids"]
    problem(acme.post(f"{CONTENT}/7/moderate", json={"outcome": "approve"}), 404, "not-found")
    assert acme.get(f"{CONTENT}/{item_id}").json()["decisions"] == []


def test_only_a_key_that_may_decides(key: Keys, item_id: str) -> None:
    writer = key(Scope.INGEST, Scope.READ, Scope.SCORE)
    answer = writer.post(f"{CONTENT}/{item_id}/moderate", json={"outcome": "approve"})
    problem(answer, 403, "forbidden")
