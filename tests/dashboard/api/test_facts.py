"""Policies, previews, models, statistics and jobs over the API."""

import pytest
from starlette.testclient import TestClient

from core.domain.label import Label
from core.domain.policy import LabelThresholds, Override, ThresholdRule
from core.usecases.manage_policies import save_draft
from data.bootstrap import Workbench
from tests.dashboard.api.problem_checks import fields, problem

STRICT = {
    "kind": "thresholds",
    "thresholds": {"toxicity": {"approve_below": 0.01, "reject_above": 0.02}},
}
TEXTS = ["you idiot", "hello", "buy pills", "idiot idiot"]


@pytest.fixture
def filled(acme: TestClient, zoo: TestClient) -> TestClient:
    for client, count in ((acme, 4), (zoo, 1)):
        pieces = [{"external_id": f"c{n}", "body": text} for n, text in enumerate(TEXTS[:count])]
        assert client.post("/api/v1/content", params={"wait": True}, json=pieces).is_success
    return acme


def test_policies_are_read_without_other_tenants_bounds(
    filled: TestClient, workbench: Workbench
) -> None:
    bounds = {Label.TOXICITY: LabelThresholds(approve_below=0.4, reject_above=0.9)}
    rule = ThresholdRule(
        thresholds=bounds,
        overrides=tuple(Override(tenant=tenant, thresholds=bounds) for tenant in ("acme", "zoo")),
    )
    save_draft(
        workbench.space, workbench.operator, name="mine", rule=rule, model=workbench.catalogue.model
    )
    workbench.policies_changed(by=workbench.operator)
    found = {each["name"]: each for each in filled.get("/api/v1/policies").json()["policies"]}
    assert found["default"]["is_in_force"]
    assert not found["mine"]["is_in_force"]
    assert [each["tenant"] for each in found["mine"]["rule"]["overrides"]] == ["acme"]
    one = filled.get(f"/api/v1/policies/{found['mine']['id']}").json()
    assert one == found["mine"]
    problem(filled.get("/api/v1/policies/7"), 404, "not-found")


def test_a_preview_counts_flips_on_the_tenants_own_history(filled: TestClient) -> None:
    answer = filled.post("/api/v1/policies/preview", json={"rule": STRICT})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["items"] == 4
    assert sum(found["before"]["verdicts"].values()) == 4
    assert found["after"]["verdicts"]["reject"] == 4
    assert found["flips"] == 3
    assert found["flip_share"] == pytest.approx(0.75)


def test_a_rule_that_cannot_be_is_refused(filled: TestClient) -> None:
    for rule in ({"kind": "thresholds", "thresholds": {}}, {"kind": "magic"}, 7,
                 {"kind": "weighted", "weights": {"spam": 2}, "approve_below": 0, "reject_above": 1}):  # fmt: skip
        problem(filled.post("/api/v1/policies/preview", json={"rule": rule}), 422, "invalid")
    answer = filled.post("/api/v1/policies/preview", json={"rule": STRICT, "against": "7"})
    problem(answer, 404, "not-found")


def test_models_and_statistics(filled: TestClient) -> None:
    models = filled.get("/api/v1/models").json()["models"]
    assert [each["name"] for each in models if each["is_in_use"]] == ["words-1"]
    stats = filled.get("/api/v1/stats").json()
    assert {each["queue"]: each["waiting"] for each in stats["queues"]}["review"] == 2
    assert (stats["automated_items"], stats["decided_items"]) == (2, 2)
    assert sum(each["items"] for each in stats["arrivals"]) == 4
    answer = filled.get("/api/v1/stats", params={"hours": 0})
    problem(answer, 422, "invalid")
    assert fields(answer) == ["hours"]


def test_health_and_the_document_need_no_key(filled: TestClient) -> None:
    filled.headers.pop("authorization")
    assert filled.get("/api/v1/health").json() == {"status": "ok"}
    document = filled.get("/api/v1/openapi.json").json()
    assert document["info"]["title"] == "ModDesk API"
    named = document["components"]["schemas"]
    assert {"ContentDraft", "Moderation", "BulkModeration", "Problem", "Label"} <= set(named)
    problem(filled.get("/api/v1/nothing"), 404, "not-found")
    problem(filled.delete("/api/v1/content"), 405, "method-not-allowed")
