"""The HTTP API as one application beside the pages: /api/v1 and the drop-in addresses."""

import os
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI

from dashboard.api.content import router as content
from dashboard.api.counts import router as counts
from dashboard.api.decisions import router as decisions
from dashboard.api.documented import TAGS, complete
from dashboard.api.grouped_writes import GroupedWrites
from dashboard.api.health import router as health
from dashboard.api.jobs import router as jobs
from dashboard.api.keys import ApiParts
from dashboard.api.known_keys import KnownKeys
from dashboard.api.limits import BodyLimit, BoundedThreads, KeyRates
from dashboard.api.models import router as models
from dashboard.api.openai_moderations import as_openai_error
from dashboard.api.openai_moderations import router as openai_moderations
from dashboard.api.perspective import as_google_error
from dashboard.api.perspective import router as perspective
from dashboard.api.policies import router as policies
from dashboard.api.problems import ProblemAnswers, Shape
from dashboard.api_paths import is_api_path
from dashboard.identity.asgi import AsgiApp, Message, Receive, Send
from data.bootstrap import Workbench, moddesk_version
from data.ingesting import keep

OPENAPI_PATH = "/api/v1/openapi.json"

#: One router a file; those of drop-in replacements have their originals' paths.
ROUTERS: tuple[APIRouter, ...] = (
    health,
    content,
    decisions,
    counts,
    policies,
    models,
    jobs,
    openai_moderations,
    perspective,
)
#: Addresses that answer problems in another shape than RFC 9457's, by prefix of the path.
SHAPES: dict[str, Shape] = {
    "/v1/": as_openai_error,
    "/v1alpha1/": as_google_error,
    "/$discovery/": as_google_error,
}

_READING_THREADS = 8
_DESCRIPTION = (
    "The workbench's history for programs: send content and get scores, verdict and reasons; read "
    "items with their decisions; decide; look at policies and at what a changed rule would do. A "
    "key sees one tenant. Ids are texts, because many readers of JSON round 64-bit numbers. "
    "Errors are problem details (RFC 9457) that name the field. docs/api.md has examples of every "
    "call; `/v1` and `/v1alpha1` hold the drop-in replacements of other services, which are "
    "described by their originals."
)


def create_api(
    workbench: Callable[[], Workbench], *, scoring_threads: int | None = None
) -> FastAPI:
    """The application; `workbench` is asked for at every request, when it is open.

    Texts are scored on as many threads as there are cores (or as given).
    """
    app = FastAPI(
        title="ModDesk API",
        version=moddesk_version(),
        summary="Content in, scores, verdicts and decisions out.",
        description=_DESCRIPTION,
        openapi_url=OPENAPI_PATH,
        openapi_tags=TAGS,
        servers=[{"url": "/", "description": "This workbench."}],
        generate_unique_id_function=lambda route: route.name,
        # An address with a slash too many is none of ours; a redirect would be an answer that no
        # client expects.
        redirect_slashes=False,
        # Their pages load scripts from elsewhere, which our security policy forbids.
        docs_url=None,
        redoc_url=None,
    )
    app.state.parts = ApiParts(
        workbench=workbench,
        keys=KnownKeys(),
        rates=KeyRates(),
        scoring=BoundedThreads(scoring_threads or len(os.sched_getaffinity(0))),
        reading=BoundedThreads(_READING_THREADS),
        ingesting=GroupedWrites(lambda requests: keep(workbench(), requests)),
    )
    for router in ROUTERS:
        app.include_router(router)
    answers = ProblemAnswers(SHAPES)
    answers.install(app)
    app.add_middleware(BodyLimit, answer=answers.response)
    made = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            complete(made())
        return made()

    app.openapi = document  # type: ignore[method-assign]  # the documented way to extend it
    return app


class ApiBesidePages:
    """Sends what is below the API's prefixes to the API, and everything else to the pages."""

    def __init__(self, app: AsgiApp, api: AsgiApp) -> None:
        self._pages = app
        self._api = api

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        is_api = scope["type"] == "http" and is_api_path(scope["path"])
        await (self._api if is_api else self._pages)(scope, receive, send)
