"""Decisions and a mapping for tests of regulatory exports."""

from collections.abc import Callable
from typing import Any

from core.domain.decision import Decision, Outcome, Source
from core.domain.dsa_enums import Category, Ground, Visibility
from core.domain.dsa_mapping import DsaMapping, ReasonMapping
from core.domain.label import Label
from core.domain.person import operator
from core.usecases.review_item import decide
from core.usecases.transparency_report import (
    days,
)
from core.usecases.workspace import Workspace
from tests.builders import NOON, FixedClock, a_draft

ADMIN = operator("boss")
DAY = NOON.date()
PERIOD = days(DAY, DAY)
FACTS = "The {content_type} was removed for {reason}. {note}"


def a_reason(category: Category, keyword: str, **changes: Any) -> ReasonMapping:
    """Everything answered."""
    values: dict[str, Any] = {
        "category": category, "keywords": (keyword,), "ground": Ground.INCOMPATIBLE,
        "legal_ground": "Rule 4", "explanation": "Our rule 4 forbids it.",
        "visibility": (Visibility.REMOVED,), "facts": FACTS,
    }  # fmt: skip
    return ReasonMapping(**(values | changes))


def a_mapping(**reasons: ReasonMapping) -> DsaMapping:
    """Toxicity, hate and spam, with the platform's answers."""
    known = {
        "toxicity": a_reason(Category.CYBER_VIOLENCE, "KEYWORD_CYBER_HARASSMENT"),
        "hate_speech": a_reason(
            Category.SPEECH, "KEYWORD_HATE_SPEECH", ground=Ground.ILLEGAL, legal_ground="Law 130"
        ),
        "spam": a_reason(Category.OTHER_VIOLATION_TC, "KEYWORD_OTHER", keyword_other="Spam"),
    }
    return DsaMapping.model_validate(
        {
            "reasons": {name: each.model_dump() for name, each in (known | reasons).items()},
            "platform": {"service": "Plaza", "provider": "Plaza Ltd", "territorial_scope": ["SE"]},
        }
    )


Add = Callable[..., int]


def reject(space: Workspace, item_id: int, *reasons: Label, **facts: Any) -> str:
    """A person's rejection; its id."""
    draft = a_draft(
        item_id, outcome=Outcome.REJECT, reasons=reasons or (Label.TOXICITY,), **facts
    )  # fmt: skip
    (receipt,) = decide(space, ADMIN, [draft], policy_version_id=None)
    assert receipt.accepted
    return str(draft.decision_id)


def wait(clock: FixedClock) -> None:
    """Until decisions are in effect."""
    clock.advance(minutes=10)


def imported(space: Workspace, item_id: int, **changes: Any) -> Decision:
    values: dict[str, Any] = {
        "decision_seq": space.ids.next(), "decision_id": space.ids.uuid(), "item_id": item_id,
        "tenant_id": "acme", "task_id": None, "outcome": Outcome.REJECT,
        "standing_outcome": Outcome.REJECT, "reasons": (Label.TOXICITY,), "note": None,
        "source": Source.IMPORT, "actor": "old", "policy_version_id": None, "fence": None,
        "batch_id": None, "decided_at": NOON, "effective_at": NOON, "handling_seconds": None,
        "score_shown": None, "highlight_shown": None, "reverses_id": None,
    }  # fmt: skip
    return Decision(**(values | changes))
