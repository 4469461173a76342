"""Blind reviews of disagreements are planned, drawn, answered and read, on both databases."""

from uuid import uuid4

import pytest

from core.domain.decision import Outcome
from core.domain.person import Person
from core.domain.review_task import Stratum
from core.domain.role import Role
from core.domain.verdict import VerdictKind
from core.errors import ComparisonError
from core.experiments.verdict import Conclusion
from core.store.tasks import SkipRequest
from core.usecases.catalogue import Catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.decide_in_bulk import BulkDecision, decide_in_bulk
from core.usecases.disagreement_verdict import (
    expected_precision,
    known_answers,
    list_reviews,
    verdict_counts,
)
from core.usecases.disagreement_words import details, headline, pairs_words, set_aside
from core.usecases.history import Histories
from core.usecases.review_disagreements import (
    MOST_DRAWN,
    blind_queue,
    draw_more,
    stop_review,
)
from core.usecases.review_item import UndoRequest, decide, skip, undo
from core.usecases.score_items import score_items
from core.usecases.workspace import ReviewRules, Workspace
from tests.builders import a_draft, item_frame
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


def test_a_plan_counts_what_can_be_drawn_by_kind_and_spreads_the_reviews_by_size(
    pair: Pair,
) -> None:
    plan = pair.plan(60)
    sizes = {(each.a, each.b): each.size for each in plan.kinds}
    assert sizes == {
        (APPROVE, REJECT): 60, (REJECT, APPROVE): 40, (REVIEW, REJECT): 20, (APPROVE, REVIEW): 0,
    }  # fmt: skip
    assert {each.size: each.drawn for each in plan.kinds} == {60: 30, 40: 20, 20: 10, 0: 0}
    assert (plan.size, plan.differ, plan.open, plan.decided, plan.waiting) == (
        SIZE, 130, 120, 0, 10,
    )  # fmt: skip
    precision = expected_precision(plan.kinds, plan.size)
    assert precision is not None
    once, watched = precision
    assert 0 < once < watched < 0.2
    assert expected_precision(pair.plan(5).kinds, SIZE) is None
    assert verdict_counts(pair.paired())[APPROVE, REVIEW] == 10


def test_every_kind_gets_its_floor(pair: Pair) -> None:
    assert {each.size: each.drawn for each in pair.plan(30, floor=8).kinds}[20] >= 8
    assert all(each.drawn >= 1 for each in pair.plan(5).kinds if each.size)
    assert pair.plan(5_000).count == 120


@pytest.mark.parametrize("count", [0, -3, MOST_DRAWN + 1])
def test_counts_out_of_range_are_refused_with_a_sentence(pair: Pair, count: int) -> None:
    with pytest.raises(ComparisonError, match="From 1 to 5,000"):
        pair.plan(count)
    review = pair.begin(10)
    with pytest.raises(ComparisonError, match="From 1 to 5,000"):
        draw_more(pair.space, pair.histories, pair.catalogue, MIA, review.review_id, count=count)


def test_drawing_opens_blind_tasks_with_their_chances_in_random_order(
    pair: Pair, queue: str
) -> None:
    review = pair.begin(60, queue=queue)
    assert (review.title, review.actor, review.queue) == ("Who is right?", "mia", queue)
    with pair.space.store.reading() as parts:
        waiting = parts.disagreements.waiting(review.review_id)
        tasks = parts.tasks.get([claim.task_id for claim in waiting])
        (event,) = [each for each in parts.audit.events() if each.verb == "disagreements.drawn"]
        assert parts.disagreements.all() == [review]
    assert len(tasks) == 60
    assert {task.stratum for task in tasks} == {Stratum.DISAGREEMENT}
    assert {task.sample_id for task in tasks} == {review.review_id}
    assert {round(task.inclusion_probability, 9) for task in tasks} == {0.5}
    assert {tuple(task.terms) for task in tasks} == {("drawn",)}
    assert (event.details["count"], event.details["a"]) == (60, "by toxicity")
    claims = next_tasks(pair.space, BEN, WorkRequest(queue=queue, hold=40))
    order = [pair.scores[claim.item_id] for claim in claims]
    # Not kind by kind: of 30, 20 and 10 the first 12 have more than one kind.
    assert len(set(order[:12])) > 1
    ids = [claim.item_id for claim in claims]
    assert ids != sorted(ids)
    priorities = [claim.priority for claim in claims]
    assert min(priorities) < 0.55
    assert max(priorities) > 0.85


def test_what_waits_or_was_decided_is_not_drawn(pair: Pair, queue: str) -> None:
    first = pair.begin(100, queue=queue)
    assert pair.plan(100).open == 20
    second = pair.begin(100, queue=queue)
    with pair.space.store.reading() as parts:
        drawn = [
            set(parts.disagreements.answers(each.review_id)["item_id"]) for each in (first, second)
        ]
    assert (len(drawn[0]), len(drawn[1])) == (100, 20)
    assert not drawn[0] & drawn[1]
    with pytest.raises(ComparisonError, match="There is nothing to draw"):
        pair.begin(10, queue=queue)


def test_answers_move_the_verdict(pair: Pair, queue: str) -> None:
    pair.begin(120, queue=queue)
    (found,) = pair.found()
    assert (found.answered, found.waiting, found.conclusion) == (0, 120, Conclusion.NO_EVIDENCE)
    assert details(found).startswith("Nobody has answered yet; 120 items wait")
    pair.answer(pair.b_is_right, most=60, queue=queue)
    (found,) = pair.found()
    assert (found.answered, found.waiting, len(found.series)) == (60, 60, 60)
    assert (found.only_b_wrong, found.conclusion) == (0, Conclusion.BETTER)
    # What A sends to review is no mistake of A, whatever people say of it.
    by_kind = {(each.kind.a, each.kind.b): each for each in found.kinds}
    assert by_kind[REVIEW, REJECT].only_a_wrong == 0
    assert found.only_a_wrong == found.answered - by_kind[REVIEW, REJECT].answered
    at = found.difference.found
    assert at.low <= at.fixed_low <= at.difference < at.fixed_high < at.high < 0
    assert found.series[-1] == found.difference
    assert headline(found).startswith("B is better")
    assert "fewer mistakes than A" in details(found)
    pairs = found.pairs
    assert pairs is not None
    assert pairs.p < 0.001
    assert "p < .001 (always valid)" in pairs_words(found)


def test_the_other_way_round_b_is_worse(pair: Pair, queue: str) -> None:
    pair.begin(120, queue=queue)
    pair.answer(pair.a_is_right, queue=queue)
    (found,) = pair.found()
    assert found.conclusion is Conclusion.WORSE
    assert found.difference.is_complete
    # 100 items on which both conclude, all of them mistakes of B; B also rejects 20 rightly.
    assert found.difference.found.difference == pytest.approx(100 / SIZE)
    assert "Everything that could be drawn is answered" in details(found)
    (mirrored,) = list_reviews(pair.space, MIA, pair.b, pair.a)
    assert mirrored.conclusion is Conclusion.BETTER
    assert mirrored.difference.found.difference == pytest.approx(-100 / SIZE)
    assert (mirrored.only_a_wrong, mirrored.only_b_wrong) == (100, 0)
    assert mirrored.review.a == pair.b


def test_when_both_are_wrong_as_often_there_is_no_evidence_and_no_end_in_sight(
    pair: Pair, queue: str
) -> None:
    pair.begin(120, queue=queue)
    pair.answer(lambda item: item % 2 == 0, most=80, queue=queue)
    (found,) = pair.found()
    assert found.conclusion is Conclusion.NO_EVIDENCE
    assert headline(found) == "No evidence yet."
    assert "settle" in details(found)
    assert found.difference.found.low < 0 < found.difference.found.high


def test_unequal_chances_make_mcnemar_say_that_it_does_not_apply(pair: Pair, queue: str) -> None:
    pair.begin(40, floor=12, queue=queue)
    pair.answer(pair.b_is_right, queue=queue)
    (found,) = pair.found()
    assert found.pairs is None
    assert "does not apply" in pairs_words(found)
    weighed = sum(
        each.kind.size * (each.only_b_wrong - each.only_a_wrong) / each.answered
        for each in found.kinds
    )
    assert found.difference.found.difference == pytest.approx(weighed / SIZE)


def test_only_blind_answers_count(pair: Pair, queue: str) -> None:
    pair.begin(60, queue=queue)
    pair.answer(pair.b_is_right, most=30, queue=queue)
    pair.answer(pair.b_is_right, most=10, queue=queue, is_blind=False)
    with pair.space.store.reading() as parts:
        (claim, other, *_) = parts.disagreements.waiting(pair.found()[0].review.review_id)
    bulk = BulkDecision(outcome=Outcome.APPROVE)
    decide_in_bulk(pair.space, MIA, [claim.item_id], bulk, policy_version_id=None)
    (found,) = pair.found()
    assert (found.answered, found.elsewhere, found.waiting) == (30, 11, 19)
    assert "11 items decided elsewhere" in " ".join(set_aside(found))
    # From a list that hid the scores it is blind.
    decide_in_bulk(pair.space, MIA, [other.item_id], bulk, policy_version_id=None,
                   blind=[other.item_id])  # fmt: skip
    (found,) = pair.found()
    assert (found.answered, found.elsewhere) == (31, 11)
    with pair.space.store.reading() as parts:
        (entry,) = parts.decisions.chain(other.item_id)[-1:]
    assert (entry.score_shown, entry.highlight_shown) == (False, False)


def test_a_decision_taken_back_is_no_answer_until_it_is_made_again(pair: Pair, queue: str) -> None:
    pair.begin(20, queue=queue)
    (claim,) = next_tasks(pair.space, BEN, WorkRequest(queue=queue, hold=1))
    draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence, score_shown=False)
    decide(pair.space, BEN, [draft], policy_version_id=None)
    assert pair.found()[0].answered == 1
    undo(pair.space, BEN, UndoRequest(undo_id=uuid4(), decision_id=draft.decision_id))
    (found,) = pair.found()
    assert (found.answered, found.waiting) == (0, 20)
    assert pair.answer(pair.b_is_right, queue=queue) == 20
    assert pair.found()[0].answered == 20


def test_escalated_items_stay_blind_and_count_when_somebody_senior_decides(
    pair: Pair, queue: str
) -> None:
    review = pair.begin(20, queue=queue)
    (first, second) = next_tasks(pair.space, BEN, WorkRequest(queue=queue, hold=2))
    drafts = [
        a_draft(first.item_id, task_id=first.task_id, fence=first.fence, score_shown=False,
                outcome=Outcome.ESCALATE),
        a_draft(second.item_id, task_id=second.task_id, fence=second.fence, score_shown=False,
                outcome=Outcome.INVALIDATE),
    ]  # fmt: skip
    decide(pair.space, BEN, drafts, policy_version_id=None)
    (found,) = pair.found()
    assert (found.answered, found.escalated, found.unclear, found.waiting) == (0, 1, 1, 19)
    assert len(set_aside(found)) == 2
    (claim,) = next_tasks(pair.space, SENIOR, WorkRequest(queue="escalation", hold=5))
    with pair.space.store.reading() as parts:
        (task,) = parts.tasks.get([claim.task_id])
    assert (task.stratum, task.sample_id) == (Stratum.DISAGREEMENT, review.review_id)
    draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence, score_shown=False)
    decide(pair.space, SENIOR, [draft], policy_version_id=None)
    (found,) = pair.found()
    assert (found.answered, found.escalated, found.drawn, found.waiting) == (1, 0, 20, 18)


def test_more_can_be_drawn_of_the_same_frame(
    pair: Pair, queue: str, classifier: TwoNumbers
) -> None:
    review = pair.begin(30, queue=queue)
    pair.answer(pair.b_is_right, most=10, queue=queue)
    with pair.space.store.writing() as parts:
        parts.items.add_new(item_frame("0.1 0.95 late", external_id=["late"]))
    score_items(pair.space, classifier, model=pair.catalogue.model, policy=pair.catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    added = draw_more(pair.space, pair.histories, pair.catalogue, MIA, review.review_id, count=30)
    (found,) = pair.found()
    assert (added, found.drawn, found.answered) == (30, 60, 10)
    assert found.has_equal_chances
    with pair.space.store.reading() as parts:
        chances = parts.disagreements.answers(review.review_id)["probability"]
    # The first 30 had 30 in 120; by now each item had 60 in 120.
    assert sorted(set(chances.round(6))) == pytest.approx([0.25, 0.5])
    assert draw_more(
        pair.space, pair.histories, pair.catalogue, MIA, review.review_id, count=500
    ) == 60  # fmt: skip
    pair.answer(pair.b_is_right, queue=queue)
    (found,) = pair.found()
    # Of everything when it began: the item that came later is not in it.
    assert (found.answered, found.difference.is_complete) == (120, True)
    with pytest.raises(ComparisonError, match="nothing more to draw"):
        draw_more(pair.space, pair.histories, pair.catalogue, MIA, review.review_id, count=5)


def test_stopping_takes_out_what_nobody_holds_and_keeps_the_answers(pair: Pair, queue: str) -> None:
    review = pair.begin(60, queue=queue)
    pair.answer(pair.b_is_right, most=20, queue=queue)
    held = next_tasks(pair.space, BEN, WorkRequest(queue=queue, hold=40))
    # Ben's screen holds 40 of the 40 that wait; he gives 15 of them back.
    assert (len(held), stop_review(pair.space, MIA, review.review_id)) == (40, 0)
    skips = [
        SkipRequest(skip_id=uuid4(), task_id=each.task_id, fence=each.fence, reason="unsure")
        for each in held[:15]
    ]
    skip(pair.space, BEN, skips)
    assert stop_review(pair.space, MIA, review.review_id) == 15
    (found,) = pair.found()
    assert (found.answered, found.waiting) == (20, 25)


def test_what_was_taken_out_unanswered_is_drawn_again_first(pair: Pair, queue: str) -> None:
    review = pair.begin(60, queue=queue)
    with pair.space.store.reading() as parts:
        before = set(parts.disagreements.answers(review.review_id)["item_id"])
    assert stop_review(pair.space, MIA, review.review_id) == 60
    (found,) = pair.found()
    assert (found.drawn, found.waiting) == (60, 0)
    assert "nothing waits any more" in details(found)
    draw_more(pair.space, pair.histories, pair.catalogue, MIA, review.review_id, count=60)
    with pair.space.store.reading() as parts:
        after = parts.disagreements.answers(review.review_id)
    assert set(after["item_id"]) == before
    assert after["is_open"].all()
    assert pair.found()[0].drawn == 60


def test_what_people_decided_before_is_told_apart(pair: Pair, queue: str) -> None:
    differing = [item for item, (a, b) in pair.scores.items() if (a, b) == (0.1, 0.95)]
    decide(pair.space, MIA, [a_draft(item) for item in differing[:8]], policy_version_id=None)
    plan = pair.plan(60)
    assert (plan.decided, plan.open) == (8, 112)
    pair.begin(60, queue=queue)
    pair.answer(pair.a_is_right, most=25, queue=queue)
    reviews = pair.found()
    known = known_answers(pair.paired(), reviews)
    # B alone was wrong on what it rejects and people approve.
    assert (known.decided, known.only_a_wrong, known.only_b_wrong) == (8, 0, 8)
    assert reviews[0].answered == 25
    assert known_answers(pair.paired(), []).decided == 33


def test_when_people_decided_everything_there_is_nothing_to_draw(pair: Pair) -> None:
    differing = [item for item, (a, b) in pair.scores.items() if a != b]
    decide(pair.space, MIA, [a_draft(item) for item in differing], policy_version_id=None)
    plan = pair.plan(60)
    assert (plan.open, plan.count, plan.decided, plan.differ) == (0, 0, 130, 130)
    with pytest.raises(ComparisonError):
        pair.begin(60)


def test_two_sides_that_never_disagree_have_an_empty_plan(pair: Pair) -> None:
    pair.b = pair.a
    plan = pair.plan(60)
    assert (plan.kinds, plan.differ, plan.count) == ((), 0, 0)
