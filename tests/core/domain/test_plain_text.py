from uuid import uuid4

import pytest
from pydantic import ValidationError

from core.domain.audit_event import AuditFilter
from core.domain.decision import DecisionDraft
from core.domain.item_filter import ItemFilter
from core.domain.person import operator
from core.domain.record import Record
from core.domain.review_queue import ReviewQueue
from core.store.tasks import SkipRequest
from core.usecases.claim_tasks import WorkRequest
from core.usecases.decide_in_bulk import BulkDecision

BAD = "a\x00b"
DRAFT = {"decision_id": uuid4(), "item_id": 1, "outcome": "approve"}
SKIP = {"skip_id": uuid4(), "task_id": 1, "fence": 1, "reason": "x"}


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        (DecisionDraft, DRAFT | {"note": BAD}, "note"),
        (DecisionDraft, DRAFT | {"item_id": 2**63}, "item_id"),
        (DecisionDraft, DRAFT | {"fence": -(2**64)}, "fence"),
        (BulkDecision, {"outcome": "approve", "note": BAD}, "note"),
        (SkipRequest, SKIP | {"reason": BAD}, "reason"),
        (SkipRequest, SKIP | {"task_id": 2**70}, "task_id"),
        (ReviewQueue, {"name": "q", "title": BAD}, "title"),
        (ReviewQueue, {"name": "q", "title": "Q", "reviewers": [BAD]}, "reviewers"),
        (ItemFilter, {"tenant": BAD}, "tenant"),
        (ItemFilter, {"author": BAD}, "author"),
        (ItemFilter, {"search": BAD}, "search"),
        (ItemFilter, {"import_id": 2**63}, "import_id"),
        (ItemFilter, {"model": 10**30}, "model"),
        (AuditFilter, {"subject": BAD}, "subject"),
        (AuditFilter, {"actor": BAD}, "actor"),
        (WorkRequest, {"queue": "review", "tenant": BAD, "hold": 1}, "tenant"),
        (WorkRequest, {"queue": BAD, "hold": 1}, "queue"),
    ],
)
def test_what_no_store_can_keep_is_refused_by_name(
    kind: type[Record], values: dict[str, object], field: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        kind.model_validate(values)
    (fault,) = raised.value.errors()
    assert fault["loc"][0] == field
    assert "NUL" in fault["msg"] or "less than" in fault["msg"] or "greater than" in fault["msg"]


def test_a_name_with_a_nul_is_nobodys() -> None:
    with pytest.raises(ValidationError, match="NUL"):
        operator(BAD)
