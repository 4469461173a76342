"""Nothing of the workbench answers without a session: pages, web-socket, media, uploads, API.

Pure ASGI, because Starlette's BaseHTTPMiddleware does not see web-sockets.
"""

from collections.abc import Callable
from urllib.parse import quote

import anyio.to_thread
import structlog
from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response

from core.errors import SignInError, StoreUnavailableError, WorkbenchError
from dashboard.api_paths import is_api_path
from dashboard.identity.asgi import AsgiApp, Message, Receive, Send
from dashboard.identity.gate import Gate, is_loopback
from dashboard.identity.page import link, page
from dashboard.identity.proxy_trust import ProxyTrust, is_from_this_machine

COOKIE = "moddesk_session"
#: Carries the session's id to the pages; whatever a client sends under it is dropped.
SESSION_HEADER = b"x-moddesk-session"
_OURS = b"x-moddesk-"
#: Answered to anybody; /metrics checks its own token.
_WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})
_PUBLIC = frozenset({"/sign-in", "/sign-in/oidc", "/sign-in/oidc/back"})
_log = structlog.get_logger()
_MACHINE_PATHS = ("/api/", "/_stcore/", "/media/", "/component/")


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
        """Handles one connection; a store that does not answer is an answer in words."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._identified(scope, receive, watched)
        except WorkbenchError as error:
            if has_begun:
                raise
            _log.warning("request.unanswered", reason=type(error).__name__, why=str(error))
            await _unavailable(scope, receive, send, public_words(error))

    async def _identified(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = [pair for pair in scope["headers"] if not pair[0].lower().startswith(_OURS)]
        gate = self._gate()
        if gate.open_to is not None and not _is_local(scope):
            await _refuse(scope, receive, send, "Sign-in is off: only this machine may ask.")
            return
        if scope["type"] == "http" and is_api_path(scope["path"]):
            # Programs have a key of their own, which the API checks; a cookie opens nothing there.
            bare = [pair for pair in headers if pair[0].lower() != b"cookie"]
            await self._app({**scope, "headers": bare}, receive, send)
            return
        if scope["path"] in _WATCHED:
            # Alive or not must be answered without the store, whatever cookie comes along.
            await self._app({**scope, "headers": headers}, receive, send)
            return
        try:
            session_id, fresh = await self._session(gate, scope, _cookie(headers))
        except SignInError as error:
            await _refuse(scope, receive, send, str(error))
            return
        if session_id is None and scope["path"] not in _PUBLIC:
            await _refuse(scope, receive, send, None)
            return
        if session_id is not None:
            headers.append((SESSION_HEADER, session_id.encode()))
        passed_on = {**scope, "headers": headers}
        answer = _with_cookie(send, fresh, is_secure=self._is_secure) if fresh else send
        await self._app(passed_on, receive, answer)

    async def _session(
        self, gate: Gate, scope: Message, secret: str | None
    ) -> tuple[str | None, str | None]:
        """(the id of the session, the secret for its cookie if it was opened just now).

        Whom a trusted proxy names goes before the cookie: a browser may change hands.
        """
        name = self._trust.name_in(scope)
        session_id = await anyio.to_thread.run_sync(gate.session_of, secret, name)
        if name is None or session_id is not None:
            return session_id, None
        fresh = await anyio.to_thread.run_sync(gate.vouched_for, name, "proxy")
        return await anyio.to_thread.run_sync(gate.session_of, fresh), fresh


def public_words(error: WorkbenchError) -> str:
    """What anybody may read of an error: where the store is, is for the log and those inside."""
    if isinstance(error, StoreUnavailableError):
        return "The store does not answer. Try again in a moment; nothing is saved twice."
    return str(error)


def _is_local(scope: Message) -> bool:
    """Whether both who asks and the name they asked for are this machine's own."""
    host = HTTPConnection(scope).url.hostname or ""
    return is_from_this_machine(scope) and is_loopback(host)


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


async def _unavailable(scope: Message, receive: Receive, send: Send, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1013})
        return
    response: Response
    if scope["path"].startswith(_MACHINE_PATHS):
        response = JSONResponse({"title": why, "status": 503}, 503)
    else:
        response = page(
            "Not available", alert=why, body=link(scope["path"], "Try again"), status=503
        )
    response.headers["retry-after"] = "5"
    await response(scope, receive, send)
