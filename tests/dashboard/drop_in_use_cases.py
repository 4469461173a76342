"""What the permission table asks of requests in other services' shapes."""

from collections.abc import Callable
from pathlib import Path

from core.domain.person import Person
from core.domain.role import Permission
from core.usecases.analyze_like_perspective import suggest_like_perspective
from core.usecases.perspective_shapes import analyze_request, suggest_request
from data.bootstrap import Workbench
from data.drop_in import analyze, moderate, suggest

_COMMENT = {"comment": {"text": "you idiot"}, "languages": ["en"]}
_ANALYZE = analyze_request({**_COMMENT, "requestedAttributes": {"TOXICITY": {}}})
_SUGGEST = suggest_request(
    {**_COMMENT, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}}}
)


def _suggest_for_no_item(workbench: Workbench, person: Person) -> None:
    suggest_like_perspective(
        workbench.space, _SUGGEST, 1, person=person, detect=lambda texts: texts
    )


DROP_IN: dict[str, tuple[Permission, Callable[[Workbench, Person, Path], object]]] = {
    "moderate like OpenAI": (
        Permission.SEE_MODELS, lambda w, p, d: moderate(w, p, ("you idiot",), tenant="acme"),
    ),
    "analyze like Perspective": (
        Permission.SEE_MODELS,
        lambda w, p, d: analyze(w, p, _ANALYZE, tenant="acme", keeps=False),
    ),
    "suggest like Perspective": (
        Permission.IMPORT, lambda w, p, d: suggest(w, p, _SUGGEST, tenant="acme"),
    ),
    "suggest for an item": (Permission.IMPORT, lambda w, p, d: _suggest_for_no_item(w, p)),
}  # fmt: skip
