"""The ASGI application: pages and lifespan in one process."""

import base64
import gc
import hashlib
import re
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
import structlog
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard import state
from data.bootstrap import RESCORING, Settings, Workbench, open_workbench

_HERE = Path(__file__).parent
_log = structlog.get_logger()

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


Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]


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
                    (b"referrer-policy", b"no-referrer"),
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
    return flat


def _flattened(prefix: str, options: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _flattened(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", value


def create_app(settings: Settings) -> st.App:
    """The application; opening it opens the store and the engine, once for all pages."""

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        with open_workbench(settings) as workbench:
            _warm_up(workbench)
            state.publish(workbench)
            try:
                yield
            finally:
                state.publish(None)

    return st.App(
        str(_HERE / "app.py"),
        lifespan=lifespan,
        routes=[Route("/healthz", _health)],
        middleware=[Middleware(SecurityHeaders)],
    )


async def _health(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def _warm_up(workbench: Workbench) -> None:
    """Loads what pages need, so that the first visitor does not wait; then freezes the heap."""
    import plotly.graph_objects  # noqa: F401, PLC0415  # loaded here and not by the first visitor

    interrupted = workbench.jobs.fail_interrupted()
    workbench.classifier.score(["warm up"])
    _ = workbench.catalogue
    workbench.resume_scoring()
    for job in interrupted:
        if job.kind == RESCORING:
            workbench.resume_rescoring(job.result["request"], job.actor)
    gc.collect()
    gc.freeze()
    _log.info("workbench.opened", store=workbench.settings.store_name)


def serve(settings: Settings) -> None:
    """Serves until interrupted."""
    create_app(settings).run(config=streamlit_options(settings))
