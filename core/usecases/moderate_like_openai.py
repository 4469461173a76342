"""OpenAI's `POST /v1/moderations` on our model and policy: what is asked, and the answer.

Shapes from the types of openai 3.57 (`types/moderation*.py`); of its thirteen categories we score
four. The others are answered as that API answers a category it did not apply: 0.0, false, [].
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from core.domain.item_frame import LanguageDetector
from core.domain.label import Label
from core.domain.person import Person
from core.domain.policy import Place, PolicyVersion, Rule, ThresholdRule
from core.domain.record import Record
from core.domain.role import Permission
from core.domain.verdict import VerdictKind
from core.engine.classifier import Classifier
from core.errors import DropInRequestError
from core.policies.evaluate import evaluate
from core.usecases.try_text import said_by

#: Every category of an answer, in its order, and the label of ours that is closest.
CATEGORIES: Mapping[str, Label | None] = {
    "harassment": Label.TOXICITY,
    "harassment/threatening": None,
    "hate": Label.HATE_SPEECH,
    "hate/threatening": None,
    "illicit": None,
    "illicit/violent": None,
    "self-harm": None,
    "self-harm/instructions": None,
    "self-harm/intent": None,
    "sexual": Label.ADULT_CONTENT,
    "sexual/minors": None,
    "violence": Label.VIOLENCE,
    "violence/graphic": None,
}
MOST_TEXTS = 1_000
TEXT_MAX = 100_000
#: Characters of all texts of a request together.
TOTAL_MAX = 2_000_000
_WEIGHTED_FROM = 0.5
_KINDS = {
    bool: "a boolean", int: "an integer", float: "a number", str: "a string", list: "an array",
    dict: "an object", type(None): "null",
}  # fmt: skip


class ModerationResult(Record):
    """What is said of one text."""

    flagged: bool
    """Whether the live policy would not approve the text."""
    categories: dict[str, bool]
    category_scores: dict[str, float]
    category_applied_input_types: dict[str, tuple[str, ...]]
    """["text"] for what was scored, [] for what was not."""


class ModerationAnswer(Record):
    """The answer to one request: a result per text."""

    id: str
    model: str
    results: tuple[ModerationResult, ...]


def texts_to_moderate(body: Any) -> tuple[str, ...]:
    """The texts of a request's body; the parts of one list of objects are one text.

    Raises DropInRequestError, which names the parameter as the original does.
    """
    if not isinstance(body, dict):
        raise DropInRequestError("The body must be a JSON object.", None, None)
    for name in body:
        if name not in ("input", "model"):
            raise DropInRequestError(f"Unrecognized request argument supplied: {name}", None, None)
    if not isinstance(body.get("model"), str | None):
        raise _wrong_type("model", "a string", body["model"])
    if "input" not in body:
        raise DropInRequestError(
            "Missing required parameter: 'input'.", "input", "missing_required_parameter"
        )
    texts = _texts_of(body["input"])
    for text in texts:
        if len(text) > TEXT_MAX:
            raise _too_long(f"a text has {len(text):,} characters: at most {TEXT_MAX:,}")
    if (total := sum(map(len, texts))) > TOTAL_MAX:
        raise _too_long(f"{total:,} characters in all: at most {TOTAL_MAX:,} a request")
    return texts


def _texts_of(given: Any) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, list):
        raise _wrong_type("input", "a string, an array of strings or an array of objects", given)
    if not given:
        raise DropInRequestError(
            "Invalid 'input': empty array. Expected an array with minimum length 1.",
            "input", "empty_array",
        )  # fmt: skip
    if len(given) > MOST_TEXTS:
        raise DropInRequestError(
            f"Invalid 'input': array too long. Expected an array with maximum length {MOST_TEXTS}, "
            f"but got an array with length {len(given)} instead.",
            "input", "array_above_max_length",
        )  # fmt: skip
    if isinstance(given[0], str):
        for number, text in enumerate(given):
            if not isinstance(text, str):
                raise _wrong_type(f"input[{number}]", "a string", text)
        return tuple(given)
    return ("\n".join(_text_of(number, part) for number, part in enumerate(given)),)


def _text_of(number: int, part: Any) -> str:
    """The text of one part of a multi-modal input."""
    place = f"input[{number}]"
    if not isinstance(part, dict):
        raise _wrong_type(place, "an object", part)
    match part.get("type"):
        case "text":
            if not isinstance(part.get("text"), str):
                raise _wrong_type(f"{place}.text", "a string", part.get("text"))
            return str(part["text"])
        case "image_url":
            raise DropInRequestError(
                f"Invalid '{place}': no model of this workbench reads images. Send the texts "
                "without them, and have people look at the images.",
                place, "unsupported_image",
            )  # fmt: skip
        case _:
            raise DropInRequestError(
                f"Invalid value for '{place}.type': supported values are 'text' and 'image_url'.",
                f"{place}.type", "invalid_value",
            )  # fmt: skip


def _wrong_type(place: str, expected: str, got: Any) -> DropInRequestError:
    return DropInRequestError(
        f"Invalid type for '{place}': expected {expected}, but got {_KINDS[type(got)]} instead.",
        place, "invalid_type",
    )  # fmt: skip


def _too_long(what: str) -> DropInRequestError:
    return DropInRequestError(f"Invalid 'input': {what}.", "input", "string_above_max_length")


def moderate_like_openai(
    classifier: Classifier,
    policy: PolicyVersion,
    texts: Sequence[str],
    *,
    person: Person,
    tenant: str,
    detect: LanguageDetector,
) -> ModerationAnswer:
    """Scores texts and concludes by the policy as if they had come in there; keeps nothing."""
    person.require(Permission.SEE_MODELS)
    rows = classifier.score(texts)
    results = []
    for place, row in zip(_places(policy.rule, texts, tenant, detect), rows, strict=True):
        values = zip(classifier.labels, row, strict=True)
        scores = {label: float(value) for label, value in values}
        results.append(_result(scores, policy.rule, place))
    return ModerationAnswer(
        id=f"modr-{uuid.uuid4().hex}", model=classifier.name, results=tuple(results)
    )


def _places(rule: Rule, texts: Sequence[str], tenant: str, detect: LanguageDetector) -> list[Place]:
    """Where each text is from; languages are only looked for where the rule asks for them."""
    if not isinstance(rule, ThresholdRule) or not rule.overrides:
        return [Place(tenant=tenant)] * len(texts)
    languages = detect(pl.Series(texts, dtype=pl.String))
    return [Place(tenant=tenant, language=language) for language in languages]


def _result(scores: dict[Label, float], rule: Rule, place: Place) -> ModerationResult:
    raised = _raised(scores, rule, place)
    scored = {
        name: label for name, label in CATEGORIES.items() if label is not None and label in scores
    }
    return ModerationResult(
        flagged=evaluate(scores, rule, place).kind is not VerdictKind.APPROVE,
        categories={name: scored.get(name) in raised for name in CATEGORIES},
        category_scores={
            name: scores[scored[name]] if name in scored else 0.0 for name in CATEGORIES
        },
        category_applied_input_types={
            name: ("text",) if name in scored else () for name in CATEGORIES
        },
    )


def _raised(scores: dict[Label, float], rule: Rule, place: Place) -> frozenset[Label]:
    """The labels that reach what the rule asks for a person from."""
    if isinstance(rule, ThresholdRule):
        bounds = rule.bounds_at(place)
        return frozenset(
            label
            for label, score in scores.items()
            if label in bounds and said_by(score, bounds[label]) is not VerdictKind.APPROVE
        )
    return frozenset(label for label in rule.weights if scores.get(label, 0.0) >= _WEIGHTED_FROM)
