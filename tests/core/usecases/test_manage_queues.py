from datetime import timedelta
from uuid import uuid4

import pytest
from pydantic import ValidationError

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person, operator
from core.domain.review_queue import PriorityWeights, ReviewQueue
from core.domain.role import Role
from core.errors import ForbiddenError, QueueError
from core.store.tasks import SkipRequest
from core.usecases.claim_tasks import WorkRequest, also_looking, next_tasks
from core.usecases.manage_queues import forecast, in_words, list_queues, queues_for, save_queue
from core.usecases.review_item import decide, skip
from core.usecases.score_items import score_items
from tests.builders import a_draft, item_frame

ADMIN = operator("root")
SPAM = ReviewQueue(
    name="spam", title="Spam", position=1, random_share=0.0, target_hours=2,
    filter=ItemFilter(label=Label.SPAM, score_min=0.5),
)  # fmt: skip


def _score(space, classifier, catalogue, *bodies, **columns):  # type: ignore[no-untyped-def]  # fixtures
    ids = [f"n{uuid4().hex}" for _ in bodies]
    with space.store.writing() as parts:
        added = parts.items.add_new(
            item_frame(*bodies, external_id=ids, ingested_at=space.clock.now(),
                       created_at=space.clock.now(), **columns)
        )  # fmt: skip
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    return added["item_id"].to_list()


def _claims(space, person, queue, hold=10):  # type: ignore[no-untyped-def]  # fixtures
    return next_tasks(space, person, WorkRequest(queue=queue, hold=hold))


def test_new_items_land_in_their_queue_with_its_due_time(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    save_queue(space, catalogue, ADMIN, SPAM, move=False)
    spam, hate = _score(space, classifier, catalogue, "buy pills", "you idiot")
    (claim,) = _claims(space, ADMIN, "spam")
    assert claim.item_id == spam
    assert claim.due_at == space.clock.now() + timedelta(hours=2)
    (other,) = _claims(space, operator("ben"), "review")
    assert other.item_id == hate


def test_what_waits_can_be_moved_but_not_what_somebody_holds(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    *spam, _ = _score(space, classifier, catalogue, "buy pills now", "buy pills here", "you idiot")
    (held,) = _claims(space, operator("ben"), "review", hold=1)
    moved = save_queue(space, catalogue, ADMIN, SPAM, move=True)
    assert moved == len(set(spam) - {held.item_id})
    rows = {row.queue.name: row for row in list_queues(space, ADMIN)}
    assert rows["spam"].waiting == moved
    assert rows["review"].waiting == 3 - moved
    assert sum(row.waiting for row in rows.values()) == 3


def test_each_queue_draws_its_own_random_slice(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    everything = ReviewQueue(name="zoo", title="Zoo", random_share=1.0, position=1,
                             filter=ItemFilter(tenant="zoo"))  # fmt: skip
    save_queue(space, catalogue, ADMIN, everything, move=False)
    bodies = [f"hello number {number}" for number in range(20)]
    _score(space, classifier, catalogue, *bodies, tenant_id=["zoo", "acme"] * 10)
    claims = _claims(space, ADMIN, "zoo", hold=40)
    assert len(claims) == 10
    with space.store.reading() as parts:
        tasks = parts.tasks.get([claim.task_id for claim in claims])
    assert {(task.stratum.value, task.inclusion_probability) for task in tasks} == {("random", 1.0)}


def test_weights_decide_what_comes_first(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    def order(**weights: float) -> list[int]:
        queue = ReviewQueue(
            name="q", title="Q", random_share=0, position=1, filter=ItemFilter(tenant=tenant),
            weights=PriorityWeights(**(dict.fromkeys(PriorityWeights.model_fields, 0.0) | weights)),
        )  # fmt: skip
        save_queue(space, catalogue, ADMIN, queue, move=False)
        ids = _score(space, classifier, catalogue, "buy pills", "kill", "you idiot",
                     tenant_id=tenant, metadata=['{"views": 900000}', "{}", '{"reports": 40}'])  # fmt: skip
        person = operator(f"p-{tenant}")
        places = {item_id: place for place, item_id in enumerate(ids)}
        got = [
            places[claim.item_id]
            for claim in _claims(space, person, "q")
            if claim.item_id in places
        ]
        for claim in _claims(space, person, "q"):
            draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence)
            decide(space, person, [draft], policy_version_id=None)
        return got

    tenant = "one"
    assert order(harm=1.0)[0] == 1
    tenant = "two"
    assert order(reports=1.0)[0] == 2
    tenant = "three"
    assert order(views=5.0)[0] == 0


def test_a_queue_is_worked_on_by_those_it_is_given_to(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    given = SPAM.model_copy(update={"roles": (Role.SENIOR_REVIEWER,), "reviewers": ("ann",)})
    save_queue(space, catalogue, ADMIN, given, move=False)
    _score(space, classifier, catalogue, "buy pills")
    ann, ben = (Person(name=name, role=Role.REVIEWER) for name in ("ann", "ben"))
    senior = Person(name="sue", role=Role.SENIOR_REVIEWER)
    assert [queue.name for queue in queues_for(space, ben)] == ["review"]
    assert [queue.name for queue in queues_for(space, ann)] == ["spam", "review"]
    assert [queue.name for queue in queues_for(space, senior)] == ["spam", "review", "escalation"]
    with pytest.raises(ForbiddenError, match="Spam"):
        _claims(space, ben, "spam")
    assert len(_claims(space, ann, "spam")) == 1
    assert also_looking(space, senior, "spam") == ["ann"]
    assert also_looking(space, ann, "spam") == []
    with pytest.raises(QueueError, match="no queue"):
        _claims(space, ADMIN, "'; DROP TABLE review_queue; --")


def test_a_postponed_task_comes_back_to_everybody_later(
    space, catalogue, classifier, clock
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _score(space, classifier, catalogue, "you idiot")
    ann, ben = operator("ann"), operator("ben")
    (claim,) = _claims(space, ann, "review")
    until = clock.now() + timedelta(hours=4)
    request = SkipRequest(skip_id=uuid4(), task_id=claim.task_id, fence=claim.fence,
                          reason="postpone_4h", postponed_until=until)  # fmt: skip
    assert skip(space, ann, [request])[0].accepted
    assert _claims(space, ben, "review") == []
    clock.advance(hours=4, seconds=1)
    assert [back.task_id for back in _claims(space, ben, "review")] == [claim.task_id]


def test_the_forecast_counts_history(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _score(space, classifier, catalogue, "buy pills", "you idiot", "hello", "hi there")
    found = forecast(space, catalogue, ADMIN, ItemFilter())
    assert (found.flagged, found.others, found.days) == (2, 2, 30)
    assert forecast(space, catalogue, ADMIN, SPAM.filter).flagged == 1
    ours = Person(name="x", role=Role.ADMIN, tenants=("zoo",))
    assert forecast(space, catalogue, ours, ItemFilter()).flagged == 0


def test_due_times_missed_are_counted(space, catalogue, classifier, clock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    save_queue(space, catalogue, ADMIN, SPAM, move=False)
    _score(space, classifier, catalogue, "buy pills one", "buy pills two", "buy pills three")
    first, second, _ = _claims(space, ADMIN, "spam")
    for claim, wait in ((first, 0), (second, 3)):
        clock.advance(hours=wait)
        (fresh,) = [c for c in _claims(space, ADMIN, "spam") if c.task_id == claim.task_id]
        draft = a_draft(fresh.item_id, task_id=fresh.task_id, fence=fresh.fence)
        decide(space, ADMIN, [draft], policy_version_id=None)
    row = next(row for row in list_queues(space, ADMIN) if row.queue.name == "spam")
    assert (row.waiting, row.overdue, row.decided, row.late) == (1, 1, 2, 1)


def test_a_definition_says_in_words_what_it_does() -> None:
    queue = SPAM.model_copy(
        update={"random_share": 0.05, "roles": (Role.REVIEWER,), "reviewers": ("ann",),
                "filter": ItemFilter(tenant="acme", language="en", label=Label.SPAM, score_min=0.5)}
    )  # fmt: skip
    assert in_words(queue) == (
        "Takes the flagged items of acme, in the language “en”, whose spam score is 0.50 to 1.00, "
        "and 5% of the others at random. Due within 2 hours. First comes what may do most harm, "
        "then what is closest to a threshold, then what is closest to its due time, then what was "
        "reported most. Every reviewer and ann can work on it."
    )


@pytest.mark.parametrize(
    "change",
    [{"name": "../x"}, {"name": ""}, {"name": "Q" * 70}, {"filter": ItemFilter(queue="x")},
     {"random_share": 2}, {"target_hours": 0}, {"title": ""}],
)  # fmt: skip
def test_a_definition_that_cannot_work_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ReviewQueue.model_validate(SPAM.model_dump() | change)


def test_queues_that_hold_work_or_are_built_in_stay_open(space, catalogue, classifier) -> None:  # type: ignore[no-untyped-def]  # fixtures
    save_queue(space, catalogue, ADMIN, SPAM, move=False)
    _score(space, classifier, catalogue, "buy pills")
    closed = SPAM.model_copy(update={"is_active": False})
    with pytest.raises(QueueError, match="1 items wait"):
        save_queue(space, catalogue, ADMIN, closed, move=False)
    for name in ("review", "escalation"):
        with pytest.raises(QueueError):
            save_queue(space, catalogue, ADMIN, closed.model_copy(
                update={"name": name, "filter": ItemFilter()}), move=False)  # fmt: skip
    ours = Person(name="x", role=Role.ADMIN, tenants=("zoo",))
    with pytest.raises(ForbiddenError, match="Choose one"):
        save_queue(space, catalogue, ours, SPAM, move=False)
