"""A statement of reasons as the DSA Transparency Database takes it (schema v2, July 2025)."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from core.domain.dsa_enums import (
    ALL_KEYWORDS,
    TERRITORIES,
    AccountRestriction,
    AccountType,
    Automation,
    Category,
    Ground,
    Monetary,
    Provision,
    SourceType,
    StatedContent,
    Visibility,
    YesNo,
)
from core.domain.record import Record

FACTS_MAX = 5_000
EXPLANATION_MAX = 2_000
SHORT_MAX = 500

#: A batch of the API: `{"statements": [1..100]}`, taken or refused as a whole.
BATCH_MAX = 100

_CONTENT_FROM, _APPLIED_FROM, _UNTIL = date(2000, 1, 1), date(2020, 1, 1), date(2038, 1, 1)

Short = Annotated[str, Field(max_length=SHORT_MAX)]
Explanation = Annotated[str, Field(max_length=EXPLANATION_MAX)]


class FieldProblem(Record):
    """What is wrong with one field of a statement."""

    field: str
    problem: str


class StatementOfReasons(Record):
    """One statement; a field that its other answers make superfluous is dropped, as the API does.

    Fields are in the order in which their rules need each other.
    """

    puid: Annotated[str, Field(min_length=1, max_length=SHORT_MAX, pattern=r"^[a-zA-Z0-9-_]+$")]
    decision_visibility: tuple[Visibility, ...] = ()
    decision_visibility_other: Short | None = Field(default=None, validate_default=True)
    decision_monetary: Monetary | None = None
    decision_monetary_other: Short | None = Field(default=None, validate_default=True)
    decision_provision: Provision | None = None
    decision_account: AccountRestriction | None = Field(default=None, validate_default=True)
    account_type: AccountType | None = None
    decision_ground: Ground
    decision_ground_reference_url: (
        Annotated[str, Field(max_length=SHORT_MAX, pattern=r"^https?://[^\s/]+\S*$")] | None
    ) = None
    illegal_content_legal_ground: Short | None = Field(default=None, validate_default=True)
    illegal_content_explanation: Explanation | None = Field(default=None, validate_default=True)
    incompatible_content_ground: Short | None = Field(default=None, validate_default=True)
    incompatible_content_explanation: Explanation | None = Field(
        default=None, validate_default=True
    )
    incompatible_content_illegal: YesNo | None = None
    content_type: Annotated[tuple[StatedContent, ...], Field(min_length=1)]
    content_type_other: Short | None = Field(default=None, validate_default=True)
    category: Category
    category_addition: tuple[Category, ...] = ()
    category_specification: tuple[str, ...] = ()
    category_specification_other: Short | None = None
    territorial_scope: tuple[str, ...] = ()
    content_language: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    content_date: Annotated[date, Field(ge=_CONTENT_FROM, le=_UNTIL)]
    application_date: Annotated[date, Field(ge=_APPLIED_FROM, le=_UNTIL)]
    end_date_visibility_restriction: date | None = None
    end_date_monetary_restriction: date | None = None
    end_date_service_restriction: date | None = None
    end_date_account_restriction: date | None = None
    decision_facts: Annotated[str, Field(min_length=1, max_length=FACTS_MAX)]
    source_type: SourceType
    source_identity: Short | None = None
    automated_detection: YesNo
    automated_decision: Automation
    content_id: dict[str, str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_what_is_dropped(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        kept = {name: value for name, value in values.items() if value not in ("", None)}
        for name in _superfluous(kept):
            kept.pop(name, None)
        return kept

    @field_validator("decision_visibility_other")
    @classmethod
    def _says_other_visibility(cls, value: str | None, info: ValidationInfo) -> str | None:
        chosen = Visibility.OTHER in info.data.get("decision_visibility", ())
        return _needed(value, chosen, "decision_visibility is DECISION_VISIBILITY_OTHER")

    @field_validator("decision_monetary_other")
    @classmethod
    def _says_other_payment(cls, value: str | None, info: ValidationInfo) -> str | None:
        chosen = info.data.get("decision_monetary") is Monetary.OTHER
        return _needed(value, chosen, "decision_monetary is DECISION_MONETARY_OTHER")

    @field_validator("content_type_other")
    @classmethod
    def _says_other_content(cls, value: str | None, info: ValidationInfo) -> str | None:
        chosen = StatedContent.OTHER in info.data.get("content_type", ())
        return _needed(value, chosen, "content_type is CONTENT_TYPE_OTHER")

    @field_validator("decision_account")
    @classmethod
    def _restricts_something(
        cls, value: AccountRestriction | None, info: ValidationInfo
    ) -> AccountRestriction | None:
        names = ("decision_visibility", "decision_monetary", "decision_provision")
        # A field that is wrong in itself is missing from the data: one complaint is enough.
        if value is None and all(name in info.data and not info.data[name] for name in names):
            raise ValueError(f"at least one of {', '.join(names)}, decision_account is needed")
        return value

    @field_validator("illegal_content_legal_ground", "illegal_content_explanation")
    @classmethod
    def _says_which_law(cls, value: str | None, info: ValidationInfo) -> str | None:
        chosen = info.data.get("decision_ground") is Ground.ILLEGAL
        return _needed(value, chosen, "the ground is illegal content")

    @field_validator("incompatible_content_ground", "incompatible_content_explanation")
    @classmethod
    def _says_which_terms(cls, value: str | None, info: ValidationInfo) -> str | None:
        chosen = info.data.get("decision_ground") is Ground.INCOMPATIBLE
        return _needed(value, chosen, "the ground is incompatible content")

    @field_validator("category_addition")
    @classmethod
    def _adds_other_categories(
        cls, value: tuple[Category, ...], info: ValidationInfo
    ) -> tuple[Category, ...]:
        own = info.data.get("category")
        return tuple(each for each in dict.fromkeys(value) if each != own)

    @field_validator("category_specification")
    @classmethod
    def _knows_keywords(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [each for each in value if each not in ALL_KEYWORDS]:
            raise ValueError(f"not one of the keywords: {', '.join(unknown)}")
        return tuple(dict.fromkeys(value))

    @field_validator("territorial_scope")
    @classmethod
    def _in_known_places(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(value) & set(TERRITORIES)))

    @field_validator(
        "end_date_visibility_restriction", "end_date_monetary_restriction",
        "end_date_service_restriction", "end_date_account_restriction",
    )  # fmt: skip
    @classmethod
    def _ends_after_it_starts(cls, value: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("application_date")
        if value is not None and start is not None and value < start:
            raise ValueError("must not be before application_date")
        return value

    @field_validator("content_id")
    @classmethod
    def _is_an_ean(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        for name, code in (value or {}).items():
            if name != "EAN-13" or len(code) != 13 or not (code.isascii() and code.isdigit()):
                raise ValueError('must be {"EAN-13": 13 digits}')
        return value or None

    @classmethod
    def checked(cls, values: Mapping[str, object]) -> Self | tuple[FieldProblem, ...]:
        """The statement, or every field that is wrong with what is wrong about it."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            return _problems(error)

    def to_values(self) -> dict[str, Any]:
        """What is sent: the fields that say something, in a fixed order."""
        values = self.model_dump(mode="json", exclude_none=True)
        return {name: value for name, value in values.items() if value != []}


def _superfluous(values: Mapping[str, Any]) -> list[str]:
    """Fields that the API drops because other answers make them meaningless."""
    dropped = []
    if Visibility.OTHER not in (values.get("decision_visibility") or ()):
        dropped.append("decision_visibility_other")
    if values.get("decision_monetary") != Monetary.OTHER:
        dropped.append("decision_monetary_other")
    if StatedContent.OTHER not in (values.get("content_type") or ()):
        dropped.append("content_type_other")
    if values.get("decision_ground") != Ground.ILLEGAL:
        dropped += ["illegal_content_legal_ground", "illegal_content_explanation"]
    if values.get("decision_ground") != Ground.INCOMPATIBLE:
        dropped += [
            "incompatible_content_ground", "incompatible_content_explanation",
            "incompatible_content_illegal",
        ]  # fmt: skip
    if values.get("source_type") == SourceType.VOLUNTARY:
        dropped.append("source_identity")
    return dropped


def _needed(value: str | None, chosen: bool, when: str) -> str | None:  # a fact
    if chosen and value is None:
        raise ValueError(f"is needed, because {when}")
    return value


_WORDS = {
    "missing": "is needed",
    "string_too_short": "is needed",
    "too_short": "needs at least one value",
    "extra_forbidden": "is not a field of the schema",
}


def _problems(error: ValidationError) -> tuple[FieldProblem, ...]:
    found: dict[tuple[str, str], None] = {}
    for each in error.errors(include_url=False, include_input=False):
        place = str(each["loc"][0]) if each["loc"] else "statement"
        if place == "decision_account" and each["type"] == "value_error":
            place = "decision_visibility"
        words = _WORDS.get(each["type"], each["msg"].removeprefix("Value error, "))
        found[place, words] = None
    return tuple(FieldProblem(field=field, problem=problem) for field, problem in found)
