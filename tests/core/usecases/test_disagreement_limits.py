"""Who may have disagreements reviewed, where they wait, and what of them counts elsewhere."""

import json

import polars as pl
import pytest

from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.policy import PolicyMode
from core.domain.review_queue import ReviewQueue
from core.domain.role import Role
from core.domain.verdict import VerdictKind
from core.errors import ComparisonError, ForbiddenError, NotFoundError, QueueError
from core.usecases.catalogue import Catalogue
from core.usecases.draw_sample import draw_sample, plan_sample
from core.usecases.evidence import gather
from core.usecases.history import Histories
from core.usecases.manage_policies import retire
from core.usecases.manage_queues import in_words, save_queue
from core.usecases.review_disagreements import (
    begin_review,
    blind_queue,
    draw_more,
    stop_review,
)
from core.usecases.review_item import decide
from core.usecases.score_items import score_items
from core.usecases.workspace import ReviewRules, Workspace
from tests.builders import FixedClock, a_draft, item_frame
from tests.core.usecases.disagreeing import BEN, MIA, SIZE, Pair, TwoNumbers

ZOE = Person(name="zoe", role=Role.POLICY_MANAGER, tenants=("zoo",))
SENIOR = Person(name="sam", role=Role.SENIOR_REVIEWER)
APPROVE, REVIEW, REJECT = VerdictKind.APPROVE, VerdictKind.REVIEW, VerdictKind.REJECT


@pytest.fixture
def classifier() -> TwoNumbers:
    return TwoNumbers()


@pytest.fixture
def space(space: Workspace) -> Workspace:
    """Without a random slice: only what is flagged waits."""
    return Workspace(
        store=space.store, clock=space.clock, ids=space.ids, rules=ReviewRules(random_share=0.0)
    )


@pytest.fixture
def pair(space: Workspace, catalogue: Catalogue, classifier: TwoNumbers) -> Pair:
    return Pair(space, Histories(space.store), catalogue, classifier)


@pytest.fixture
def queue(space: Workspace, catalogue: Catalogue) -> str:
    return blind_queue(space, catalogue, MIA)


def test_people_kept_to_tenants_see_and_draw_their_own_only(
    pair: Pair, catalogue: Catalogue
) -> None:
    name = blind_queue(pair.space, catalogue, ZOE)
    assert name != blind_queue(pair.space, catalogue, MIA)
    review = pair.begin(20, ZOE, queue=name)
    everybody = pair.begin(20)
    with pair.space.store.reading() as parts:
        items = parts.disagreements.answers(review.review_id)["item_id"].to_list()
        assert set(parts.items.texts(items)["tenant_id"]) == {"zoo"}
    assert [each.review.review_id for each in pair.found(ZOE)] == [review.review_id]
    assert len(pair.found()) == 2
    about_zoo = pair.begin(5, wanted=ItemFilter(tenant="zoo"))
    assert about_zoo.review_id in [each.review.review_id for each in pair.found(ZOE)]
    with pytest.raises(NotFoundError):
        stop_review(pair.space, ZOE, everybody.review_id)
    with pytest.raises(NotFoundError):
        draw_more(pair.space, pair.histories, catalogue, ZOE, everybody.review_id, count=5)
    # Somebody who sees everything draws more of hers: of her tenants still.
    draw_more(pair.space, pair.histories, catalogue, MIA, review.review_id, count=200)
    with pair.space.store.reading() as parts:
        items = parts.disagreements.answers(review.review_id)["item_id"].to_list()
        assert set(parts.items.texts(items)["tenant_id"]) == {"zoo"}
    two = ZOE.model_copy(update={"tenants": ("acme", "zoo")})
    with pytest.raises(ComparisonError, match="one tenant only"):
        blind_queue(pair.space, catalogue, two)


def test_who_may_not_manage_queues_plans_and_reads_only(pair: Pair, catalogue: Catalogue) -> None:
    anna = Person(name="anna", role=Role.ANALYST)
    review = pair.begin(10)
    assert pair.plan(10, anna).count == 10
    assert len(pair.found(anna)) == 1
    for act in (
        lambda: pair.begin(10, anna),
        lambda: stop_review(pair.space, anna, review.review_id),
        lambda: blind_queue(pair.space, catalogue, anna),
        lambda: draw_more(pair.space, pair.histories, catalogue, anna, review.review_id, count=5),
        lambda: pair.plan(10, BEN),
    ):
        with pytest.raises(ForbiddenError):
            act()


def test_a_queue_that_takes_nothing_by_hand_is_refused(pair: Pair, catalogue: Catalogue) -> None:
    closed = ReviewQueue(
        name="closed", title="Closed", filter=ItemFilter(language="de"), is_active=False
    )
    save_queue(pair.space, catalogue, MIA, closed, move=False)
    for queue in ("closed", "escalation", "no-such-queue"):
        with pytest.raises(QueueError, match="Choose another"):
            pair.begin(10, queue=queue)
    assert pair.found() == []


def test_the_blind_queue_is_made_once_and_takes_no_new_items(
    pair: Pair, catalogue: Catalogue, classifier: TwoNumbers, queue: str
) -> None:
    assert blind_queue(pair.space, catalogue, MIA) == queue
    with pair.space.store.reading() as parts:
        (made,) = parts.queues.all()
    assert (made.is_by_hand, made.random_share) == (True, 0.0)
    assert in_words(made).startswith("Takes what people send or draw into it")
    assert save_queue(pair.space, catalogue, MIA, made, move=True) == 0
    with pair.space.store.writing() as parts:
        parts.items.add_new(item_frame("0.5 0.5 flagged", external_id=["flagged"]))
    score_items(pair.space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    with pair.space.store.reading() as parts:
        assert parts.tasks.waiting_count(queue, None, None) == 0
        assert parts.tasks.waiting_count("review", None, None) == 11


def test_a_model_that_is_gone_is_named_and_nothing_is_drawn(pair: Pair) -> None:
    plan = pair.plan(10)
    gone = pair.b.model_copy(update={"model_version_id": 77})
    pair.b = gone
    assert pair.plan(10).open == 0
    with pytest.raises(ComparisonError, match="not in the store any more"):
        begin_review(
            pair.space, pair.histories, pair.catalogue, MIA,
            plan.model_copy(update={"b": gone}), title="x", queue="review",
        )  # fmt: skip


def test_a_policy_that_was_retired_meanwhile_is_named_and_the_review_goes_on(
    pair: Pair, catalogue: Catalogue, queue: str
) -> None:
    (draft,) = [each for each in catalogue.policies if each.mode is PolicyMode.DRAFT]
    pair.b = pair.b.model_copy(update={"policy_version_id": draft.policy_version_id})
    pair.begin(30, queue=queue)
    retire(pair.space, MIA, draft.policy_version_id, note="not needed")
    pair.answer(pair.b_is_right, queue=queue)
    (found,) = pair.found()
    assert found.answered == 30
    (note,) = found.notes
    assert "of B was retired since" in note


def test_the_definition_and_the_audit_event_hold_no_item_texts(pair: Pair, queue: str) -> None:
    pair.begin(20, queue=queue)
    with pair.space.store.reading() as parts:
        told = [json.dumps(each.details) for each in parts.audit.events()]
        definition = parts.disagreements.all()[0].model_dump_json()
    assert not any("number" in each for each in (*told, definition))


def test_answers_of_an_unknown_review_are_an_empty_frame(pair: Pair) -> None:
    with pair.space.store.reading() as parts:
        answers = parts.disagreements.answers(1)
        scores = parts.disagreements.scores(1, pair.a.model_version_id)
        assert parts.disagreements.waiting(1) == []
        assert parts.disagreements.all() == []
    assert answers.columns == [
        "item_id", "probability", "outcome", "score_shown", "decided_at", "decided_seq", "is_open",
    ]  # fmt: skip
    assert answers.is_empty()
    assert scores.is_empty()


def test_answers_come_in_the_order_in_which_they_were_made(pair: Pair, queue: str) -> None:
    review = pair.begin(30, queue=queue)
    pair.answer(pair.b_is_right, most=12, queue=queue)
    with pair.space.store.reading() as parts:
        rows = parts.disagreements.answers(review.review_id)
    assert rows.height == 30
    done = rows.head(12)
    assert done["decided_seq"].is_sorted()
    assert done["outcome"].is_in(["approve", "reject"]).all()
    assert done["decided_at"].null_count() == 0
    assert not done["is_open"].any()
    rest = rows.tail(18)
    assert rest["outcome"].null_count() == 18
    assert rest["is_open"].all()
    assert isinstance(rows, pl.DataFrame)


def test_a_queue_of_one_tenant_takes_no_disagreements_of_others(
    pair: Pair, catalogue: Catalogue
) -> None:
    zoo = ReviewQueue(name="zoo-only", title="Zoo", filter=ItemFilter(tenant="zoo"))
    save_queue(pair.space, catalogue, MIA, zoo, move=False)
    with pytest.raises(ComparisonError, match=r"are not of zoo, and Zoo takes items of that"):
        pair.begin(60, queue="zoo-only")
    review = pair.begin(10, queue="zoo-only", wanted=ItemFilter(tenant="zoo"))
    with pair.space.store.reading() as parts:
        waiting = parts.disagreements.waiting(review.review_id)
        texts = parts.items.texts([claim.item_id for claim in waiting])
    assert (len(waiting), set(texts["tenant_id"])) == (10, {"zoo"})


def test_reviews_of_disagreements_are_in_no_figure_about_what_was_reviewed(
    pair: Pair, queue: str
) -> None:
    pair.begin(60, queue=queue)
    assert pair.answer(pair.b_is_right, queue=queue) == 60
    found = gather(pair.paired().history)
    assert (found.is_weighted, found.reviews, found.left_out) == (False, 0, 60)
    with pair.space.store.reading() as parts:
        flagged = parts.samples.untouched(pl.Series(list(pair.scores)))
    before = [each for each in flagged if pair.scores[each] == (0.95, 0.95)][:5]
    drafts = [a_draft(each) for each in before]
    decide(pair.space, MIA, drafts, policy_version_id=None)
    assert gather(pair.paired().history).reviews == 5


def test_disagreements_that_waited_when_a_sample_was_drawn_are_stood_for(
    pair: Pair, queue: str, clock: FixedClock
) -> None:
    """Decided ones stand for those that still wait: every item is stood for once."""
    pair.begin(60, queue=queue)
    clock.advance(minutes=1)
    plan = plan_sample(pair.space, pair.histories, pair.catalogue, MIA, ItemFilter(), count=100)
    draw_sample(pair.space, pair.histories, pair.catalogue, MIA, plan, title="whole")
    clock.advance(minutes=1)
    pair.answer(pair.b_is_right, 20, queue=queue)
    pair.answer(pair.b_is_right, queue="review", is_blind=False)
    found = gather(pair.paired().history)
    assert found.is_weighted
    assert found.weights[found.stratum].sum() == pytest.approx(SIZE)
