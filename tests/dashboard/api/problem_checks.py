"""What every problem of the API looks like."""

from typing import Any

import httpx


def problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem in an answer, which must be this one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["type"] == f"urn:moddesk:problem:{kind}"
    return found


def fields(answer: httpx.Response) -> list[str]:
    """The fields that a problem names."""
    return [each["field"] for each in answer.json()["errors"]]
