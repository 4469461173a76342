"""Nothing of the workbench answers without a session: pages, web-socket, media, uploads, API.

Pure ASGI, because Starlette's BaseHTTPMiddleware does not see web-sockets.
"""

import ipaddress
from collections.abc import Callable
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response

from core.errors import SignInError
from dashboard.identity.asgi import AsgiApp, Message, Receive, Send
from dashboard.identity.gate import Gate, is_loopback

COOKIE = "moddesk_session"
#: Carries the session's id to the pages; whatever a client sends under it is dropped.
SESSION_HEADER = b"x-moddesk-session"
_OURS = b"x-moddesk-"
#: Answered to anybody; /metrics checks its own token.
_PUBLIC = frozenset({"/sign-in", "/sign-in/oidc", "/sign-in/oidc/back", "/healthz", "/readyz",
                     "/metrics"})  # fmt: skip
_MACHINE_PATHS = ("/api/", "/_stcore/", "/media/", "/component/")


class ProxyTrust:
    """Which proxies may say who somebody is, and by which header."""

    def __init__(self, header: str | None, addresses: str) -> None:
        self._header = header.lower().encode() if header else None
        self._networks = [
            ipaddress.ip_network(each.strip(), strict=False)
            for each in addresses.split(",")
            if each.strip()
        ]

    def trusts(self, address: str | None) -> bool:
        """Whether requests from this address come through a trusted proxy."""
        try:
            peer = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        return any(peer in network for network in self._networks)

    def name_in(self, scope: Message) -> str | None:
        """The name that a trusted proxy vouches for; None from anybody else."""
        if self._header is None or not self.trusts(_peer(scope)):
            return None
        values = [value for name, value in scope["headers"] if name.lower() == self._header]
        # Two values mean that a client's own header got through the proxy.
        return values[0].decode("latin-1").strip() or None if len(values) == 1 else None


def client_address(scope: Message, trust: ProxyTrust) -> str:
    """Where a request comes from: a trusted proxy's last X-Forwarded-For, else the peer."""
    peer = _peer(scope) or "unknown"
    if trust.trusts(peer):
        forwarded = HTTPConnection(scope).headers.get("x-forwarded-for", "")
        return forwarded.rsplit(",", 1)[-1].strip() or peer
    return peer


def _peer(scope: Message) -> str | None:
    client = scope.get("client")
    return str(client[0]) if client else None


class Identity:
    """Passes requests of signed-in people on with their session's id in a header."""

    def __init__(
        self, app: AsgiApp, gate: Callable[[], Gate], trust: ProxyTrust, *, is_secure: bool
    ) -> None:
        self._app = app
        self._gate = gate
        self._trust = trust
        self._is_secure = is_secure

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = [pair for pair in scope["headers"] if not pair[0].lower().startswith(_OURS)]
        gate = self._gate()
        if gate.open_to is not None and not _is_local(scope):
            await _refuse(scope, receive, send, "Sign-in is off: only this machine may ask.")
            return
        secret = _cookie(headers)
        session_id = await anyio.to_thread.run_sync(gate.session_of, secret)
        fresh = None
        if session_id is None and (name := self._trust.name_in(scope)) is not None:
            try:
                fresh = await anyio.to_thread.run_sync(gate.vouched_for, name, "proxy")
            except SignInError as error:
                await _refuse(scope, receive, send, str(error))
                return
            session_id = await anyio.to_thread.run_sync(gate.session_of, fresh)
        if session_id is None and scope["path"] not in _PUBLIC:
            await _refuse(scope, receive, send, None)
            return
        if session_id is not None:
            headers.append((SESSION_HEADER, session_id.encode()))
        passed_on = {**scope, "headers": headers}
        answer = _with_cookie(send, fresh, is_secure=self._is_secure) if fresh else send
        await self._app(passed_on, receive, answer)


def _is_local(scope: Message) -> bool:
    """Whether both the peer and the name it asked for are this machine's own."""
    host = HTTPConnection(scope).url.hostname or ""
    return is_loopback(_peer(scope) or "") and is_loopback(host)


def _cookie(headers: list[tuple[bytes, bytes]]) -> str | None:
    for name, value in headers:
        if name.lower() == b"cookie":
            found = cookie_parser(value.decode("latin-1")).get(COOKIE)
            if found:
                return found
    return None


def session_cookie(response: Response, secret: str, *, is_secure: bool) -> None:
    """Gives the browser the session's secret: for this site only, and out of scripts' reach."""
    response.set_cookie(COOKIE, secret, httponly=True, samesite="lax", secure=is_secure, path="/")


def _with_cookie(send: Send, secret: str, *, is_secure: bool) -> Send:
    carrier = Response()
    session_cookie(carrier, secret, is_secure=is_secure)
    cookies = [pair for pair in carrier.raw_headers if pair[0] == b"set-cookie"]

    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *cookies]
        await send(message)

    return send_with_cookie


async def _refuse(scope: Message, receive: Receive, send: Send, why: str | None) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    response: Response
    if why is not None:
        response = Response(why, 403, media_type="text/plain")
    elif scope["path"].startswith(_MACHINE_PATHS) or scope["method"] != "GET":
        response = JSONResponse({"title": "Sign in first.", "status": 401}, 401)
    else:
        query = scope["query_string"].decode("latin-1")
        wanted = scope["path"] + (f"?{query}" if query else "")
        target = "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='')}"
        response = RedirectResponse(target, 303)
    await response(scope, receive, send)
