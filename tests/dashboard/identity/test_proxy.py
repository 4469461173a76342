"""People whom a trusted proxy names, and requests that only look as if they were local."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.domain.person import operator
from core.domain.role import Role
from core.usecases.manage_people import add_person, change_person
from dashboard.bench.server_process import ServerProcess
from dashboard.identity.gate import Gate
from dashboard.identity.middleware import COOKIE, SESSION_HEADER, Identity
from dashboard.identity.proxy_trust import ProxyTrust, client_address
from data.bootstrap import Workbench, open_workbench, read_settings

ROOT = operator("root")
PASSED_ON = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded",
             "Via"]  # fmt: skip


@pytest.fixture
def workbench(database_url: str) -> Iterator[Workbench]:
    settings = read_settings(database_url=database_url, new_people_role="reviewer", pool_size=4)
    with open_workbench(settings) as opened:
        yield opened


def _ask(
    gate: Gate, trust: ProxyTrust, peer: str, *headers: tuple[str, str | bytes]
) -> httpx.Response:
    async def inside(request: Request) -> Response:
        session = dict(request.scope["headers"]).get(SESSION_HEADER, b"").decode()
        person = gate.person(session)
        return JSONResponse({"name": person.name if person else None})

    inner = Starlette(routes=[Route("/", inside)])
    app = Identity(inner, lambda: gate, trust, is_secure=False)

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(peer, 1))  # type: ignore[arg-type]  # an ASGI app
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            given = [(n, v if isinstance(v, bytes) else v.encode()) for n, v in headers]
            return await client.get("/", headers=[(n.encode(), v) for n, v in given])

    return asyncio.run(call())


def test_a_trusted_proxy_says_who_somebody_is(workbench: Workbench) -> None:
    gate, trust = Gate(workbench), ProxyTrust("X-Forwarded-User", "10.1.0.0/16, 192.0.2.7")
    answer = _ask(gate, trust, "10.1.2.3", ("X-Forwarded-User", "Ann@Example.org"))
    assert answer.json() == {"name": "ann@example.org"}
    assert COOKIE in answer.headers["set-cookie"]
    again = _ask(gate, trust, "10.9.9.9", ("Cookie", answer.headers["set-cookie"].split(";")[0]))
    assert again.json() == {"name": "ann@example.org"}


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("203.0.113.5", [("X-Forwarded-User", "root")]),
        ("10.1.2.3", [("X-Forwarded-User", "root"), ("X-Forwarded-User", "ann")]),
        ("10.1.2.3", [("X-Forwarded-User", "")]),
        ("10.1.2.3", [("X-Other-User", "root")]),
        ("10.1.2.3", [("X-ModDesk-Session", "open")]),
    ],
)
def test_nobody_else_is_believed(
    workbench: Workbench, peer: str, headers: list[tuple[str, str]]
) -> None:
    trust = ProxyTrust("X-Forwarded-User", "10.1.0.0/16")
    assert _ask(Gate(workbench), trust, peer, *headers).status_code == 303


def test_a_closed_account_stays_out_whoever_vouches(workbench: Workbench) -> None:
    add_person(workbench.space, ROOT, workbench.passwords, name="eve", role=Role.REVIEWER,
               tenants=None, password=None)  # fmt: skip
    change_person(workbench.space, ROOT, "eve", role=Role.REVIEWER, tenants=None, is_active=False)
    trust = ProxyTrust("X-Forwarded-User", "10.1.0.0/16")
    answer = _ask(Gate(workbench), trust, "10.1.2.3", ("X-Forwarded-User", "eve"))
    assert answer.status_code == 403
    assert "Ask an admin" in answer.text


def test_with_sign_in_off_only_this_machine_may_ask(workbench: Workbench) -> None:
    gate, trust = Gate(workbench, open_to=ROOT), ProxyTrust(None, "")
    assert _ask(gate, trust, "10.1.2.3").status_code == 403
    # A page of another site whose name was made to point here.
    assert _ask(gate, trust, "127.0.0.1").status_code == 403
    local = _ask(gate, trust, "127.0.0.1", ("Host", "localhost:8501"))
    assert local.json() == {"name": "root"}


@pytest.mark.parametrize("header", PASSED_ON)
def test_what_a_proxy_of_this_machine_passes_on_is_not_this_machines(
    workbench: Workbench, header: str
) -> None:
    gate, trust = Gate(workbench, open_to=ROOT), ProxyTrust(None, "")
    local = ("Host", "localhost:8501")
    assert _ask(gate, trust, "127.0.0.1", local, (header, "x")).status_code == 403


def test_whom_the_proxy_names_goes_before_the_cookie(workbench: Workbench) -> None:
    gate, trust = Gate(workbench), ProxyTrust("X-Forwarded-User", "10.1.0.0/16")
    ann = _ask(gate, trust, "10.1.2.3", ("X-Forwarded-User", "ann"))
    cookie = ("Cookie", ann.headers["set-cookie"].split(";")[0])
    again = _ask(gate, trust, "10.1.2.3", cookie, ("X-Forwarded-User", "Ann"))
    assert (again.json(), "set-cookie" in again.headers) == ({"name": "ann"}, False)
    root = _ask(gate, trust, "10.1.2.3", cookie, ("X-Forwarded-User", "root"))
    assert root.json() == {"name": "root"}
    assert root.headers["set-cookie"].split(";")[0] != cookie[1]
    # From anybody else the header says nothing.
    other = _ask(gate, trust, "203.0.113.5", cookie, ("X-Forwarded-User", "root"))
    assert other.json() == {"name": "ann"}


@pytest.mark.parametrize(
    "name", ["Ann Smith", "a" * 250, "<b>x</b>", "a\tb", b"\xff\xfe", b"ann\xc3", "a/../b"]
)
def test_a_name_that_no_account_can_have_is_refused_in_words(
    workbench: Workbench, name: str | bytes
) -> None:
    gate, trust = Gate(workbench), ProxyTrust("X-Forwarded-User", "10.1.0.0/16")
    answer = _ask(gate, trust, "10.1.2.3", ("X-Forwarded-User", name))
    assert answer.status_code == 403
    assert "letters, digits" in answer.text
    with workbench.space.store.reading() as parts:
        assert parts.identity.accounts() == []


def test_a_name_in_another_script_is_read_as_it_was_sent(workbench: Workbench) -> None:
    gate, trust = Gate(workbench), ProxyTrust("X-Forwarded-User", "10.1.0.0/16")
    answer = _ask(gate, trust, "10.1.2.3", ("X-Forwarded-User", "zoë".encode()))
    assert answer.json() == {"name": "zoë"}


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [("203.0.113.5", ["1.1.1.1"], "203.0.113.5"), ("10.1.2.3", ["9.9.9.9, 1.1.1.1"], "1.1.1.1"),
     ("10.1.2.3", ["9.9.9.9", "1.1.1.1"], "1.1.1.1"), ("10.1.2.3", [], "10.1.2.3"),
     ("10.1.2.3", [""], "10.1.2.3"), ("127.0.0.1", ["1.1.1.1"], "1.1.1.1")],
)  # fmt: skip
def test_attempts_are_counted_for_whom_the_nearest_proxy_names(
    peer: str, forwarded: list[str], counted: str
) -> None:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    scope = {"type": "http", "client": (peer, 1), "headers": headers}
    assert client_address(scope, ProxyTrust("X-Forwarded-User", "10.1.0.0/16")) == counted


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Behind a proxy on the same machine, whose header is believed."""
    folder = tmp_path_factory.mktemp("proxy")
    with pytest.MonkeyPatch.context() as environment:
        # Whatever the machine's own settings for other servers say.
        environment.setenv("FORWARDED_ALLOW_IPS", "*")
        with ServerProcess(
            folder / "s.duckdb", folder / "log.txt", model="lexical-1", new_people_role="reviewer",
            proxy_header="X-Forwarded-User", proxy_addresses="127.0.0.1",
        ) as process:  # fmt: skip
            yield process


def test_a_proxy_on_this_machine_that_names_its_client_is_believed(server: ServerProcess) -> None:
    with httpx.Client(base_url=server.url) as client:
        headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-User": "ann"}
        answer = client.get("/", headers=headers)
        assert answer.status_code == 200
        first = client.cookies[COOKIE]
        assert client.get("/", headers=headers).status_code == 200
        assert client.cookies[COOKIE] == first
        client.get("/", headers=headers | {"X-Forwarded-User": "root"})
        assert client.cookies[COOKIE] != first


def test_the_server_refuses_names_in_words(server: ServerProcess) -> None:
    for name in (b"Ann Smith", b"a" * 250, b"\xff\xfe"):
        answer = httpx.get(server.url, headers=[(b"X-Forwarded-User", name)])
        assert (answer.status_code, "letters, digits" in answer.text) == (403, True)


def test_metrics_are_not_for_those_behind_a_proxy(server: ServerProcess) -> None:
    assert httpx.get(f"{server.url}/metrics").status_code == 200
    for header in PASSED_ON:
        answer = httpx.get(f"{server.url}/metrics", headers={header: "127.0.0.1"})
        assert (header, answer.status_code) == (header, 401)
