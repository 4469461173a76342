"""What our reasons mean in the words of the DSA, and what only the platform itself can answer.

An admin fills it in. What is not answered stays empty: an export then names it and holds back what
depends on it, for a legal ground or an explanation must not be invented.
"""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from core.domain.dsa_enums import (
    ALL_KEYWORDS,
    KEYWORDS,
    OTHER,
    TERRITORIES,
    AccountRestriction,
    AccountType,
    Automation,
    Category,
    Ground,
    Monetary,
    Provision,
    Visibility,
)
from core.domain.label import CITABLE_LABELS, Label
from core.domain.plain_text import PlainText
from core.domain.record import Record
from core.domain.statement import EXPLANATION_MAX, FACTS_MAX, SHORT_MAX

#: What a template of facts may name; each is filled in for every statement.
PLACEHOLDERS = ("reason", "policy", "content_type", "language", "note")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

#: A cell that starts so is run as a formula by spreadsheet programs. The official CSV must hold
#: exactly what is meant, so that such texts are refused here instead of changed in the file.
FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def _cell(text: str) -> str:
    if text.lstrip().startswith(FORMULA_START):
        raise ValueError("must not start with = + - or @: a spreadsheet would run it as a formula")
    if "\n" in text or "\r" in text:
        raise ValueError("must be one line")
    return text.strip()


Short = Annotated[PlainText, Field(max_length=SHORT_MAX)]


#: The fields of a statement that say what a ground is and why it applies.
GROUND_FIELDS: dict[Ground, tuple[str, str]] = {
    Ground.ILLEGAL: ("illegal_content_legal_ground", "illegal_content_explanation"),
    Ground.INCOMPATIBLE: ("incompatible_content_ground", "incompatible_content_explanation"),
}


class ReasonMapping(Record):
    """What one of our reasons is in the words of the DSA; None or empty is not answered yet."""

    category: Category | None = None
    keywords: tuple[str, ...] = ()
    """The first one is the row of the report."""
    keyword_other: Short = ""
    """What KEYWORD_OTHER stands for."""
    ground: Ground | None = None
    legal_ground: Short = ""
    """The law, or the clause of the terms and conditions."""
    explanation: Annotated[PlainText, Field(max_length=EXPLANATION_MAX)] = ""
    also_illegal: bool | None = None
    """Whether what breaks the terms is illegal too."""
    reference_url: Annotated[PlainText, Field(max_length=SHORT_MAX)] = ""
    visibility: tuple[Visibility, ...] = ()
    visibility_other: Short = ""
    monetary: Monetary | None = None
    monetary_other: Short = ""
    provision: Provision | None = None
    account: AccountRestriction | None = None
    facts: Annotated[PlainText, Field(max_length=FACTS_MAX)] = ""
    """Template of decision_facts; see PLACEHOLDERS."""

    @field_validator("keywords")
    @classmethod
    def _knows_keywords(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [each for each in value if each not in ALL_KEYWORDS]:
            raise ValueError(f"not one of the keywords: {', '.join(unknown)}")
        return value

    @field_validator("keyword_other")
    @classmethod
    def _fits_a_cell(cls, value: str) -> str:
        return _cell(value)

    @field_validator("facts")
    @classmethod
    def _knows_placeholders(cls, value: str) -> str:
        names = set(_PLACEHOLDER.findall(value))
        if unknown := sorted(names - set(PLACEHOLDERS)):
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise ValueError(f"{{{unknown[0]}}} is not known; write one of {known}")
        return value

    @model_validator(mode="after")
    def _keyword_is_of_the_category(self) -> "ReasonMapping":
        if self.category is not None and self.keywords:
            first = self.keywords[0]
            if first != OTHER and first not in KEYWORDS[self.category]:
                raise ValueError("the first keyword must belong to the category")
        return self

    @property
    def report_keyword(self) -> str:
        """The keyword row of the report that its measures are counted in."""
        return self.keywords[0] if self.keywords else OTHER

    @property
    def restricts(self) -> bool:
        """Whether it says what is done to content or its author."""
        return bool(self.visibility or self.monetary or self.provision or self.account)

    def missing(self) -> tuple[str, ...]:
        """The fields of a statement that nobody has answered for this reason."""
        names = ("", "")
        if self.ground is not None:
            names = GROUND_FIELDS[self.ground]
        is_other = OTHER in self.keywords
        needed = {
            "category": self.category is not None,
            "decision_ground": self.ground is not None,
            names[0]: bool(self.legal_ground),
            names[1]: bool(self.explanation),
            "decision_visibility": self.restricts,
            "decision_facts": bool(self.facts.strip()),
            "category_specification_other": bool(self.keyword_other) or not is_other,
            "decision_visibility_other": bool(self.visibility_other)
            or Visibility.OTHER not in self.visibility,
            "decision_monetary_other": bool(self.monetary_other)
            or self.monetary is not Monetary.OTHER,
        }
        return tuple(name for name, is_there in needed.items() if name and not is_there)

    def missing_for_report(self) -> tuple[str, ...]:
        """The answers that counting its measures needs."""
        needed = {"category", "decision_ground", "decision_visibility"}
        needed.add("category_specification_other")
        return tuple(name for name in self.missing() if name in needed)

    def facts_about(self, facts: dict[str, str]) -> str:
        """The facts of one decision: the template with every placeholder filled in."""
        return filled_in(self.facts, facts)


def filled_in(template: str, facts: dict[str, str]) -> str:
    """The template with its placeholders filled in; once, so that what is filled in stays text."""
    return _PLACEHOLDER.sub(lambda found: facts.get(found[1], ""), template).strip()


class PlatformAnswers(Record):
    """What holds for the whole service."""

    service: Short = ""
    provider: Short = ""
    """The legal name of the service provider."""
    territorial_scope: tuple[str, ...] = ()
    account_type: AccountType | None = None
    """Only where all accounts are of one kind."""
    unsaid_automation: Automation | None = None
    """How decisions were made that do not say so themselves, imported ones for instance."""
    decides_complaints_here: bool = False
    """Whether every complaint is decided in ModDesk, so that none recorded means none made."""
    previous_report: date | None = None

    @field_validator("service", "provider")
    @classmethod
    def _fits_a_cell(cls, value: str) -> str:
        return _cell(value)

    @field_validator("territorial_scope")
    @classmethod
    def _in_known_places(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - set(TERRITORIES)):
            raise ValueError(f"not a country of the EU or EEA: {', '.join(unknown)}")
        return tuple(sorted(set(value)))


class DsaMapping(Record):
    """One version of the mapping; the newest is in force."""

    version: int = 0
    """0: nobody has changed the defaults yet."""
    reasons: dict[Label, ReasonMapping] = Field(default_factory=dict)
    platform: PlatformAnswers = PlatformAnswers()
    changed_by: str | None = None
    changed_at: datetime | None = None

    def main_reason(self, reasons: tuple[Label, ...]) -> Label | None:
        """The reason whose category counts; None when none of them is mapped.

        The most specific category wins (Annex II): what only breaks the terms comes last.
        """
        mapped = [each for each in reasons if (found := self.reasons.get(each)) and found.category]
        specific = (
            each for each in mapped
            if self.reasons[each].category is not Category.OTHER_VIOLATION_TC
        )  # fmt: skip
        return next(specific, mapped[0] if mapped else None)


def default_mapping() -> DsaMapping:
    """The categories that fit our labels; grounds, restrictions and texts are left to the admin."""
    known: dict[Label, tuple[Category, tuple[str, ...], str]] = {
        Label.SPAM: (Category.OTHER_VIOLATION_TC, (OTHER,), "Spam"),
        Label.TOXICITY: (Category.CYBER_VIOLENCE, ("KEYWORD_CYBER_HARASSMENT",), ""),
        Label.HATE_SPEECH: (Category.SPEECH, ("KEYWORD_HATE_SPEECH",), ""),
        Label.VIOLENCE: (Category.VIOLENCE, ("KEYWORD_INCITEMENT_VIOLENCE_HATRED",), ""),
        Label.ADULT_CONTENT: (
            Category.OTHER_VIOLATION_TC, ("KEYWORD_ADULT_SEXUAL_MATERIAL",), "",
        ),
        Label.MISINFORMATION: (
            Category.CIVIC_DISCOURSE, ("KEYWORD_MISINFORMATION_DISINFORMATION",), "",
        ),
    }  # fmt: skip
    reasons = {
        label: ReasonMapping(category=category, keywords=keywords, keyword_other=other)
        for label, (category, keywords, other) in known.items()
        if label in CITABLE_LABELS
    }
    return DsaMapping(reasons=reasons)
