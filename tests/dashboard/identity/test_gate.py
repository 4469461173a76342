"""The gate of the served workbench, as browsers and attackers meet it."""

import asyncio
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
import websockets

from core.domain.person import operator
from core.domain.role import Role
from core.usecases.manage_people import add_person, change_person
from dashboard.bench.server_process import ServerProcess
from dashboard.identity.middleware import COOKIE
from dashboard.identity.page import safe_target
from data.bench.private_postgres import RunningPostgres
from data.bootstrap import open_workbench, read_settings

PASSWORD = "correct horse battery"
ROOT = operator("root")


@pytest.fixture(scope="module")
def server(
    postgres_server: RunningPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """A team's workbench: PostgreSQL, sign-in on by itself because there are accounts."""
    url = postgres_server.new_database("gate", template="template_moddesk")
    folder = tmp_path_factory.mktemp("gate")
    settings = read_settings(database_url=url, model="lexical-1", pool_size=3)
    with open_workbench(settings) as workbench:
        for name, role in (("ann", Role.REVIEWER), ("root", Role.ADMIN)):
            add_person(workbench.space, ROOT, workbench.passwords, name=name, role=role,
                       tenants=None, password=PASSWORD)  # fmt: skip
    with ServerProcess(
        url, folder / "log.txt", model="lexical-1", pool_size="4", files_dir=str(folder)
    ) as process:
        process.database_url = url  # type: ignore[attr-defined]  # for tests that change accounts
        yield process
    postgres_server.drop_database("gate")


@pytest.fixture
def client(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as opened:
        yield opened


def _sign_in(client: httpx.Client, name: str = "ann", password: str = PASSWORD,
             **headers: str) -> httpx.Response:  # fmt: skip
    form = {"name": name, "password": password}
    return client.post("/sign-in", data=form, headers=headers)


def _handshake(server: ServerProcess, origin: str = "", **headers: str) -> bool:
    """Whether the web-socket that runs pages opens."""

    async def attempt() -> bool:
        address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
        try:
            async with websockets.connect(
                address, subprotocols=["streamlit"], additional_headers=headers,  # type: ignore[list-item]  # a plain name
                origin=origin or server.url,  # type: ignore[arg-type]  # a plain address
            ):  # fmt: skip
                return True
        except websockets.InvalidStatus:
            return False

    return asyncio.run(attempt())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 303), ("GET", "/review?queue=review", 303), ("GET", "/media/abc.png", 401),
     ("GET", "/_stcore/health", 401), ("GET", "/_stcore/metrics", 401), ("GET", "/api/v1/stats", 401),
     ("PUT", "/_stcore/upload_file/x/y", 401), ("POST", "/", 401), ("GET", "/static/js/x.js", 303),
     ("GET", "/app/static/logo.svg", 303), ("GET", "/component/x/y", 401), ("GET", "/sign-out", 303), ("POST", "/sign-out", 401),
     ("GET", "/app/static/../../server.py", 303), ("GET", "//sign-in/../review", 303)],
)  # fmt: skip
def test_nothing_answers_without_a_session(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    if status == 303:
        assert answer.headers["location"].startswith("/sign-in")


def test_the_web_socket_opens_with_a_session_only(
    server: ServerProcess, client: httpx.Client
) -> None:
    assert not _handshake(server)
    assert not _handshake(server, Cookie=f"{COOKIE}=forged")
    assert not _handshake(server, **{"X-ModDesk-Session": "forged"})
    _sign_in(client)
    assert _handshake(server, Cookie=f"{COOKIE}={client.cookies[COOKIE]}")


def test_one_signs_in_and_out(client: httpx.Client) -> None:
    answer = _sign_in(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    page = client.get("/")
    assert page.status_code == 200
    assert "img-src 'self'" in page.headers["content-security-policy"]
    kept = client.cookies[COOKIE]
    assert client.post("/sign-out").headers["location"] == "/sign-in"
    client.cookies.set(COOKIE, kept)
    assert client.get("/").status_code == 303


def test_another_site_signs_nobody_out(client: httpx.Client) -> None:
    _sign_in(client)
    asked = client.get("/sign-out")
    assert asked.status_code == 200
    assert '<form method="post" action="/sign-out">' in asked.text
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"},
                    {"Sec-Fetch-Site": "cross-site"}):  # fmt: skip
        assert client.post("/sign-out", headers=headers).status_code == 403
    assert client.get("/").status_code == 200
    assert client.post("/sign-out", headers={"Origin": str(client.base_url)}).status_code == 303
    assert client.get("/").status_code == 303


def test_a_page_of_another_site_opens_no_web_socket(
    server: ServerProcess, client: httpx.Client
) -> None:
    _sign_in(client)
    cookie = f"{COOKIE}={client.cookies[COOKIE]}"
    assert _handshake(server, Cookie=cookie)
    for origin in ("https://evil.example", "http://127.0.0.1.evil.example", "null"):
        assert not _handshake(server, origin, Cookie=cookie)
    # A name of another site that was made to point here.
    assert not _handshake(server, "http://evil.example", Cookie=cookie, Host="evil.example")


@pytest.mark.parametrize(
    "headers", [{}, {"X-Xsrftoken": "forged"}, {"X-Xsrftoken": "2|aaaaaaaa|bbbb|1700000000"}]
)
def test_an_upload_needs_the_pages_own_token(client: httpx.Client, headers: dict[str, str]) -> None:
    _sign_in(client)
    for cookies in ({}, {"_streamlit_xsrf": "forged"}):
        for name, value in cookies.items():
            client.cookies.set(name, value)
        answer = client.put(
            "/_stcore/upload_file/session/file", files={"f": ("a.csv", b"id,text\n")},
            headers=headers,
        )  # fmt: skip
        assert answer.status_code == 403


def test_a_nul_in_the_name_is_an_ordinary_refusal(client: httpx.Client) -> None:
    for name in ("ann\0", "\0", "a\0" * 150):
        assert _sign_in(client, name=name).status_code == 401
    assert _sign_in(client, password=f"{PASSWORD}\0").status_code == 401


def test_forged_headers_and_cookies_open_nothing(client: httpx.Client) -> None:
    _sign_in(client)
    kept = client.cookies[COOKIE]
    client.cookies.clear()
    for headers in (
        {"X-ModDesk-Session": "open"},
        {"x-moddesk-session": kept},
        {"X-Forwarded-User": "root"},
        {"Cookie": f"{COOKIE}={kept[:-1]}x"},
        {"Cookie": f"{COOKIE}={'a' * 4000}"},
        {"Cookie": f"{COOKIE}=' OR 1=1 --"},
    ):
        assert client.get("/", headers=headers).status_code == 303


def test_a_wrong_name_and_a_wrong_password_read_the_same(client: httpx.Client) -> None:
    wrong, unknown = _sign_in(client, password="x"), _sign_in(client, name="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("ann", "NAME") == unknown.text.replace("nobody", "NAME")


def test_what_one_typed_comes_back_as_text_only(client: httpx.Client) -> None:
    answer = _sign_in(client, name='"><script>alert(1)</script>')
    assert answer.status_code == 401
    assert "<script>" not in answer.text


def test_another_sites_form_is_refused(client: httpx.Client) -> None:
    assert _sign_in(client, Origin="https://evil.example").status_code == 403
    assert _sign_in(client, Origin="null").status_code == 403
    assert _sign_in(client, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_guessing_ends_in_too_many_requests(client: httpx.Client) -> None:
    answers = [_sign_in(client, name="guessed", password=str(n)).status_code for n in range(9)]
    assert answers == [401] * 8 + [429]


@pytest.mark.parametrize(
    ("target", "safe"),
    [("/review?queue=x", "/review?queue=x"), ("//evil.example", "/"), ("https://evil.example", "/"),
     ("/\\evil.example", "/"), ("/sign-out", "/"), ("", "/"), (None, "/"), ("/a\r\nSet-Cookie: x", "/"),
     ("javascript:alert(1)", "/")],
)  # fmt: skip
def test_one_goes_on_within_this_site_only(target: str | None, safe: str) -> None:
    assert safe_target(target) == safe


def test_after_signing_in_one_lands_where_one_wanted_to(client: httpx.Client) -> None:
    first = client.get("/review?queue=escalation&mode=List")
    form = client.get(first.headers["location"])
    action = form.text.split('action="')[1].split('"')[0]
    answer = client.post(action, data={"name": "ann", "password": PASSWORD})
    assert answer.headers["location"] == "/review?queue=escalation&mode=List"


def test_a_closed_account_is_out_within_seconds(
    server: ServerProcess, client: httpx.Client
) -> None:
    _sign_in(client, name="root")
    assert client.get("/").status_code == 200
    settings = read_settings(database_url=server.database_url, model="lexical-1", pool_size=3)  # type: ignore[attr-defined]  # set above
    with open_workbench(settings) as workbench:
        add_person(workbench.space, ROOT, workbench.passwords, name="second", role=Role.ADMIN,
                   tenants=None, password=PASSWORD)  # fmt: skip
        change_person(workbench.space, ROOT, "root", role=Role.ADMIN, tenants=None, is_active=False)
    asyncio.run(asyncio.sleep(1.2))
    assert client.get("/").status_code == 303


def test_the_health_check_is_for_anybody_and_says_little(client: httpx.Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert json.loads(answer.text) == {"status": "ok"}
    assert urlsplit(str(answer.url)).path == "/healthz"
