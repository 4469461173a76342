"""Generated requests: the API never fails, and answers only what its document says."""

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from tests.dashboard.api.conftest import Keys

_CHECKS = [
    schemathesis.checks.not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance,
]  # fmt: skip
_SETTINGS = settings(
    max_examples=5, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_generated_requests_are_answered_as_documented(key: Keys) -> None:
    client: TestClient = key()
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", client.app)
    operations = [
        found.ok() for found in schema.include(path_regex="^/api/v1/").get_all_operations()
    ]
    assert len(operations) >= 12

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        for operation in operations:
            if mode is GenerationMode.NEGATIVE and operation.path == "/api/v1/health":
                # It takes neither a key nor anything else that could be wrong.
                continue

            @given(case=operation.as_strategy(generation_mode=mode))
            @_SETTINGS
            def ask(case: schemathesis.Case) -> None:
                case.call_and_validate(headers=dict(client.headers), checks=_CHECKS)

            ask()
