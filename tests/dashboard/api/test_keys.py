"""Keys: what opens the API, and what does not."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from core.domain.api_key import ApiKey, Scope
from core.domain.person import Person, operator
from core.domain.role import Role
from core.errors import ApiKeyError, ForbiddenError, NotFoundError
from core.usecases.manage_api_keys import (
    create_api_key,
    key_of_secret,
    list_api_keys,
    revoke_api_key,
)
from core.usecases.workspace import Workspace
from dashboard.api.application import create_api
from data.bootstrap import Workbench
from tests.builders import FixedClock
from tests.dashboard.api.conftest import Keys
from tests.dashboard.api.problem_checks import problem

ROOT = operator("root")
ZOO_ADMIN = Person(name="zed", role=Role.ADMIN, tenants=("zoo",))


def _made(space: Workspace, name: str = "app", tenant: str = "acme", **facts: object) -> str:
    facts = {"scopes": [Scope.READ, Scope.INGEST]} | facts
    return create_api_key(space, ROOT, name=name, tenant=tenant, **facts).secret  # type: ignore[arg-type]


def test_only_a_digest_is_stored_and_use_is_noted(space: Workspace, clock: FixedClock) -> None:
    secret = _made(space)
    key = key_of_secret(space, secret)
    assert (key.name, key.tenant_id, key.scopes) == ("app", "acme", (Scope.READ, Scope.INGEST))
    [listed] = list_api_keys(space, ROOT)
    assert listed.used_at == clock.now()
    assert secret not in listed.model_dump_json()
    first = clock.now()
    clock.advance(seconds=30)
    key_of_secret(space, secret)
    assert list_api_keys(space, ROOT)[0].used_at == first
    clock.advance(seconds=31)
    key_of_secret(space, secret)
    assert list_api_keys(space, ROOT)[0].used_at == clock.now()
    with space.store.reading() as parts:
        events = list(parts.audit.events())
    assert [(each.verb, each.subject) for each in events if each.verb.startswith("api_key")] == [
        ("api_key.added", "api_key:app")
    ]
    assert all(secret not in each.model_dump_json() for each in events)


def test_a_revoked_an_expired_and_an_unknown_key_open_nothing(
    space: Workspace, clock: FixedClock
) -> None:
    revoked, expiring = (
        _made(space),
        _made(space, "short", expires_at=clock.now() + timedelta(hours=1)),
    )
    assert revoke_api_key(space, ROOT, "APP").state(clock.now()) == "revoked"
    key_of_secret(space, expiring)
    clock.advance(hours=1)
    for secret in (revoked, expiring, "moddesk_x", "", "é\udc80"):
        with pytest.raises(ApiKeyError, match="unknown, revoked or expired"):
            key_of_secret(space, secret)


def test_a_name_is_never_used_again_and_values_have_bounds(space: Workspace) -> None:
    _made(space)
    revoke_api_key(space, ROOT, "app")
    with pytest.raises(ApiKeyError, match="is or was a key app"):
        _made(space, "App")
    for bad in ({"name": "a b"}, {"name": ""}, {"scopes": []}, {"per_minute": 0}, {"tenant": ""}):
        with pytest.raises(ApiKeyError, match="at least one scope"):
            _made(space, **({"name": "other"} | bad))  # type: ignore[arg-type]
    with pytest.raises(ApiKeyError, match="future"):
        _made(space, "late", expires_at=space.clock.now())


def test_an_admin_of_some_tenants_manages_their_keys_only(space: Workspace) -> None:
    _made(space)
    _made(space, "zookey", tenant="zoo")
    assert [each.name for each in list_api_keys(space, ZOO_ADMIN)] == ["zookey"]
    with pytest.raises(NotFoundError):
        revoke_api_key(space, ZOO_ADMIN, "app")
    with pytest.raises(ForbiddenError):
        create_api_key(space, ZOO_ADMIN, name="x", tenant="acme", scopes=[Scope.READ])


def test_a_key_comes_in_three_ways(workbench: Workbench) -> None:
    client = TestClient(create_api(lambda: workbench))
    secret = _made(workbench.space)
    for sent in (
        {"headers": {"Authorization": f"bearer {secret}"}},
        {"headers": {"x-api-key": secret}},
        {"params": {"key": secret}},
    ):
        assert client.get("/api/v1/models", **sent).status_code == 200  # type: ignore[arg-type]
    for sent in ({}, {"headers": {"authorization": "Bearer"}}, {"params": {"key": "x"}},
                 {"headers": {"authorization": f"Basic {secret}"}},
                 {"headers": {"cookie": f"moddesk_session={secret}"}}):  # fmt: skip
        answer = client.get("/api/v1/models", **sent)  # type: ignore[arg-type]
        problem(answer, 401, "unauthorised")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    revoke_api_key(workbench.space, ROOT, "app")
    problem(client.get("/api/v1/models", params={"key": secret}), 401, "unauthorised")


def test_a_key_that_asks_too_often_is_told_when_to_come_back(key: Keys) -> None:
    busy, other = key(per_minute=2), key(per_minute=2)
    assert [busy.get("/api/v1/models").status_code for _ in range(2)] == [200, 200]
    answer = busy.get("/api/v1/models")
    problem(answer, 429, "too-many-requests")
    assert 1 <= int(answer.headers["retry-after"]) <= 61
    assert other.get("/api/v1/models").status_code == 200


def test_a_remembered_key_is_looked_up_once_and_opens_nothing_when_it_is_over(
    workbench: Workbench, key: Keys, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = key()
    lookups: list[str] = []
    _ = workbench.catalogue

    def counted(space: Workspace, secret: str) -> ApiKey:
        lookups.append(secret)
        return key_of_secret(space, secret)

    monkeypatch.setattr("dashboard.api.known_keys.key_of_secret", counted)
    for _ in range(3):
        assert client.get("/api/v1/models").status_code == 200
    assert len(lookups) == 1
    clock.advance(seconds=61)
    assert client.get("/api/v1/models").status_code == 200
    [listed] = list_api_keys(workbench.space, ROOT)
    assert listed.used_at == clock.now()
    revoke_api_key(workbench.space, ROOT, listed.name)
    assert client.get("/api/v1/models").status_code == 401


def test_a_remembered_key_expires_in_its_time(
    workbench: Workbench, key: Keys, clock: FixedClock
) -> None:
    secret = _made(workbench.space, expires_at=clock.now() + timedelta(seconds=30))
    client = key()
    client.headers["authorization"] = f"Bearer {secret}"
    assert client.get("/api/v1/models").status_code == 200
    clock.advance(seconds=30)
    assert client.get("/api/v1/models").status_code == 401
