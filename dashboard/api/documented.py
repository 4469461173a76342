"""Parts of the OpenAPI document that FastAPI cannot see in a route's signature."""

from typing import Any

from pydantic import BaseModel

from dashboard.api.problems import PROBLEM_JSON, ApiProblem, Problem

#: Models whose bodies routes read themselves; `application.py` adds them to the document.
BODY_MODELS: dict[str, type[BaseModel]] = {}
_REF = "#/components/schemas/{}"


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented answers of these statuses: problem details."""
    return {
        status: {
            "description": ApiProblem(status, "").body.title,
            "content": {PROBLEM_JSON: {"schema": _reference(Problem)}},
        }
        for status in statuses
    }


def body_of(schema: Any, example: Any) -> dict[str, Any]:
    """A request body; models in the schema become references."""
    content = {"schema": _resolved(schema), "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def _resolved(schema: Any) -> Any:
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        return _reference(schema)
    if isinstance(schema, dict):
        return {name: _resolved(part) for name, part in schema.items()}
    return [_resolved(part) for part in schema] if isinstance(schema, list) else schema


def _reference(model: type[BaseModel]) -> dict[str, str]:
    BODY_MODELS[model.__name__] = model
    return {"$ref": _REF.format(model.__name__)}


#: The three ways a key comes; any of them will do.
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
}


def add_body_models(document: dict[str, Any]) -> None:
    """Completes a document with the models that only our references name, and with the keys."""
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    parts["securitySchemes"] = _SECURITY
    document["security"] = [{name: []} for name in _SECURITY]
    for name, model in BODY_MODELS.items():
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
