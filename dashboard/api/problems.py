"""Errors as problem details (RFC 9457), and the kinds of problem that the API answers."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.errors import (
    BadValueError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    StoreBusyError,
    StoreUnavailableError,
    WorkbenchError,
)
from dashboard.identity.middleware import public_words

_log = structlog.get_logger()
PROBLEM_JSON = "application/problem+json"
_TYPE_BASE = "urn:moddesk:problem:"
_MOST_ERRORS = 100
#: Fields that hold several values.
_LISTS = ("tags", "ids", "reasons")
_STORE_PAUSE_SECONDS = 5


class Kind(StrEnum):
    """The last part of a problem's `type`; each is explained in docs/api.md."""

    BAD_REQUEST = "bad-request"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    CONFLICT = "conflict"
    TOO_LARGE = "too-large"
    WRONG_MEDIA_TYPE = "wrong-media-type"
    INVALID = "invalid"
    TOO_MANY_REQUESTS = "too-many-requests"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


_KINDS: dict[int, tuple[Kind, str]] = {
    400: (Kind.BAD_REQUEST, "The request cannot be read."),
    401: (Kind.UNAUTHORISED, "A valid API key is needed."),
    403: (Kind.FORBIDDEN, "The key may not do this."),
    404: (Kind.NOT_FOUND, "There is no such thing."),
    405: (Kind.METHOD_NOT_ALLOWED, "This address does not take this method."),
    409: (Kind.CONFLICT, "It does not fit what is there."),
    413: (Kind.TOO_LARGE, "The body is too large."),
    415: (Kind.WRONG_MEDIA_TYPE, "The body must be application/json."),
    422: (Kind.INVALID, "The request breaks a rule."),
    429: (Kind.TOO_MANY_REQUESTS, "Too much at once."),
    500: (Kind.INTERNAL, "The workbench failed."),
    503: (Kind.UNAVAILABLE, "The store does not answer."),
}


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    model_config = ConfigDict(frozen=True)

    field: Annotated[str, Field(description="Where it is, such as `items[3].body`.")]
    problem: Annotated[str, Field(description="What is wrong, as a sentence part.")]


class Problem(BaseModel):
    """Problem details: what happened and what to do about it."""

    model_config = ConfigDict(frozen=True)

    type: Annotated[str, Field(description="The kind of problem: urn:moddesk:problem:KIND.")]
    title: str
    status: int
    detail: str
    errors: Annotated[
        tuple[FieldProblem, ...], Field(description="The fields that are wrong.")
    ] = ()


class ApiProblem(Exception):  # noqa: N818  # named after what it carries, as in the RFC
    """An answer that is a problem; raised anywhere below a route."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[FieldProblem] = (),
        *,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors[:_MOST_ERRORS])
        self.retry_after = retry_after

    @property
    def body(self) -> Problem:
        """The problem as it is sent."""
        kind, title = _KINDS.get(self.status, _KINDS[400])
        return Problem(
            type=_TYPE_BASE + kind, title=title, status=self.status, detail=self.detail,
            errors=self.errors,
        )  # fmt: skip

    @property
    def headers(self) -> dict[str, str]:
        """What goes beside the body."""
        headers = {"retry-after": str(self.retry_after)} if self.retry_after is not None else {}
        if self.status == 401:
            headers["www-authenticate"] = 'Bearer realm="moddesk"'
        return headers


#: Makes a response of a problem: the drop-in addresses answer in their originals' shapes.
Shape = Callable[[ApiProblem], Response]


def as_problem_details(problem: ApiProblem) -> Response:
    """The answer in RFC 9457's shape."""
    return Response(
        problem.body.model_dump_json(exclude_defaults=True), problem.status,
        media_type=PROBLEM_JSON, headers=problem.headers,
    )  # fmt: skip


_STATUS_OF: tuple[tuple[type[WorkbenchError], int], ...] = (
    (NotFoundError, 404),
    (ForbiddenError, 403),
    (ConflictError, 409),
    (StoreBusyError, 503),
    (StoreUnavailableError, 503),
    (BadValueError, 422),
)


def problem_of(error: WorkbenchError) -> ApiProblem:
    """An error of ours as a problem; where the store is stays inside."""
    status = next((number for kind, number in _STATUS_OF if isinstance(error, kind)), 422)
    pause = _STORE_PAUSE_SECONDS if status == 503 else None
    return ApiProblem(status, public_words(error), retry_after=pause)


def field_path(location: Sequence[str | int]) -> str:
    """A place in a request as people write it: ("body", "items", 3, "tags") is items[3].tags."""
    steps = list(location)
    if len(steps) > 1 and steps[0] in ("body", "query", "path", "header"):
        steps = steps[1:]
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    return path


def fields_of(errors: Sequence[Any], *, below: Sequence[str | int] = ()) -> list[FieldProblem]:
    """Pydantic's errors as ours; what was sent is not repeated."""
    return [
        FieldProblem(
            field=field_path((*below, *each["loc"])) or "body",
            problem=_words(each),
        )
        for each in errors
    ]


def _words(error: Mapping[str, Any]) -> str:
    """What is wrong with a field; a library's words where they are good."""
    facts = error.get("ctx") or {}
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is no field of this request"
        case "too_long" if facts.get("actual_length") is not None:
            return f"{_size(error)}: at most {facts['max_length']:,}"
        case "too_short" if facts.get("actual_length") is not None:
            return f"{_size(error)}: at least {facts['min_length']:,}"
        case _:
            return str(error["msg"]).removeprefix("Value error, ")


def _size(error: Mapping[str, Any]) -> str:
    """How long something is: Pydantic does not tell a text from a list."""
    unit = "entries" if error["loc"] and error["loc"][-1] in _LISTS else "characters"
    return f"has {error['ctx']['actual_length']:,} {unit}"


class ProblemAnswers:
    """Turns whatever is raised below a route into a problem, in the shape of its address."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = shapes

    def response(self, path: str, problem: ApiProblem) -> Response:
        """The problem in the shape that the longest fitting prefix of the path has."""
        fitting = [prefix for prefix in self._shapes if path.startswith(prefix)]
        shape = self._shapes[max(fitting, key=len)] if fitting else as_problem_details
        return shape(problem)

    def install(self, app: FastAPI) -> None:
        """Has the application answer its errors so."""
        handlers: dict[type[Exception], Callable[[Any], ApiProblem]] = {
            ApiProblem: lambda problem: problem,
            WorkbenchError: problem_of,
            RequestValidationError: _of_validation,
            HTTPException: _of_http,
            Exception: _of_crash,
        }
        for kind, convert in handlers.items():
            app.add_exception_handler(kind, self._handler(convert))

    def _handler(self, convert: Callable[[Any], ApiProblem]) -> Any:
        async def handle(request: Request, error: Exception) -> Response:
            return self.response(request.url.path, convert(error))

        return handle


def _of_validation(error: RequestValidationError) -> ApiProblem:
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return ApiProblem(400, "The body is not valid JSON.")
    fields = fields_of(found)
    first = fields[0]
    return ApiProblem(422, f"{first.field}: {first.problem}", fields)


def _of_http(error: HTTPException) -> ApiProblem:
    words = {
        400: "The body is not valid UTF-8 JSON.",
        404: "There is nothing at this address; see /api/v1/openapi.json.",
        405: "See /api/v1/openapi.json for the methods of this address.",
    }
    detail = words.get(error.status_code, str(error.detail))
    return ApiProblem(error.status_code, detail)


def _of_crash(error: Exception) -> ApiProblem:
    _log.error("api.crashed", reason=type(error).__name__, exc_info=error)
    return ApiProblem(500, "It is an error of the workbench itself; its log has the details.")
