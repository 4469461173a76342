"""Chosen items are sent to a queue, on both databases."""

import pytest

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person, operator
from core.domain.review_queue import ReviewQueue
from core.domain.review_task import QueueName, Stratum
from core.domain.role import Role
from core.errors import ForbiddenError, QueueError
from core.usecases.catalogue import Catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.manage_queues import save_queue
from core.usecases.review_item import decide
from core.usecases.score_items import score_items
from core.usecases.send_to_queue import MOST_SENT, send_to_queue
from core.usecases.workspace import ReviewRules, Workspace
from tests.builders import WordClassifier, a_draft, item_frame

MIA = operator("mia")
BEN = Person(name="ben", role=Role.REVIEWER)


@pytest.fixture
def space(space: Workspace) -> Workspace:
    """Without a random slice: only what is flagged waits."""
    return Workspace(
        store=space.store, clock=space.clock, ids=space.ids, rules=ReviewRules(random_share=0.0)
    )


def _waiting(space: Workspace, queue: str = "review") -> set[int]:
    work = WorkRequest(queue=queue, hold=50)
    return {claim.item_id for claim in next_tasks(space, BEN, work)}


def _queue(space: Workspace, catalogue: Catalogue, name: str, **facts: object) -> None:
    queue = ReviewQueue(name=name, title=name.capitalize(), **facts)  # type: ignore[arg-type]  # few facts
    save_queue(space, catalogue, MIA, queue, move=False)


def test_only_what_nobody_decided_and_what_waits_nowhere_is_sent(
    space: Workspace, flagged: list[int]
) -> None:
    # The first three wait, the fourth was approved and the fifth rejected by the policy.
    decide(space, MIA, [a_draft(flagged[4])], policy_version_id=None)
    sent = send_to_queue(space, MIA, flagged, "review", why="A test.")
    assert (sent.sent, sent.left_out) == (1, 4)
    assert sent.sentence == (
        "1 items wait in Review now. 4 were left out: people decided on them or they wait already."
    )
    assert _waiting(space) == set(flagged[:4])
    again = send_to_queue(space, MIA, flagged, "review", why="A test.")
    assert (again.sent, again.left_out) == (0, 5)


def test_an_item_named_twice_or_unknown_is_sent_once_or_not(
    space: Workspace, flagged: list[int]
) -> None:
    twice = send_to_queue(space, MIA, [flagged[3], flagged[3]], "review", why="A test.")
    assert (twice.sent, twice.left_out) == (1, 0)
    unknown = send_to_queue(space, MIA, [7, flagged[4]], "review", why="A test.")
    assert (unknown.sent, unknown.left_out) == (1, 1)
    assert send_to_queue(space, MIA, [], "review", why="A test.").sent == 0


def test_a_reviewer_claims_and_decides_what_was_sent(
    space: Workspace, flagged: list[int], catalogue: Catalogue
) -> None:
    _queue(space, catalogue, "second-look", filter=ItemFilter(language="de"))
    send_to_queue(space, MIA, [flagged[3]], "second-look", why="A test.")
    (claim,) = next_tasks(space, BEN, WorkRequest(queue="second-look", hold=5))
    with space.store.reading() as parts:
        (task,) = parts.tasks.get([claim.task_id])
    assert (task.stratum, task.sample_id, task.policy_version_id) == (Stratum.CHOSEN, None, None)
    draft = a_draft(
        flagged[3], task_id=claim.task_id, fence=claim.fence, outcome=Outcome.REJECT,
        reasons=(Label.SPAM,),
    )  # fmt: skip
    (receipt,) = decide(space, BEN, [draft], policy_version_id=None)
    assert receipt.accepted
    selection = catalogue.selection(ItemFilter())
    with space.store.reading() as parts:
        reviews = parts.previews.reviews(selection)
    assert reviews["stratum"].to_list() == [Stratum.CHOSEN.value]


def test_the_audit_log_says_how_many_and_why(space: Workspace, flagged: list[int]) -> None:
    send_to_queue(space, MIA, flagged, "review", why="They would flip.")
    with space.store.reading() as parts:
        *_, event = parts.audit.events()
    assert (event.actor, event.verb, event.subject) == (
        "mia", "items.sent_to_queue", "queue:review",
    )  # fmt: skip
    assert event.details == {"sent": 2, "asked": 5, "why": "They would flip."}


def test_queues_that_take_nothing_by_hand_are_refused(
    space: Workspace, flagged: list[int], catalogue: Catalogue
) -> None:
    _queue(space, catalogue, "closed", filter=ItemFilter(language="de"), is_active=False)
    for name in ("closed", "no-such-queue", QueueName.ESCALATION.value, ""):
        with pytest.raises(QueueError, match="Choose another one"):
            send_to_queue(space, MIA, flagged, name, why="A test.")
    assert _waiting(space) == set(flagged[:3])


def test_too_many_are_refused_at_once(space: Workspace, catalogue: Catalogue) -> None:
    with pytest.raises(QueueError, match=r"At most 2,000 items at once; these are 2,001\."):
        send_to_queue(space, MIA, range(MOST_SENT + 1), "review", why="A test.")


def test_nobody_sends_what_they_do_not_see(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier
) -> None:
    with space.store.writing() as parts:
        added = parts.items.add_new(item_frame("hello", "hi there", tenant_id=["acme", "zoo"]))
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    zoo_keeper = Person(name="zoe", role=Role.POLICY_MANAGER, tenants=("zoo",))
    sent = send_to_queue(space, zoo_keeper, added["item_id"].to_list(), "review", why="A test.")
    assert (sent.sent, sent.left_out) == (1, 1)
    (item_id,) = _waiting(space)
    with space.store.reading() as parts:
        item = parts.items.get(item_id)
    assert item is not None
    assert item.tenant_id == "zoo"
    _queue(space, catalogue, "acme-only", filter=ItemFilter(tenant="acme"))
    with pytest.raises(QueueError):
        send_to_queue(space, zoo_keeper, [], "acme-only", why="A test.")


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ANALYST])
def test_only_who_manages_queues_sends(space: Workspace, flagged: list[int], role: Role) -> None:
    with pytest.raises(ForbiddenError):
        send_to_queue(space, Person(name="x", role=role), flagged, "review", why="A test.")


def test_items_of_other_tenants_than_the_queue_s_are_left_out_and_said(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier
) -> None:
    with space.store.writing() as parts:
        added = parts.items.add_new(item_frame("hello", "hi there", tenant_id=["acme", "zoo"]))
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    _queue(space, catalogue, "acme-only", filter=ItemFilter(tenant="acme"))
    sent = send_to_queue(space, MIA, added["item_id"].to_list(), "acme-only", why="A test.")
    assert (sent.sent, sent.left_out, sent.elsewhere) == (1, 1, 1)
    assert sent.sentence == (
        "1 items wait in Acme-only now. 1 were left out: they are of other tenants than this queue."
    )
