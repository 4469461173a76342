"""People who sign in elsewhere: a trusted proxy, and an OpenID Connect provider."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from core.domain.person import operator
from core.domain.role import Role
from core.usecases.manage_people import add_person
from dashboard.bench.server_process import ServerProcess
from dashboard.identity.middleware import COOKIE
from data.bootstrap import open_workbench, read_settings

ROOT = operator("root")


class Provider:
    """A small OpenID Connect provider: authorization code with PKCE, RS256."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "one"})
        self._codes: dict[str, dict[str, str]] = {}
        self.claims: dict[str, Any] = {"email": "ann@example.org", "email_verified": True}
        routes = [
            Route("/.well-known/openid-configuration", self._about),
            Route("/authorize", self._authorize),
            Route("/token", self._token, methods=["POST"]),
            Route("/keys", self._keys),
        ]
        config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="error")
        self._server = uvicorn.Server(config)
        threading.Thread(target=self._server.run, daemon=True).start()
        while not self._server.started:
            time.sleep(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.issuer = f"http://127.0.0.1:{port}"

    async def _about(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        code = secrets.token_hex(8)
        self._codes[code] = query
        return RedirectResponse(f"{query['redirect_uri']}?code={code}&state={query['state']}")

    async def _token(self, request: Request) -> Response:
        async with request.form() as form:
            asked = self._codes.pop(str(form["code"]))
            proof = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        assert base64.urlsafe_b64encode(proof).decode().rstrip("=") == asked["code_challenge"]
        now = int(time.time())
        token = {
            "iss": self.issuer, "aud": asked["client_id"], "sub": "42", "iat": now,
            "exp": now + 60, "nonce": asked["nonce"], **self.claims,
        }  # fmt: skip
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, token, self._key)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": signed})

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    def stop(self) -> None:
        self._server.should_exit = True


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    running = Provider()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def server(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("oidc")
    with open_workbench(
        read_settings(database_url=f"duckdb:///{folder}/s.duckdb", model="lexical-1")
    ) as w:
        add_person(w.space, ROOT, w.passwords, name="ann@example.org", role=Role.ANALYST,
                   tenants=None, password=None)  # fmt: skip
    with ServerProcess(
        Path(folder) / "s.duckdb", folder / "log.txt", model="lexical-1",
        oidc_issuer=provider.issuer, oidc_client_id="desk", oidc_client_secret="hush hush",
    ) as process:  # fmt: skip
        yield process


def _through(client: httpx.Client, url: str) -> httpx.Response:
    """Follows redirects to the provider and back."""
    answer = client.get(url)
    while answer.status_code in (302, 303, 307) and "/sign-in" in (
        answer.headers["location"] + str(answer.url)
    ):
        answer = client.get(httpx.URL(str(answer.url)).join(answer.headers["location"]))
        if answer.status_code == 200:
            break
    return answer


def test_one_signs_in_through_the_provider(server: ServerProcess, provider: Provider) -> None:
    provider.claims = {"email": "Ann@Example.org", "email_verified": True}
    with httpx.Client(base_url=server.url) as client:
        page = client.get("/export").headers["location"]
        assert "Single sign-on" in client.get(page).text
        answer = _through(client, "/sign-in/oidc?next=%2Fexport")
        assert answer.status_code == 200
        assert urlsplit(str(answer.url)).path == "/export"
        assert COOKIE in client.cookies


@pytest.mark.parametrize(
    ("claims", "status"),
    [({"email": "stranger@example.org"}, 403), ({}, 401),
     ({"email": "ann@example.org", "email_verified": False}, 401)],
)  # fmt: skip
def test_strangers_and_unproven_names_stay_out(
    server: ServerProcess, provider: Provider, claims: dict[str, Any], status: int
) -> None:
    provider.claims = claims
    with httpx.Client(base_url=server.url) as client:
        answer = _through(client, "/sign-in/oidc")
        assert answer.status_code == status
        assert COOKIE not in client.cookies


def test_an_answer_that_was_not_asked_for_is_refused(server: ServerProcess) -> None:
    with httpx.Client(base_url=server.url) as client:
        answer = client.get("/sign-in/oidc/back?code=abc&state=forged")
        assert answer.status_code == 401
        assert COOKIE not in client.cookies
