"""A moved task is its new queue's in every respect."""

from uuid import uuid4

import pytest

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import operator
from core.domain.review_queue import PriorityWeights, ReviewQueue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.manage_queues import list_queues, save_queue
from core.usecases.review_item import UndoRequest, decide, undo
from core.usecases.score_items import score_items
from tests.builders import FixedClock, a_draft, item_frame

ADMIN = operator("root")
SPAM = ReviewQueue(
    name="spam", title="Spam", position=1, random_share=0.0, target_hours=2,
    filter=ItemFilter(label=Label.SPAM, score_min=0.5),
    weights=PriorityWeights(harm=0.0, uncertainty=0.0, reports=2.0, views=0.0, waiting=3.0),
)  # fmt: skip
WORK = WorkRequest(queue="spam", hold=10)


@pytest.fixture
def moved(space, catalogue, classifier):  # type: ignore[no-untyped-def]  # fixtures
    """Three spam items that waited in Review, and were moved to a queue ordered by reports."""
    now = space.clock.now()
    with space.store.writing() as parts:
        added = parts.items.add_new(
            item_frame("buy pills", "buy pills kill kill", "pills", ingested_at=now,
                       metadata=['{"reports": 3}', "{}", '{"reports": 40}'])
        )  # fmt: skip
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    before = next_tasks(space, operator("x"), WorkRequest(queue="review", hold=10))
    with space.store.writing() as parts:
        parts.tasks.release("x")
    ids = added["item_id"].to_list()
    waiting = [item_id for item_id in ids if item_id in {claim.item_id for claim in before}]
    assert save_queue(space, catalogue, ADMIN, SPAM, move=True) == len(waiting)
    return waiting


def _row(space, name: str):  # type: ignore[no-untyped-def]  # fixtures
    return next(row for row in list_queues(space, ADMIN) if row.queue.name == name)


def test_moved_tasks_are_ranked_as_new_ones_would_be(space, catalogue, classifier, moved) -> None:  # type: ignore[no-untyped-def]  # fixtures
    with space.store.writing() as parts:
        added = parts.items.add_new(
            item_frame("buy pills", external_id=["fresh"], ingested_at=space.clock.now(),
                       metadata=['{"reports": 3}'])
        )  # fmt: skip
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    claims = {claim.item_id: claim for claim in next_tasks(space, ADMIN, WORK)}
    fresh, same = claims[added["item_id"][0]], claims[moved[0]]
    assert same.priority == pytest.approx(fresh.priority)
    assert same.waiting_weight == fresh.waiting_weight == 3.0
    assert same.due_at == fresh.due_at
    with space.store.reading() as parts:
        told = {task.task_id: task for task in parts.tasks.get([fresh.task_id, same.task_id])}
    assert told[same.task_id].terms == pytest.approx(told[fresh.task_id].terms)
    assert told[same.task_id].queue == "spam"


def test_reports_decide_the_order_after_the_move(space, moved) -> None:  # type: ignore[no-untyped-def]  # fixtures
    assert next(claim.item_id for claim in next_tasks(space, ADMIN, WORK)) == moved[-1]


def test_a_moved_task_counts_in_its_queue_and_comes_back_to_it(
    space, moved, clock: FixedClock
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    clock.advance(hours=3)
    claim = next_tasks(space, ADMIN, WORK)[0]
    draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence)
    assert decide(space, ADMIN, [draft], policy_version_id=None)[0].accepted
    spam, review = _row(space, "spam"), _row(space, "review")
    assert (spam.decided, spam.late, spam.waiting) == (1, 1, len(moved) - 1)
    assert (review.decided, review.waiting) == (0, 0)
    receipt = undo(space, ADMIN, UndoRequest(undo_id=uuid4(), decision_id=draft.decision_id))
    back = receipt.reopened
    assert back is not None
    assert (back.queue, back.due_at) == ("spam", claim.due_at)
    assert (back.priority, back.waiting_weight) == (claim.priority, 3.0)
    assert _row(space, "spam").waiting == len(moved)


def test_a_task_that_was_not_moved_keeps_its_waiting_weight_over_an_undo(
    space, catalogue, classifier
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    save_queue(space, catalogue, ADMIN, SPAM, move=False)
    with space.store.writing() as parts:
        parts.items.add_new(item_frame("buy pills"))
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    (claim,) = next_tasks(space, ADMIN, WORK)
    draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence)
    decide(space, ADMIN, [draft], policy_version_id=None)
    receipt = undo(space, ADMIN, UndoRequest(undo_id=uuid4(), decision_id=draft.decision_id))
    assert receipt.reopened is not None
    assert receipt.reopened.waiting_weight == 3.0
