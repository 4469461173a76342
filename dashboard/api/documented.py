"""Parts of the OpenAPI document that FastAPI cannot see in a route's signature."""

from typing import Any

from pydantic import BaseModel

from core.domain.api_key import Scope
from dashboard.api.examples import ANSWERS, PROBLEMS
from dashboard.api.field_words import words_of
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
    "bearer": {
        "type": "http", "scheme": "bearer",
        "description": "`Authorization: Bearer KEY`. Admins make keys on the page People, or with "
        "`moddesk keys add`; each has scopes and sees one tenant.",
    },
    "header": {
        "type": "apiKey", "in": "header", "name": "x-api-key",
        "description": "The same key in a header of its own.",
    },
    "query": {
        "type": "apiKey", "in": "query", "name": "key",
        "description": "The same key in the address, for clients that know no other way: addresses "
        "end up in logs.",
    },
}  # fmt: skip
TAGS = [
    {"name": "health", "description": "Whether the API answers."},
    {"name": "content", "description": "Content in, and what was made of it."},
    {"name": "decisions", "description": "Decisions that a program sends in its key's name."},
    {"name": "stats", "description": "What waits and what was decided."},
    {"name": "policies", "description": "Policy versions, and what a rule would change."},
    {"name": "models", "description": "What scores."},
    {"name": "jobs", "description": "Where a request that was not waited for stands."},
]
#: Which of a key's scopes opens each operation: one of them will do. Health needs no key.
SCOPES: dict[str, tuple[Scope, ...]] = {
    "send_content": (Scope.INGEST,),
    "many_items": (Scope.READ,),
    "one_item": (Scope.READ,),
    "moderate_one": (Scope.DECIDE,),
    "moderate_many": (Scope.DECIDE,),
    "stats": (Scope.READ,),
    "many_policies": (Scope.READ,),
    "one_policy": (Scope.READ,),
    "preview": (Scope.READ,),
    "many_models": (Scope.READ, Scope.SCORE),
    "one_job": (Scope.READ, Scope.INGEST),
}


def complete(document: dict[str, Any]) -> None:
    """Adds what FastAPI cannot know: models that only our references name, keys and their scopes,
    examples, and what fields mean.
    """
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    parts["securitySchemes"] = _SECURITY
    document["security"] = [{name: []} for name in _SECURITY]
    for name, model in BODY_MODELS.items():
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
    for name, schema in schemas.items():
        for field, values in schema.get("properties", {}).items():
            if "description" not in values and (words := words_of(name, field)) is not None:
                values["description"] = words
    for methods in document["paths"].values():
        for operation in methods.values():
            _complete_operation(operation)


def _complete_operation(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    scopes = SCOPES.get(name, ())
    # Alternatives: a list within one of them would ask for all of its scopes.
    operation["security"] = [{way: [scope.value]} for way in _SECURITY for scope in scopes]
    if scopes:
        allowed = " or ".join(f"`{scope.value}`" for scope in scopes)
        operation["description"] += f"\n\nNeeds a key with the scope {allowed}."
    examples = ANSWERS.get(name, {})
    for status, answer in operation["responses"].items():
        for kind, content in answer.get("content", {}).items():
            if kind == PROBLEM_JSON:
                problem = PROBLEMS[int(status)]
                content["example"] = problem.body.model_dump(mode="json")
                answer.setdefault("headers", {}).update(_headers(problem))
            elif status in examples:
                content["example"] = examples[status]


def _headers(problem: ApiProblem) -> dict[str, Any]:
    if problem.retry_after is None:
        return {}
    return {
        "retry-after": {
            "description": "Seconds to wait before the request is sent again.",
            "schema": {"type": "integer", "minimum": 1},
            "example": problem.retry_after,
        }
    }
