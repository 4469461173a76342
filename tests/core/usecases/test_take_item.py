"""Deciding outside a task, ids that come twice, and what skips leave behind."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.domain.decision import Outcome
from core.domain.label import Label
from core.domain.person import Person, operator
from core.domain.role import Role
from core.errors import ForbiddenError, NotFoundError
from core.store.tasks import SkipRequest
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.decide_in_bulk import BulkDecision, decide_in_bulk
from core.usecases.review_item import UndoRequest, decide, skip, undo
from core.usecases.workspace import Workspace
from tests.builders import FixedClock, a_draft

ANN, BEN = operator("ann"), operator("ben")
REVIEWER = Person(name="rea", role=Role.REVIEWER)
WORK = WorkRequest(queue="review", hold=10)


def _open_tasks(space: Workspace, item_id: int) -> list[int]:
    with space.store.reading() as parts:
        return [claim.task_id for claim in parts.tasks.open_tasks_of([item_id])]


def test_a_plain_reviewer_decides_within_tasks_only(space, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    with pytest.raises(ForbiddenError, match="outside a queue"):
        decide(space, REVIEWER, [a_draft(flagged[0])], policy_version_id=None)
    claim = next_tasks(space, REVIEWER, WORK)[0]
    draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence)
    (receipt,) = decide(space, REVIEWER, [draft], policy_version_id=None)
    assert receipt.accepted


def test_a_decision_outside_a_task_closes_what_waits(space, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    (task_id,) = _open_tasks(space, flagged[0])
    draft = a_draft(flagged[0])
    (receipt,) = decide(space, ANN, [draft], policy_version_id=None)
    assert receipt.accepted
    assert _open_tasks(space, flagged[0]) == []
    with space.store.reading() as parts:
        standing = parts.decisions.standing(flagged[0])
    assert standing is not None
    assert standing.task_id == task_id
    taken_back = undo(space, ANN, UndoRequest(undo_id=uuid4(), decision_id=draft.decision_id))
    assert taken_back.reopened is not None
    assert taken_back.reopened.task_id == task_id


def test_a_decision_outside_a_task_closes_ones_own_claim_but_no_one_elses(
    space, flagged, clock: FixedClock
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    held = {claim.item_id for claim in next_tasks(space, BEN, WORK)}
    assert set(flagged[:3]) <= held
    (receipt,) = decide(space, ANN, [a_draft(flagged[0])], policy_version_id=None)
    assert not receipt.accepted
    assert receipt.message == "Not saved: ben is looking at this item right now."
    bulk = decide_in_bulk(
        space, ANN, flagged[:2], BulkDecision(outcome=Outcome.APPROVE), policy_version_id=None
    )
    assert bulk.decided_count == 0
    assert all("ben" in why for why in bulk.refused.values())
    (own,) = decide(space, BEN, [a_draft(flagged[0])], policy_version_id=None)
    assert own.accepted
    clock.advance(minutes=6)
    (lapsed,) = decide(space, ANN, [a_draft(flagged[1])], policy_version_id=None)
    assert lapsed.accepted
    assert _open_tasks(space, flagged[1]) == []


def test_an_item_that_does_not_exist_is_not_told_from_a_foreign_one(space, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    ours = Person(name="x", role=Role.ADMIN, tenants=("zoo",))
    for item_id in (flagged[0], 12345):
        with pytest.raises(NotFoundError, match="There is no such item"):
            decide(space, ours, [a_draft(item_id)], policy_version_id=None)
    bulk = BulkDecision(outcome=Outcome.APPROVE)
    done = decide_in_bulk(space, ours, [flagged[0], 12345], bulk, policy_version_id=None)
    assert (done.decided_count, len(done.refused)) == (0, 2)


def test_an_id_that_was_used_is_saved_only_for_the_same_decision(space, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    claims = {claim.item_id: claim for claim in next_tasks(space, ANN, WORK)}

    def draft(item_id: int, **facts: object):  # type: ignore[no-untyped-def]  # facts of a draft
        claim = claims[item_id]
        return a_draft(item_id, task_id=claim.task_id, fence=claim.fence, **facts)

    first = draft(flagged[0])
    others_item = draft(flagged[1], decision_id=first.decision_id)
    made = decide(space, ANN, [first, others_item, first], policy_version_id=None)
    assert [receipt.accepted for receipt in made] == [True, False, True]
    assert "same id" in (made[1].message or "")
    (other_item,) = decide(space, ANN, [others_item], policy_version_id=None)
    (other_person,) = decide(space, BEN, [first], policy_version_id=None)
    changed = draft(flagged[0], decision_id=first.decision_id, outcome=Outcome.REJECT,
                    reasons=(Label.SPAM,))  # fmt: skip
    (other_outcome,) = decide(space, ANN, [changed], policy_version_id=None)
    for receipt in (other_item, other_person, other_outcome):
        assert not receipt.accepted
        assert "same id" in (receipt.message or "")
    with space.store.reading() as parts:
        assert len(parts.decisions.chain(flagged[0])) == 1
        assert parts.decisions.chain(flagged[1]) == []
    assert len(_open_tasks(space, flagged[1])) == 1


def test_an_undo_with_a_used_id_undoes_nothing(space, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    first, second = a_draft(flagged[0]), a_draft(flagged[1])
    decide(space, ANN, [first, second], policy_version_id=None)
    request = UndoRequest(undo_id=uuid4(), decision_id=first.decision_id)
    assert undo(space, ANN, request).accepted
    assert undo(space, ANN, request).message == "Already undone."
    for who, undoes in ((ANN, second), (BEN, first)):
        again = request.model_copy(update={"decision_id": undoes.decision_id})
        assert not undo(space, who, again).accepted
    replayed = UndoRequest(undo_id=second.decision_id, decision_id=second.decision_id)
    assert not undo(space, ANN, replayed).accepted
    with space.store.reading() as parts:
        assert len(parts.decisions.chain(flagged[1])) == 1


def test_a_skip_with_a_used_id_skips_nothing(space, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    one, two, *_ = next_tasks(space, ANN, WORK)
    request = SkipRequest(skip_id=uuid4(), task_id=one.task_id, fence=one.fence, reason="unsure")
    assert skip(space, ANN, [request, request])[1].accepted
    other = request.model_copy(update={"task_id": two.task_id, "fence": two.fence})
    (receipt,) = skip(space, ANN, [other])
    assert not receipt.accepted
    assert not skip(space, BEN, [request])[0].accepted


def test_skips_and_postponements_are_in_the_audit_log(space, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    one, two, *_ = next_tasks(space, ANN, WORK)
    until = space.clock.now() + timedelta(hours=4)
    requests = [
        SkipRequest(skip_id=uuid4(), task_id=one.task_id, fence=one.fence, reason="language"),
        SkipRequest(skip_id=uuid4(), task_id=two.task_id, fence=two.fence, reason="postpone_4h",
                    postponed_until=until),
    ]  # fmt: skip
    skip(space, ANN, requests)
    skip(space, ANN, requests)
    with space.store.reading() as parts:
        events = [each for each in parts.audit.events() if each.verb.startswith("task.")]
    assert [(each.actor, each.verb, each.subject, each.details["reason"]) for each in events] == [
        ("ann", "task.skipped", f"task:{one.task_id}", "language"),
        ("ann", "task.postponed", f"task:{two.task_id}", "postpone_4h"),
    ]
    assert events[1].details["until"] == until.isoformat()
