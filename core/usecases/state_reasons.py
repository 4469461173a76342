"""One rejection as a statement of reasons, or why it cannot be one yet."""

from typing import Any

import orjson

from core.domain.decision import Source
from core.domain.dsa_enums import (
    Automation,
    Category,
    Ground,
    StatedContent,
    YesNo,
)
from core.domain.dsa_item_facts import ItemFacts, item_facts
from core.domain.dsa_mapping import GROUND_FIELDS, DsaMapping, ReasonMapping
from core.domain.item import ContentType
from core.domain.label import Label
from core.domain.review_task import Stratum
from core.domain.statement import FieldProblem, StatementOfReasons
from core.domain.verdict import VerdictKind
from core.policies.personal_data import find_personal_data
from core.usecases.held_back import HeldBack

_CONTENT: dict[str, StatedContent] = {
    ContentType.TEXT.value: StatedContent.TEXT,
    ContentType.IMAGE.value: StatedContent.IMAGE,
    ContentType.VIDEO.value: StatedContent.VIDEO,
    ContentType.AUDIO.value: StatedContent.AUDIO,
}

_LABELS = {label.value: label for label in Label}

#: Fields that people write, which must not hold personal data.
_WRITTEN = (
    "decision_facts", "illegal_content_legal_ground", "illegal_content_explanation",
    "incompatible_content_ground", "incompatible_content_explanation", "source_identity",
    "decision_visibility_other", "decision_monetary_other", "content_type_other",
    "category_specification_other", "decision_ground_reference_url",
)  # fmt: skip


#: A row of RegulationStore.rejections.
Row = dict[str, Any]


def state_reasons(
    row: Row, mapping: DsaMapping
) -> StatementOfReasons | tuple[HeldBack, ...]:  # fmt: skip
    """The statement of a rejection, or everything that keeps it from being one."""
    puid = str(row["decision_id"])
    facts = item_facts(orjson.loads(row["metadata"]) if row["metadata"] else None)
    if not isinstance(facts, ItemFacts):
        return _held(puid, facts)
    reasons = cited(row)
    main = mapping.main_reason(reasons)
    if main is None:
        return (_unmapped(puid, reasons),)
    reason = mapping.reasons[main]
    lacking = _lacking(row, reason, main, facts, mapping.platform.unsaid_automation)
    if lacking:
        return lacking
    values = _values(row, mapping, reason, reasons, facts)
    statement = StatementOfReasons.checked({"puid": puid, **values})
    if not isinstance(statement, StatementOfReasons):
        return _held(puid, statement)
    return _personal(statement) or statement


def cited(row: Row) -> tuple[Label, ...]:
    """The reasons of a rejection, without words that are no reasons any more."""
    return tuple(_LABELS[each] for each in row["reasons"] or () if each in _LABELS)


def was_detected(row: Row, facts: ItemFacts) -> bool:
    """Whether automated means found the content: a policy decided or flagged it."""
    if facts.automated_detection is not None:
        return facts.automated_detection is YesNo.YES
    return (
        row["source"] == Source.POLICY.value
        or row["stratum"] == Stratum.FLAGGED.value
        or row["verdict"] in (VerdictKind.REVIEW.value, VerdictKind.REJECT.value)
    )


def automation(row: Row, facts: ItemFacts, unsaid: Automation | None) -> Automation | None:
    """How far the decision was automated.

    `unsaid`: what the platform answers for decisions that do not say; None: it is not known.
    """
    if facts.automated_decision is not None:
        return facts.automated_decision
    if row["source"] == Source.POLICY.value:
        return Automation.FULLY
    if row["source"] == Source.IMPORT.value or row["score_shown"] is None:
        return unsaid
    return Automation.PARTIALLY if row["score_shown"] else Automation.NOT


def _held(puid: str, problems: tuple[FieldProblem, ...]) -> tuple[HeldBack, ...]:
    return tuple(
        HeldBack(puid=puid, field=each.field, problem=each.problem) for each in problems
    )  # fmt: skip


def _unmapped(puid: str, reasons: tuple[Label, ...]) -> HeldBack:
    if not reasons:
        return HeldBack(puid=puid, field="category", problem="the decision cites no reason")
    return HeldBack(
        puid=puid,
        field="category",
        problem="the reason is not mapped to a category",
        reason=reasons[0],
    )


def _lacking(
    row: Row, reason: ReasonMapping, main: Label, facts: ItemFacts, unsaid: Automation | None
) -> tuple[HeldBack, ...]:
    puid = str(row["decision_id"])
    supplied = {"decision_facts"} if facts.decision_facts else set()
    lacking = [
        HeldBack(puid=puid, field=field, problem="the mapping does not answer it", reason=main)
        for field in reason.missing()
        if field not in supplied
    ]
    if automation(row, facts, unsaid) is None:
        who = "the imported decision" if row["source"] == Source.IMPORT.value else "the decision"
        problem = f"{who} does not say how far it was automated"
        lacking.append(HeldBack(puid=puid, field="automated_decision", problem=problem))
    return tuple(lacking)


def _values(
    row: Row,
    mapping: DsaMapping,
    reason: ReasonMapping,
    reasons: tuple[Label, ...],
    facts: ItemFacts,
) -> dict[str, object]:
    ground_field, why_field = GROUND_FIELDS[reason.ground or Ground.INCOMPATIBLE]
    others = [mapping.reasons[each] for each in reasons if each in mapping.reasons]
    categories: list[Category] = [each.category for each in others if each.category is not None]
    keywords = dict.fromkeys(
        [*reason.keywords, *(name for each in others for name in each.keywords)]
    )
    return {
        "decision_visibility": reason.visibility,
        "decision_visibility_other": reason.visibility_other,
        "decision_monetary": reason.monetary,
        "decision_monetary_other": reason.monetary_other,
        "decision_provision": reason.provision,
        "decision_account": reason.account,
        "account_type": facts.account_type or mapping.platform.account_type,
        "decision_ground": reason.ground,
        "decision_ground_reference_url": reason.reference_url,
        ground_field: reason.legal_ground,
        why_field: reason.explanation,
        "incompatible_content_illegal": (
            None if reason.also_illegal is None else _yes(reason.also_illegal)
        ),
        "content_type": facts.content_type or (_CONTENT[row["content_type"]],),
        "content_type_other": facts.content_type_other,
        "category": reason.category,
        "category_addition": tuple(categories),
        "category_specification": tuple(keywords),
        "category_specification_other": next(
            (each.keyword_other for each in (reason, *others) if each.keyword_other), None
        ),
        "territorial_scope": facts.territorial_scope or mapping.platform.territorial_scope,
        "content_language": row["language"].upper() if row["language"] else None,
        "content_date": row["created_at"].date(),
        "application_date": row["effective_at"].date(),
        "end_date_visibility_restriction": facts.end_date_visibility_restriction,
        "decision_facts": facts.decision_facts or reason.facts_about(_told(row, reasons)),
        "source_type": facts.source,
        "source_identity": facts.source_identity,
        "automated_detection": _yes(was_detected(row, facts)),
        "automated_decision": automation(row, facts, mapping.platform.unsaid_automation),
        "content_id": facts.content_id,
    }


def _yes(claim: bool) -> YesNo:  # the claim itself
    return YesNo.YES if claim else YesNo.NO


def _told(row: Row, reasons: tuple[Label, ...]) -> dict[str, str]:
    policy = f"{row['policy']} v{row['policy_number']}" if row["policy"] else "no policy"
    return {
        "reason": ", ".join(each.words.lower() for each in reasons),
        "policy": policy,
        "content_type": row["content_type"],
        "language": row["language"] or "unknown",
        "note": row["note"] or "",
    }


def _personal(statement: StatementOfReasons) -> tuple[HeldBack, ...]:
    held = []
    for field in _WRITTEN:
        text = getattr(statement, field)
        found = dict.fromkeys(each.kind.value for each in find_personal_data(text or ""))
        if found:
            held.append(
                HeldBack(puid=statement.puid, field=field,
                         problem=f"seems to hold {' and '.join(found)}")
            )  # fmt: skip
    return tuple(held)
