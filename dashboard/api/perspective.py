"""`/v1alpha1/comments:…`, as clients of Perspective know it: change the host and keep the client.

Comments are kept as items when the key has the scope `ingest` and `doNotStore` is not set.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from core.domain.api_key import Scope
from core.usecases.perspective_shapes import (
    AnalyzeAnswer,
    SuggestAnswer,
    analyze_request,
    suggest_request,
)
from dashboard.api.bodies import json_body
from dashboard.api.keys import Caller, api_caller, parts_of
from dashboard.api.original_words import DropInProblem, original_words
from dashboard.api.perspective_discovery import discovery_document
from dashboard.api.problems import ApiProblem
from data import drop_in

#: Not in our OpenAPI document: the discovery document describes them.
router = APIRouter(include_in_schema=False)
_VERSION = "v1alpha1"
_STATUSES = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    405: "UNIMPLEMENTED", 409: "ABORTED", 413: "INVALID_ARGUMENT", 415: "INVALID_ARGUMENT",
    422: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE",
}  # fmt: skip
_ERROR_TYPE = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"


@router.post(f"/{_VERSION}/comments:analyze")
async def analyze(
    request: Request, caller: Annotated[Caller, Depends(api_caller(Scope.SCORE))]
) -> JSONResponse:
    """Scores a comment, and keeps it if the key may and the request lets it."""
    body = await json_body(request)
    with original_words():
        asked = analyze_request(body)
        keeps = Scope.INGEST in caller.key.scopes and not asked.do_not_store
        answer = await caller.parts.scoring.run(
            lambda: drop_in.analyze(
                caller.workbench, caller.person, asked, tenant=caller.tenant, keeps=keeps
            )
        )
    return _sent(answer)


@router.post(f"/{_VERSION}/comments:suggestscore")
async def suggest(
    request: Request, caller: Annotated[Caller, Depends(api_caller(Scope.INGEST))]
) -> JSONResponse:
    """Keeps a comment and, in the audit log, the scores that somebody suggests for it."""
    body = await json_body(request)
    with original_words():
        asked = suggest_request(body)
        answer = await caller.parts.scoring.run(
            lambda: drop_in.suggest(caller.workbench, caller.person, asked, tenant=caller.tenant)
        )
    return _sent(answer)


@router.get("/$discovery/rest")
async def discovery(request: Request, version: str = _VERSION) -> JSONResponse:
    """What google-api-python-client builds its methods from; needs no key."""
    if version != _VERSION:
        raise ApiProblem(404, f"There is no version {version}: only {_VERSION}.")
    public = parts_of(request).workbench().settings.public_url
    return JSONResponse(discovery_document((public or str(request.base_url)).rstrip("/") + "/"))


def _sent(answer: AnalyzeAnswer | SuggestAnswer) -> JSONResponse:
    return JSONResponse(answer.model_dump(mode="json", by_alias=True, exclude_none=True))


def as_google_error(problem: ApiProblem) -> Response:
    """The problem as Google's APIs send their errors."""
    status = 400 if problem.status in (413, 415, 422) else problem.status
    error: dict[str, Any] = {
        "code": status,
        "message": problem.detail,
        "status": _STATUSES.get(status, "UNKNOWN"),
    }
    if isinstance(problem, DropInProblem):
        error["details"] = [{"@type": _ERROR_TYPE, "errorType": problem.code}]
    return JSONResponse({"error": error}, status, headers=problem.headers)
