"""Several screens of one reviewer: what each gets, and the cap on all of them."""

import threading

import structlog

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import operator
from core.domain.review_queue import ReviewQueue
from core.domain.review_task import Claim
from core.usecases.claim_tasks import WorkRequest, next_tasks, release_claims, renew_claims
from core.usecases.manage_queues import save_queue
from core.usecases.score_items import score_items
from core.usecases.workspace import Workspace
from tests.builders import FixedClock, item_frame

ANN, BEN = operator("ann"), operator("ben")
SPAM = ReviewQueue(
    name="spam", title="Spam", position=1, random_share=0.0,
    filter=ItemFilter(label=Label.SPAM, score_min=0.5),
)  # fmt: skip
REVIEW, SPAM_WORK = (WorkRequest(queue=name, hold=32) for name in ("review", "spam"))


def _fill(space: Workspace, catalogue, classifier, count: int) -> None:  # type: ignore[no-untyped-def]  # fixtures
    """`count` tasks in each of the two queues, half of the tenant zoo."""
    save_queue(space, catalogue, ANN, SPAM, move=False)
    bodies = [f"you idiot number {n}" for n in range(count)] + [f"pills {n}" for n in range(count)]
    with space.store.writing() as parts:
        parts.items.add_new(item_frame(*bodies, tenant_id=["acme", "zoo"] * count))
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip


def _ids(claims: list[Claim]) -> set[int]:
    return {claim.task_id for claim in claims}


def test_a_second_screen_gets_its_own_queues_tasks(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _fill(space, catalogue, classifier, 6)
    first = next_tasks(space, ANN, REVIEW)
    second = next_tasks(space, ANN, SPAM_WORK)
    assert {claim.queue for claim in first} == {"review"}
    assert {claim.queue for claim in second} == {"spam"}
    assert (len(first), len(second)) == (6, 6)
    assert _ids(next_tasks(space, ANN, REVIEW)) == _ids(first)


def test_a_narrowed_screen_gets_what_it_asked_for(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _fill(space, catalogue, classifier, 6)
    zoo = next_tasks(space, ANN, REVIEW.model_copy(update={"tenant": "zoo"}))
    acme = next_tasks(space, ANN, REVIEW.model_copy(update={"tenant": "acme"}))
    assert (len(zoo), len(acme)) == (3, 3)
    assert not _ids(zoo) & _ids(acme)
    assert next_tasks(space, ANN, REVIEW.model_copy(update={"language": "de"})) == []
    assert len(next_tasks(space, ANN, REVIEW.model_copy(update={"language": "en"}))) == 6


def test_leaving_one_screen_leaves_the_others_claims(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _fill(space, catalogue, classifier, 4)
    next_tasks(space, ANN, REVIEW)
    spam = next_tasks(space, ANN, SPAM_WORK)
    assert release_claims(space, ANN, REVIEW) == 4
    assert len(next_tasks(space, BEN, REVIEW)) == 4
    assert next_tasks(space, BEN, SPAM_WORK) == []
    assert _ids(next_tasks(space, ANN, SPAM_WORK)) == _ids(spam)
    assert release_claims(space, ANN) == 4


def test_a_heartbeat_is_its_own_screens(space, catalogue, classifier, clock: FixedClock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _fill(space, catalogue, classifier, 4)
    next_tasks(space, ANN, REVIEW)
    next_tasks(space, ANN, SPAM_WORK)
    clock.advance(minutes=4)
    assert renew_claims(space, ANN, SPAM_WORK) == 4
    clock.advance(minutes=2)
    assert len(next_tasks(space, BEN, REVIEW)) == 4
    assert next_tasks(space, BEN, SPAM_WORK) == []


def test_nobody_holds_more_than_the_cap_over_all_screens(
    space, catalogue, classifier, clock: FixedClock
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _fill(space, catalogue, classifier, 50)
    cap = space.rules.claim_cap
    assert len(next_tasks(space, ANN, REVIEW)) == 32
    assert len(next_tasks(space, ANN, SPAM_WORK)) == cap - 32
    assert len(next_tasks(space, ANN, REVIEW)) == 32
    assert len(next_tasks(space, BEN, REVIEW.model_copy(update={"hold": 500}))) == 18
    # A screen that was closed long ago holds nothing back.
    clock.advance(minutes=4)
    renew_claims(space, ANN, SPAM_WORK)
    clock.advance(minutes=2)
    assert len(next_tasks(space, ANN, SPAM_WORK)) == 32


def test_two_screens_at_once_keep_to_the_cap(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _fill(space, catalogue, classifier, 50)
    start = threading.Barrier(2)
    held: dict[str, list[Claim]] = {}

    def work(request: WorkRequest) -> None:
        start.wait(10)
        for _ in range(5):
            held[request.queue] = next_tasks(space, ANN, request)

    threads = [threading.Thread(target=work, args=(each,)) for each in (REVIEW, SPAM_WORK)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    both = held["review"] + held["spam"]
    assert len(both) == len(_ids(both)) == space.rules.claim_cap


def test_claims_are_told_in_one_line_of_ids_and_counts(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _fill(space, catalogue, classifier, 3)
    with structlog.testing.capture_logs() as told:
        next_tasks(space, ANN, REVIEW)
        next_tasks(space, ANN, REVIEW)
    assert told == [
        {"event": "task.claimed", "log_level": "info", "actor": "ann", "queue": "review",
         "count": 3}
    ]  # fmt: skip
