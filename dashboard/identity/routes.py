"""Signing in and out over HTTP."""

from collections.abc import Callable
from html import escape
from string import Template
from typing import Any
from urllib.parse import quote, urlsplit

import anyio.to_thread
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from httpx import HTTPError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from core.errors import SignInError, TooManyAttemptsError
from dashboard.identity.gate import Gate
from dashboard.identity.middleware import (
    COOKIE,
    SESSION_HEADER,
    session_cookie,
)
from dashboard.identity.page import link, page, safe_target
from dashboard.identity.proxy_trust import ProxyTrust, client_address
from data.bootstrap import Settings

_FORM = Template(
    '<form method="post" action="/sign-in?next=$next">'
    '<label>Name<input name="name" autocomplete="username" autocapitalize="none" required '
    'maxlength="200" value="$name" $focus_name></label>'
    '<label>Password<input name="password" type="password" autocomplete="current-password" '
    'required maxlength="1000" $focus_password></label>'
    "<button>Sign in</button></form>"
)
_MOST_FORM_FIELDS = 4


class SignInRoutes:
    """The routes of /sign-in and /sign-out."""

    def __init__(self, gate: Callable[[], Gate], settings: Settings, trust: ProxyTrust) -> None:
        self._gate = gate
        self._settings = settings
        self._trust = trust
        self._oidc = _oidc_client(settings)

    @property
    def routes(self) -> list[Route]:
        """The routes."""
        found = [
            Route("/sign-in", self._form, methods=["GET"]),
            Route("/sign-in", self._sign_in, methods=["POST"]),
            Route("/sign-out", self._ask_to_sign_out, methods=["GET"]),
            Route("/sign-out", self._sign_out, methods=["POST"]),
        ]
        if self._oidc is not None:
            found += [
                Route("/sign-in/oidc", self._to_provider, methods=["GET"]),
                Route("/sign-in/oidc/back", self._from_provider, methods=["GET"]),
            ]
        return found

    async def _form(self, request: Request) -> Response:
        if SESSION_HEADER in dict(request.scope["headers"]):
            return RedirectResponse(safe_target(request.query_params.get("next")), 303)
        ended = "Your session has ended. Sign in again." if "ended" in request.query_params else ""
        return self._page(request, ended, 200)

    def _page(self, request: Request, message: str, status: int, name: str = "") -> Response:
        target = quote(safe_target(request.query_params.get("next")), safe="")
        focus = ("", "autofocus") if name else ("autofocus", "")
        form = _FORM.substitute(
            next=target, name=escape(name, quote=True),
            focus_name=focus[0], focus_password=focus[1],
        )  # fmt: skip
        if self._oidc is not None:
            form = f'<a class="button" href="/sign-in/oidc?next={target}">Single sign-on</a>' + (
                f'<p class="or">or with a local account</p>{form}'
            )
        return page("Sign in", alert=message, body=form, status=status)

    async def _sign_in(self, request: Request) -> Response:
        if not self._is_same_origin(request):
            return self._page(request, "This form was sent from another site.", 403)
        async with request.form(max_fields=_MOST_FORM_FIELDS, max_files=0) as form:
            name, password = str(form.get("name", "")), str(form.get("password", ""))
        address = client_address(request.scope, self._trust)
        try:
            secret = await anyio.to_thread.run_sync(self._gate().sign_in, name, password, address)
        except TooManyAttemptsError as error:
            return self._page(request, str(error), 429, name)
        except SignInError as error:
            return self._page(request, str(error), 401, name)
        return self._signed_in(request, secret, safe_target(request.query_params.get("next")))

    def _signed_in(self, request: Request, secret: str, target: str) -> Response:
        response = RedirectResponse(target, 303)
        is_secure = self._settings.is_secure or request.url.scheme == "https"
        session_cookie(response, secret, is_secure=is_secure)
        return response

    def _is_same_origin(self, request: Request) -> bool:
        """A browser names the page that sends a form; other programs name none."""
        origin = request.headers.get("origin")
        if origin is None:
            return request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
        allowed = {request.headers.get("host", "")}
        if self._settings.public_url:
            allowed.add(urlsplit(self._settings.public_url).netloc)
        return urlsplit(origin).netloc in allowed

    async def _ask_to_sign_out(self, _request: Request) -> Response:
        """A link cannot sign anybody out: other sites could follow it in their name."""
        form = '<form method="post" action="/sign-out"><button>Sign out</button></form>'
        stay = f'<p class="or">or</p>{link("/", "Stay signed in")}'
        return page("Sign out", body=form + stay)

    async def _sign_out(self, request: Request) -> Response:
        if not self._is_same_origin(request):
            return page("Sign out", alert="This form was sent from another site.", status=403)
        session = dict(request.scope["headers"]).get(SESSION_HEADER)
        if session is not None:
            await anyio.to_thread.run_sync(self._gate().sign_out, session.decode())
        response = RedirectResponse("/sign-in", 303)
        response.delete_cookie(COOKIE, path="/")
        return response

    async def _to_provider(self, request: Request) -> Response:
        assert self._oidc is not None  # noqa: S101  # the route exists only then
        request.session["next"] = safe_target(request.query_params.get("next"))
        back = (self._settings.public_url or str(request.base_url)).rstrip("/")
        try:
            answer: Response = await self._oidc.authorize_redirect(
                request, f"{back}/sign-in/oidc/back"
            )
        except (HTTPError, OAuthError):
            return self._page(request, "The sign-on service does not answer. Try again.", 502)
        return answer

    async def _from_provider(self, request: Request) -> Response:
        assert self._oidc is not None  # noqa: S101  # the route exists only then
        try:
            token = await self._oidc.authorize_access_token(request)
        except (HTTPError, OAuthError):
            return self._page(request, "The sign-on service refused. Try again.", 401)
        claims: dict[str, Any] = token.get("userinfo") or {}
        name = str(claims.get(self._settings.oidc_claim) or "")
        if not name or claims.get("email_verified") is False:
            return self._page(request, "The sign-on service named nobody we could know.", 401)
        try:
            secret = await anyio.to_thread.run_sync(self._gate().vouched_for, name, "oidc")
        except SignInError as error:
            return self._page(request, str(error), 403)
        return self._signed_in(request, secret, safe_target(request.session.pop("next", "/")))


def _oidc_client(settings: Settings) -> Any:
    if settings.oidc_issuer is None:
        return None
    registry = OAuth()
    secret = settings.oidc_client_secret
    issuer = settings.oidc_issuer.rstrip("/")
    return registry.register(
        "oidc",
        client_id=settings.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
    )
