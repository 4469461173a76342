"""The addresses of others' APIs keep to the key's tenant, and none is missing here."""

from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from dashboard.api.application import ROUTERS
from tests.dashboard.api.comments import ANALYZE, COMMENT, SUGGEST, SUGGESTION, kept_items

_DISCOVERY = "/$discovery/rest"
_MODERATIONS = "/v1/moderations"
#: Each address beside our own document's (whose test is test_tenants.py): what zoo tries there.
_TRIED = {
    ANALYZE: [COMMENT, COMMENT | {"doNotStore": True}, COMMENT | {"clientToken": "t"}],
    SUGGEST: [SUGGESTION, SUGGESTION | {"clientToken": "t"}],
    _MODERATIONS: [{"input": COMMENT["comment"]["text"]}],
    _DISCOVERY: [None],
}


def test_zoo_neither_reads_nor_changes_acmes_comment(acme: TestClient, zoo: TestClient) -> None:
    acme.post(ANALYZE, json=COMMENT | {"clientToken": "t"})
    [item] = kept_items(acme)
    where = f"/api/v1/content/{item['id']}"
    before = acme.get(where).json()
    for address, bodies in _TRIED.items():
        for body in bodies:
            answer = zoo.request("GET" if body is None else "POST", address, json=body)
            assert answer.status_code == 200, answer.text
            assert item["id"] not in answer.text
    assert acme.get(where).json() == before
    assert item["id"] not in [each["id"] for each in kept_items(zoo)]
    assert [each["id"] for each in kept_items(acme)] == [item["id"]]


def test_every_address_is_tried_with_another_tenants_key() -> None:
    served = {route.path for router in ROUTERS for route in router.routes if hasattr(route, "path")}
    assert {path for path in served if not path.startswith("/api/v1")} == set(_TRIED)
    documented = {
        route.path
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
    }
    assert {path for path in served if path.startswith("/api/v1")} <= documented
