"""`POST /v1/moderations`, as clients of OpenAI know it: change the host and keep the client."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from core.domain.api_key import Scope
from core.usecases.moderate_like_openai import texts_to_moderate
from dashboard.api.bodies import json_body
from dashboard.api.keys import Caller, api_caller
from dashboard.api.original_words import DropInProblem, original_words
from dashboard.api.problems import ApiProblem
from data.drop_in import moderate

#: Not in our OpenAPI document: the original's describes it.
router = APIRouter(prefix="/v1", include_in_schema=False)
#: Per status: the error's type and code.
_KINDS: dict[int, tuple[str, str | None]] = {
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "insufficient_permissions"),
    404: ("invalid_request_error", "unknown_url"),
    405: ("invalid_request_error", "method_not_supported"),
    429: ("requests", "rate_limit_exceeded"),
    500: ("server_error", None),
    503: ("server_error", None),
}


@router.post("/moderations")
async def moderations(
    request: Request, caller: Annotated[Caller, Depends(api_caller(Scope.SCORE))]
) -> JSONResponse:
    """Scores texts by the model in use and flags them by the live policy; keeps nothing."""
    body = await json_body(request)
    with original_words():
        texts = texts_to_moderate(body)
    answer = await caller.parts.scoring.run(
        lambda: moderate(caller.workbench, caller.person, texts, tenant=caller.tenant)
    )
    return JSONResponse(answer.model_dump(mode="json"))


def as_openai_error(problem: ApiProblem) -> Response:
    """The problem as that API sends its errors."""
    kind, code = _KINDS.get(problem.status, ("invalid_request_error", None))
    if isinstance(problem, DropInProblem):
        code = problem.code
    param = problem.errors[0].field if problem.errors else None
    error = {"message": problem.detail, "type": kind, "param": param, "code": code}
    return JSONResponse({"error": error}, problem.status, headers=problem.headers)
