"""The ASGI application: pages, HTTP API and lifespan in one process."""

import base64
import gc
import hashlib
import os
import re
import secrets
import threading
import tomllib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import streamlit as st
import structlog
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware

from core.domain.person import Person
from core.errors import SettingsError
from dashboard import state
from dashboard.api.application import ApiBesidePages, create_api
from dashboard.identity.asgi import AsgiApp, Message, Receive, Send
from dashboard.identity.gate import Gate, is_loopback
from dashboard.identity.middleware import SESSION_HEADER, Identity
from dashboard.identity.proxy_trust import ProxyTrust
from dashboard.identity.routes import SignInRoutes
from dashboard.problem import show_problem
from dashboard.small_packets import send_at_once
from dashboard.watch import WatchRoutes
from data import ingesting
from data.bootstrap import RESCORING, Settings, Workbench, configure_logs, open_workbench
from data.memory import give_memory_back
from data.webhooks.courier import Courier
from data.webhooks.sender import sender_for

_HERE = Path(__file__).parent
_log = structlog.get_logger()
_SECONDS_BETWEEN_TIDYING = 20.0

#: `blob:` scripts are Streamlit's inline components; images only from here, so that content can
#: never make a reviewer's browser fetch a foreign address.
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' blob: {scripts}; worker-src 'self' blob:; connect-src 'self' ws: wss:; "
    "font-src 'self' data:; frame-ancestors 'none'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'"
)

_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def content_security_policy() -> str:
    """The policy, with the digests of the inline scripts in Streamlit's own page."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_bytes()
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(page))
    scripts = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return _POLICY.format(scripts=scripts)


class SecurityHeaders:
    """Adds the headers that keep a reviewer's browser from talking to anybody else."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._policy = content_security_policy().encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handles one connection."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", self._policy),
                    (b"x-content-type-options", b"nosniff"),
                    # Not "no-referrer": with it browsers hide the origin of our own sign-in form.
                    (b"referrer-policy", b"same-origin"),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def streamlit_options(settings: Settings) -> dict[str, Any]:
    """Streamlit's options as `section.name`, from our own file and the settings."""
    options = tomllib.loads((_HERE / "streamlit.toml").read_text(encoding="utf-8"))
    flat = dict(_flattened("", options))
    flat["server.address"] = settings.host
    flat["server.port"] = settings.port
    flat["server.maxUploadSize"] = settings.max_upload_mb
    flat["server.trustedUserHeaders"] = orjson.dumps({SESSION_HEADER.decode(): "session"}).decode()
    flat["server.allowedHosts"] = _allowed_hosts(settings)
    return flat


def _allowed_hosts(settings: Settings) -> list[str]:
    """The names under which the web-socket answers; a page of another site cannot rebind to it."""
    public = urlsplit(settings.public_url or "").hostname
    if public:
        return [public, "localhost", "127.0.0.1"]
    return ["localhost", "127.0.0.1", "[::1]", "::1"] if is_loopback(settings.host) else []


def _flattened(prefix: str, options: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _flattened(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", value


def create_app(settings: Settings, demonstration: Person | None = None) -> st.App:
    """The application; opening it opens the store and the engine, once for all pages.

    `demonstration` is signed in without being asked, from this machine only.
    """
    trust = ProxyTrust(settings.proxy_header, settings.proxy_addresses)
    secret = settings.cookie_secret
    cookie_secret = secret.get_secret_value() if secret else secrets.token_urlsafe(32)

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        with open_workbench(settings) as workbench:
            gate = _gate(workbench, demonstration)
            _warm_up(workbench)
            state.publish(workbench, gate)
            send_at_once(settings.port)
            closing = threading.Event()
            threading.Thread(target=_tidy, args=(closing,), name="tidy", daemon=True).start()
            courier = Courier(workbench.space, sender_for(settings)).start()
            try:
                yield
            finally:
                courier.close()
                closing.set()
                state.publish(None)

    return st.App(
        str(_HERE / "app.py"),
        lifespan=lifespan,
        on_script_error=show_problem,
        routes=[
            *WatchRoutes(state.workbench, settings.metrics_token).routes,
            *SignInRoutes(state.gate, settings, trust).routes,
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Identity, gate=state.gate, trust=trust, is_secure=settings.is_secure),
            # Holds what the way to a sign-on service and back needs, and nothing else.
            Middleware(
                SessionMiddleware,
                secret_key=cookie_secret, session_cookie="moddesk_way", max_age=600,
                same_site="lax", https_only=settings.is_secure,
            ),
            Middleware(ApiBesidePages, api=create_api(state.workbench)),
        ],
    )  # fmt: skip


def _tidy(closing: threading.Event) -> None:
    """Now and then what pages left behind is collected.

    Streamlit's own collection after every run is switched off (it costs many times the run), and
    Python's waits long when the heap is large.
    """
    while not closing.wait(_SECONDS_BETWEEN_TIDYING):
        gc.collect()
        give_memory_back()


def _gate(workbench: Workbench, demonstration: Person | None) -> Gate:
    """Who may come in; raises SettingsError rather than be open to a network."""
    settings = workbench.settings
    is_local = is_loopback(settings.host)
    if demonstration is not None:
        if not is_local:
            raise SettingsError(
                "The demonstration signs everybody in, so it listens on 127.0.0.1 only."
            )
        return Gate(workbench, open_to=demonstration)
    with workbench.space.store.reading() as parts:
        has_accounts = bool(parts.identity.accounts())
    is_on = settings.sign_in == "on" or (
        settings.sign_in == "auto"
        and (has_accounts or not is_local or settings.oidc_issuer or settings.proxy_header)
    )
    if not is_on and not is_local:
        raise SettingsError(
            f"MODDESK_SIGN_IN is off, but MODDESK_HOST is {settings.host}: anybody could come in. "
            "Listen on 127.0.0.1, or switch sign-in on."
        )
    if not is_on:
        return Gate(workbench, open_to=workbench.operator)
    if not (has_accounts or settings.oidc_issuer or settings.proxy_header):
        raise SettingsError(
            "Sign-in is on, but nobody has an account. Make one first: "
            "moddesk people add NAME --role admin"
        )
    return Gate(workbench)


def _warm_up(workbench: Workbench) -> None:
    """Loads what pages need, so that the first visitor does not wait; then freezes the heap."""
    import plotly.graph_objects  # noqa: F401, PLC0415  # loaded here and not by the first visitor

    # Beside the rest: no page needs it.
    threading.Thread(target=ingesting.warm_up, name="warm-up", daemon=True).start()
    interrupted = workbench.jobs.fail_interrupted()
    workbench.classifier.score(["warm up"])
    _ = workbench.catalogue
    workbench.resume_scoring()
    for job in interrupted:
        if job.kind == RESCORING:
            workbench.resume_rescoring(job.result["request"])
    gc.collect()
    gc.freeze()
    _log.info("workbench.opened", store=workbench.settings.store_name)


def serve(settings: Settings, demonstration: Person | None = None) -> None:
    """Serves until interrupted."""
    configure_logs(settings.log_format)
    if settings.cookie_secret is not None:
        # Streamlit takes its secrets from the environment only.
        os.environ["STREAMLIT_SERVER_COOKIE_SECRET"] = settings.cookie_secret.get_secret_value()
    # Otherwise the server itself believes any proxy on this machine, and puts the address that it
    # names in place of the proxy's: then nobody could tell which proxy a request came through.
    os.environ["FORWARDED_ALLOW_IPS"] = ""
    create_app(settings, demonstration).run(config=streamlit_options(settings))
