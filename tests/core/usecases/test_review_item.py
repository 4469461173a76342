from itertools import pairwise
from uuid import uuid4

from core.domain.decision import Outcome, Source
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person, operator
from core.domain.review_task import Claim, QueueName, Stratum
from core.domain.status import Status
from core.store.tasks import SkipRequest
from core.usecases.catalogue import Catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks, release_claims, renew_claims
from core.usecases.review_item import (
    UndoRequest,
    decide,
    skip,
    undo,
    undo_batch,
)
from core.usecases.score_items import score_items
from core.usecases.workspace import Workspace
from tests.builders import FixedClock, a_draft, item_frame

ANN = operator("ann")
BEN = operator("ben")
WORK = WorkRequest(queue=QueueName.REVIEW.value, hold=10)


def _status(space: Workspace, catalogue: Catalogue, item_id: int) -> str:
    with space.store.reading() as parts:
        row = parts.items.details([item_id], catalogue.selection(ItemFilter())).row(0, named=True)
    return str(row["status"])


def _claims(space: Workspace, reviewer: Person = ANN) -> dict[int, Claim]:
    return {claim.item_id: claim for claim in next_tasks(space, reviewer, WORK)}


def _decide(space: Workspace, claim: Claim, reviewer: Person = ANN, **facts):  # type: ignore[no-untyped-def]  # facts of a draft
    draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence, **facts)
    (receipt,) = decide(space, reviewer, [draft], policy_version_id=None)
    return draft, receipt


def test_status_follows_from_verdict_then_decision(space, catalogue, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    assert [_status(space, catalogue, item_id) for item_id in flagged] == [
        Status.FLAGGED, Status.FLAGGED, Status.FLAGGED, Status.APPROVED, Status.REJECTED,
    ]  # fmt: skip
    claims = _claims(space)
    _, receipt = _decide(
        space, claims[flagged[0]], outcome=Outcome.REJECT, reasons=(Label.TOXICITY,)
    )
    assert receipt.accepted
    assert _status(space, catalogue, flagged[0]) == Status.REJECTED


def test_two_reviewers_never_hold_the_same_task(space, catalogue, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    assert set(_claims(space)) >= set(flagged[:3])
    assert _claims(space, BEN) == {}


def test_an_expired_claim_goes_to_the_next_and_the_late_decision_is_refused(
    space, catalogue, flagged, clock: FixedClock
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    mine = _claims(space)[flagged[0]]
    clock.advance(minutes=6)
    theirs = _claims(space, BEN)[flagged[0]]
    assert theirs.fence > mine.fence
    _, late = _decide(space, mine)
    assert not late.accepted
    assert "claim" in (late.message or "")
    _, receipt = _decide(space, theirs, BEN)
    assert receipt.accepted
    _, too_late = _decide(space, mine)
    assert "ben decided approve" in (too_late.message or "")


def test_a_lapsed_claim_that_nobody_took_still_decides(space, catalogue, flagged, clock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    mine = _claims(space)[flagged[0]]
    clock.advance(minutes=6)
    _, receipt = _decide(space, mine)
    assert receipt.accepted


def test_a_resent_decision_is_accepted_once(space, catalogue, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    draft, _ = _decide(space, _claims(space)[flagged[0]])
    (again,) = decide(space, ANN, [draft], policy_version_id=None)
    assert again.accepted
    with space.store.reading() as parts:
        people = [e for e in parts.decisions.chain(flagged[0]) if e.source is Source.HUMAN]
    assert len(people) == 1
    assert people[0].tenant_id == "acme"


def test_undo_gives_the_item_back_to_its_reviewer(space, catalogue, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    draft, _ = _decide(space, _claims(space)[flagged[0]])
    request = UndoRequest(undo_id=uuid4(), decision_id=draft.decision_id)
    receipt = undo(space, ANN, request)
    assert receipt.accepted
    assert receipt.reopened is not None
    assert receipt.reopened.owner == ANN.name
    assert _status(space, catalogue, flagged[0]) == Status.FLAGGED
    assert undo(space, ANN, request).accepted
    with space.store.reading() as parts:
        assert len(parts.decisions.chain(flagged[0])) == 2
    _, receipt = _decide(space, receipt.reopened, outcome=Outcome.REJECT, reasons=(Label.SPAM,))
    assert receipt.accepted
    assert _status(space, catalogue, flagged[0]) == Status.REJECTED


def test_undo_after_the_window_is_refused_with_advice(space, catalogue, flagged, clock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    draft, _ = _decide(space, _claims(space)[flagged[0]])
    clock.advance(minutes=5)
    receipt = undo(space, ANN, UndoRequest(undo_id=uuid4(), decision_id=draft.decision_id))
    assert not receipt.accepted
    assert "Too late" in (receipt.message or "")


def test_nobody_undoes_somebody_elses_decision(space, catalogue, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    draft, _ = _decide(space, _claims(space)[flagged[0]])
    receipt = undo(space, BEN, UndoRequest(undo_id=uuid4(), decision_id=draft.decision_id))
    assert not receipt.accepted


def test_an_escalation_waits_in_its_own_queue_and_undo_takes_it_out(
    space, catalogue, flagged
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    draft, _ = _decide(space, _claims(space)[flagged[0]], outcome=Outcome.ESCALATE)
    work = WorkRequest(queue=QueueName.ESCALATION.value, hold=5)
    (claim,) = next_tasks(space, BEN, work)
    assert claim.item_id == flagged[0]
    assert _status(space, catalogue, flagged[0]) == Status.FLAGGED
    assert undo(space, ANN, UndoRequest(undo_id=uuid4(), decision_id=draft.decision_id)).accepted
    release_claims(space, BEN)
    assert next_tasks(space, BEN, work) == []


def test_a_skipped_task_goes_to_others_but_not_back_to_me(space, catalogue, flagged, clock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    claim = _claims(space)[flagged[0]]
    request = SkipRequest(
        skip_id=uuid4(), task_id=claim.task_id, fence=claim.fence, reason="language"
    )
    assert skip(space, ANN, [request])[0].accepted
    assert skip(space, ANN, [request])[0].accepted
    release_claims(space, ANN)
    assert flagged[0] not in _claims(space)
    assert flagged[0] in _claims(space, BEN)


def test_a_batch_decision_is_undone_as_a_whole(space, catalogue, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    batch = uuid4()
    claims = _claims(space)
    drafts = [
        a_draft(item_id, task_id=claims[item_id].task_id, fence=claims[item_id].fence)
        for item_id in flagged[:3]
    ] + [a_draft(flagged[4])]
    receipts = decide(space, ANN, drafts, policy_version_id=None, batch_id=batch)
    assert all(receipt.accepted for receipt in receipts)
    assert _status(space, catalogue, flagged[4]) == Status.APPROVED
    assert undo_batch(space, ANN, batch) == (4, 0)
    assert _status(space, catalogue, flagged[4]) == Status.REJECTED
    assert _status(space, catalogue, flagged[0]) == Status.FLAGGED


def test_a_heartbeat_keeps_claims_alive(space, catalogue, flagged, clock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    mine = _claims(space)
    clock.advance(minutes=4)
    assert renew_claims(space, ANN, WORK) == len(mine)
    clock.advance(minutes=4)
    assert _claims(space, BEN) == {}


def test_a_person_beats_a_model(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    with space.store.writing() as parts:
        (item_id,) = parts.items.add_new(item_frame("idiot idiot"))["item_id"].to_list()
    decide(space, ANN, [a_draft(item_id)], policy_version_id=None)
    summary = score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy,
        progress=lambda done, total: None,
    )  # fmt: skip
    assert summary.kept_by_people_count == 1
    assert summary.rejected_count == 0
    assert _status(space, catalogue, item_id) == Status.APPROVED


def test_every_item_outside_the_flagged_ones_may_be_drawn_at_random(
    space, catalogue, classifier
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    with space.store.writing() as parts:
        parts.items.add_new(item_frame(*[f"hello number {n}" for n in range(2000)]))
    summary = score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy,
        progress=lambda done, total: None,
    )  # fmt: skip
    assert 60 <= summary.task_count <= 140  # 5 % of 2,000 is 100
    claims = next_tasks(space, ANN, WORK)
    with space.store.reading() as parts:
        tasks = parts.tasks.get([claim.task_id for claim in claims])
    assert {task.stratum for task in tasks} == {Stratum.RANDOM}
    assert {task.inclusion_probability for task in tasks} == {0.05}


def test_every_change_is_in_an_unbroken_audit_chain(space, catalogue, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    draft, _ = _decide(space, _claims(space)[flagged[0]])
    undo(space, ANN, UndoRequest(undo_id=uuid4(), decision_id=draft.decision_id))
    with space.store.reading() as parts:
        events = list(parts.audit.events())
    assert [event.verb for event in events][-2:] == ["decision.approve", "decision.withdraw"]
    assert all(event.event_hash == event.expected_hash() for event in events)
    pairs = pairwise(events)
    assert all(later.previous_hash == earlier.event_hash for earlier, later in pairs)
