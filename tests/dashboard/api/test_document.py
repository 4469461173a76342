"""The OpenAPI document: valid, complete, and true."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from core.domain.api_key import Scope
from dashboard.api.documented import SCOPES, TAGS
from tests.dashboard.api.conftest import Keys

Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture
def document(key: Keys) -> dict[str, Any]:
    found: dict[str, Any] = key().get("/api/v1/openapi.json").json()
    return found


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _bodies(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is sent and answered, each with its schema and example."""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"body {kind}", content
    for status, answer in operation["responses"].items():
        for kind, content in answer["content"].items():
            yield f"{status} {kind}", content


def test_it_is_valid_and_needs_no_key(document: dict[str, Any], key: Keys) -> None:
    validate(document)
    client = key()
    del client.headers["authorization"]
    assert client.get("/api/v1/openapi.json").json() == document


def test_every_operation_is_described_and_shown(document: dict[str, Any]) -> None:
    names = []
    for _, path, operation in _operations(document):
        names.append(operation["operationId"])
        assert operation["summary"], path
        assert operation["description"], path
        assert set(operation["tags"]) <= {tag["name"] for tag in TAGS}, path
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (path, parameter["name"])
        for place, content in _bodies(operation):
            assert "example" in content, (path, place)
    assert len(names) == len(set(names)) == len(SCOPES) + 1


def test_every_field_is_described(document: dict[str, Any]) -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, values in schema.get("properties", {}).items()
        if not values.get("description")
    ]
    assert silent == []


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    for _, path, operation in _operations(document):
        for place, content in _bodies(operation):
            schema = {**content["schema"], "components": document["components"]}
            errors = [error.message for error in Draft202012Validator(schema).iter_errors(
                content["example"]
            )]  # fmt: skip
            assert errors == [], (path, place)


#: Named by what they are about: which of them there are is not part of the shape.
_OPEN = ("scores", "verdicts", "thresholds", "metadata", "labels", "reasons", "tags", "rule")


def _fits(shown: Any, real: Any, place: str) -> None:
    """Both have the same fields, as deep as both go."""
    if isinstance(shown, dict) and isinstance(real, dict):
        if place.rpartition(".")[2] in _OPEN:
            return
        assert shown.keys() == real.keys(), place
        for name in shown:
            _fits(shown[name], real[name], f"{place}.{name}")
    if isinstance(shown, list) and isinstance(real, list) and shown and real:
        _fits(shown[0], real[0], f"{place}[0]")


def test_the_examples_look_like_what_the_api_answers(
    acme: TestClient, document: dict[str, Any]
) -> None:
    piece = {"external_id": "c1", "body": "you idiot", "author_id": "ann"}
    [item] = acme.post("/api/v1/content", params={"wait": True}, json=piece).json()["results"]
    job = acme.post("/api/v1/content", json={"external_id": "c2", "body": "hello"}).json()
    decision = {"outcome": "reject", "reasons": ["toxicity"]}
    policies = acme.get("/api/v1/policies").json()["policies"]
    ids = {"item_id": item["id"], "job_id": job["job_id"], "policy_id": policies[0]["id"]}
    bodies: dict[str, Any] = {
        "send_content": piece,
        "moderate_one": decision,
        "moderate_many": {"ids": [item["id"], "7"], **decision},
        "preview": {"rule": policies[0]["rule"]},
    }
    for method, path, operation in _operations(document):
        name = operation["operationId"]
        shown = {
            status: answer["content"]["application/json"]["example"]
            for status, answer in operation["responses"].items()
            if status.startswith("2")
        }
        for status, example in shown.items():
            answer = acme.request(
                method, path.format(**ids), json=bodies.get(name),
                params={"wait": True} if (name, status) == ("send_content", "200") else {},
            )  # fmt: skip
            assert answer.status_code == int(status), (name, answer.text)
            _fits(example, answer.json(), name)


@pytest.mark.parametrize("scope", Scope)
def test_the_scopes_of_the_document_are_what_opens_an_operation(
    key: Keys, document: dict[str, Any], scope: Scope
) -> None:
    client = key(scope)
    for method, path, operation in _operations(document):
        name = operation["operationId"]
        if name == "health":
            assert operation["security"] == []
            continue
        address = path.format(item_id="7", job_id="7", policy_id="7")
        status = client.request(method, address, json={} if method == "post" else None).status_code
        assert (status == 403) == (scope not in SCOPES[name]), (name, status)
