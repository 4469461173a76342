"""What a platform may say about an item for its statements: the key `dsa` of its metadata."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, ValidationError

from core.domain.dsa_enums import (
    AccountType,
    Automation,
    Category,
    SourceType,
    StatedContent,
    YesNo,
)
from core.domain.record import Record
from core.domain.statement import FACTS_MAX, SHORT_MAX, FieldProblem

KEY = "dsa"


class NoticeFacts(Record):
    """The Article 16 notice that pointed at an item."""

    id: Annotated[str, Field(min_length=1, max_length=SHORT_MAX)]
    received_at: datetime
    from_trusted_flagger: bool = False
    category: Category | None = None
    keyword: Annotated[str, Field(max_length=SHORT_MAX)] | None = None
    """What the notifier alleged."""


class ItemFacts(Record):
    """All optional; what is said here goes before the mapping."""

    source_type: SourceType | None = None
    source_identity: Annotated[str, Field(max_length=SHORT_MAX)] | None = None
    decision_facts: Annotated[str, Field(max_length=FACTS_MAX)] | None = None
    account_type: AccountType | None = None
    content_type: tuple[StatedContent, ...] = ()
    content_type_other: Annotated[str, Field(max_length=SHORT_MAX)] | None = None
    territorial_scope: tuple[str, ...] = ()
    content_id: dict[str, str] | None = None
    end_date_visibility_restriction: date | None = None
    automated_detection: YesNo | None = None
    automated_decision: Automation | None = None
    notice: NoticeFacts | None = None

    @property
    def source(self) -> SourceType:
        """What made the platform look: its own initiative unless it says otherwise."""
        if self.source_type is not None:
            return self.source_type
        if self.notice is None:
            return SourceType.VOLUNTARY
        is_trusted = self.notice.from_trusted_flagger
        return SourceType.TRUSTED_FLAGGER if is_trusted else SourceType.ARTICLE_16


NO_FACTS = ItemFacts()


def item_facts(metadata: dict[str, Any] | None) -> ItemFacts | tuple[FieldProblem, ...]:
    """What the metadata says, or what is wrong with what it says."""
    said = (metadata or {}).get(KEY)
    if said is None:
        return NO_FACTS
    try:
        return ItemFacts.model_validate(said)
    except ValidationError as error:
        return tuple(
            FieldProblem(
                field=".".join(["metadata", KEY, *(str(part) for part in each["loc"])]),
                problem=each["msg"].removeprefix("Value error, "),
            )
            for each in error.errors(include_url=False, include_input=False)
        )
