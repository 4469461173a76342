"""Requests in Perspective's shape."""

from typing import Any

from starlette.testclient import TestClient

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


def kept_items(client: TestClient) -> list[dict[str, Any]]:
    """The items of the key's tenant."""
    found: list[dict[str, Any]] = client.get("/api/v1/content").json()["items"]
    return found
