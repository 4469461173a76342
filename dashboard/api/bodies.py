"""Reading bodies strictly: UTF-8 JSON, every field's problem named, good parts kept if asked."""

from collections.abc import Sequence
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from core.domain.content_draft import MOST_DRAFTS, ContentDraft
from dashboard.api.problems import ApiProblem, FieldProblem, fields_of

_M = TypeVar("_M", bound=BaseModel)


async def json_body(request: Request) -> Any:
    """The body as JSON; a problem when it is something else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise ApiProblem(415, "Send the body as application/json.")
    raw = await request.body()
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        what = "valid UTF-8" if "UTF-8" in str(error) or "utf-8" in str(error) else "valid JSON"
        raise ApiProblem(400, f"The body is not {what}: {error}.") from error


async def model_body(request: Request, model: type[_M]) -> _M:
    """The body as a model; a problem that names every wrong field."""
    found = await json_body(request)
    try:
        return model.model_validate_json(_written(found))
    except ValidationError as error:
        fields = fields_of(error.errors(include_url=False, include_input=False))
        raise invalid(fields) from error


def _written(value: Any) -> bytes:
    """JSON again, for strict reading; orjson reads deeper nests than it writes (1,024 and 254)."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise ApiProblem(400, "The body is nested too deeply.") from error


def invalid(fields: Sequence[FieldProblem]) -> ApiProblem:
    """The problem of a request whose fields are wrong."""
    first = fields[0]
    more = f" (and {len(fields) - 1} more)" if len(fields) > 1 else ""
    return ApiProblem(422, f"{first.field}: {first.problem}{more}", fields)


class ReadDrafts:
    """The content of a request: the pieces that are right, and what is wrong with the others."""

    def __init__(self, body: Any) -> None:
        self.is_list = isinstance(body, list)
        pieces = body if self.is_list else [body]
        if not pieces:
            raise invalid([FieldProblem(field="items", problem="is empty: send some content")])
        if len(pieces) > MOST_DRAFTS:
            many = f"has {len(pieces):,} pieces of content: at most {MOST_DRAFTS:,} a request"
            raise invalid([FieldProblem(field="items", problem=many)])
        self.good: list[tuple[int, ContentDraft]] = []
        self.bad: list[tuple[int, FieldProblem]] = []
        for position, piece in enumerate(pieces):
            self._read(position, piece)

    def _read(self, position: int, piece: Any) -> None:
        try:
            draft = ContentDraft.model_validate_json(_written(piece))
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            fields = fields_of(found, below=self._place(position))
            self.bad += [(position, field) for field in fields]
        else:
            self.good.append((position, draft))

    def _place(self, position: int) -> tuple[str | int, ...]:
        return ("items", position) if self.is_list else ()

    def field(self, position: int, name: str) -> str:
        """Where a field of a piece is, such as `items[3].body`."""
        return f"items[{position}].{name}" if self.is_list else name
