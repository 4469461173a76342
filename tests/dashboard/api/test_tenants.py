"""No key reads or changes anything of another tenant, at any address of the document."""

from typing import Any

import pytest
from starlette.testclient import TestClient

SECRET = "acme secret idiot"


@pytest.fixture
def acme_ids(acme: TestClient) -> dict[str, str]:
    """What of acme's could be guessed: an item, waiting for review, and a job."""
    pieces = [{"external_id": "acme-external", "body": SECRET, "author_id": "acme-author"}]
    [item] = acme.post("/api/v1/content", params={"wait": True}, json=pieces).json()["results"]
    job = acme.post("/api/v1/content", json=pieces).json()["job_id"]
    [policy] = [
        each for each in acme.get("/api/v1/policies").json()["policies"] if each["is_in_force"]
    ]
    return {"item_id": item["id"], "job_id": job, "policy_id": policy["id"]}


def _bodies(ids: dict[str, str]) -> dict[str, Any]:
    bound = {"toxicity": {"approve_below": 0.1, "reject_above": 0.2}}
    return {
        "/api/v1/content": {"external_id": "acme-external", "body": "zoo's own"},
        "/api/v1/content/{item_id}/moderate": {"outcome": "reject", "reasons": ["spam"]},
        "/api/v1/content/bulk-moderate": {
            "ids": [ids["item_id"]], "outcome": "reject", "reasons": ["spam"]
        },
        "/api/v1/policies/preview": {"rule": {"kind": "thresholds", "thresholds": bound}},
    }  # fmt: skip


def test_another_tenants_key_sees_and_changes_nothing(
    acme: TestClient, zoo: TestClient, acme_ids: dict[str, str]
) -> None:
    before = acme.get(f"/api/v1/content/{acme_ids['item_id']}").json()
    document = zoo.get("/api/v1/openapi.json").json()
    bodies = _bodies(acme_ids)
    tried = []
    for path, methods in document["paths"].items():
        if not path.startswith("/api/v1/"):
            continue
        for method in methods:
            body = bodies[path] if method == "post" else None
            answer = zoo.request(method, path.format(**acme_ids), json=body)
            tried.append(f"{method} {path}")
            text = answer.text
            for word in (SECRET, "acme-author", acme_ids["item_id"]):
                # The id that was asked for may be repeated in a refusal, and only there.
                if word == acme_ids["item_id"] and path.endswith("bulk-moderate"):
                    continue
                assert word not in text, path
            owned = "{item_id}" in path or "{job_id}" in path
            assert answer.status_code == (404 if owned else answer.status_code), path
            assert answer.status_code < 500, path
    assert len(tried) >= 12
    assert acme.get(f"/api/v1/content/{acme_ids['item_id']}").json() == before
    assert [each["body"] for each in zoo.get("/api/v1/content").json()["items"]] == ["zoo's own"]
    bulk = zoo.post("/api/v1/content/bulk-moderate", json=bodies["/api/v1/content/bulk-moderate"])
    assert bulk.json()["decided_count"] == 0
    counts = zoo.get("/api/v1/stats").json()
    assert sum(each["items"] for each in counts["arrivals"]) == 1
    preview = zoo.post("/api/v1/policies/preview", json=bodies["/api/v1/policies/preview"])
    assert preview.json()["items"] <= 1
