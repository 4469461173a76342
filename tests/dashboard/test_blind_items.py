"""Nothing of what a model says reaches whoever judges blindly: cards, lists, escalations."""

import json
from collections.abc import Iterator

import polars as pl
import pytest

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.person import Person
from core.domain.review_task import Stratum
from core.domain.role import Role
from core.domain.status import Status
from core.domain.verdict import VerdictKind
from core.engine.highlighter import Highlighter
from core.store.items import Order
from core.usecases.blind_items import hide_blind
from core.usecases.catalogue import Catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.history import Histories
from core.usecases.list_items import first_cursor, list_items
from core.usecases.present_items import PresentedItem, present_items
from core.usecases.review_disagreements import blind_queue
from core.usecases.review_item import decide
from core.usecases.workspace import ReviewRules, Workspace
from dashboard.review.card_items import card_item
from tests.builders import a_draft
from tests.core.usecases.disagreeing import BEN, MIA, Pair, TwoNumbers

SENIOR = Person(name="sam", role=Role.SENIOR_REVIEWER)
QUEUE = "blind-review"


@pytest.fixture
def classifier() -> TwoNumbers:
    return TwoNumbers()


@pytest.fixture
def pair(space: Workspace, catalogue: Catalogue, classifier: TwoNumbers) -> Pair:
    space = Workspace(
        store=space.store, clock=space.clock, ids=space.ids, rules=ReviewRules(random_share=0.0)
    )
    made = Pair(space, Histories(space.store), catalogue, classifier)
    assert blind_queue(space, catalogue, MIA) == QUEUE
    made.begin(40, queue=QUEUE)
    return made


@pytest.fixture
def highlighter(classifier: TwoNumbers) -> Iterator[Highlighter]:
    made = Highlighter(classifier)
    yield made
    made.close()


def _presented(
    pair: Pair, highlighter: Highlighter, person: Person = BEN, queue: str = QUEUE
) -> list[PresentedItem]:
    claims = next_tasks(pair.space, person, WorkRequest(queue=queue, hold=10))
    return present_items(pair.space, pair.catalogue, highlighter, claims)


def _check_is_blind(presented: PresentedItem, catalogue: Catalogue) -> None:
    wire = card_item(presented, catalogue, presented.item.ingested_at).model_dump(mode="json")
    told = ("scores", "verdict", "overall", "reasons", "why", "model", "policy")
    assert not any(wire[name] for name in told)
    assert (wire["blind"], wire["sample_note"]) == (True, "Blind review")
    assert [label for _, label in wire["title"] + wire["body"] if label] == []
    text = json.dumps({name: value for name, value in wire.items() if name != "body"}).lower()
    for secret in (
        catalogue.model.name, catalogue.policy.name, "drawn", "priority", "inclusion",
        *(label.value for label in SCORED_LABELS), "by toxicity", "by spam",
    ):  # fmt: skip
        assert secret.lower() not in text


def test_a_blind_card_tells_nothing_that_a_model_says(pair: Pair, highlighter: Highlighter) -> None:
    found = _presented(pair, highlighter)
    assert len(found) == 10
    for presented in found:
        _check_is_blind(presented, pair.catalogue)
        assert presented.body == ((presented.item.body, None),)
    # Severe is what a model rates so: all are blurred, or blurring would tell.
    assert {presented.is_severe for presented in found} == {True}


def test_other_cards_tell_it_still(pair: Pair, highlighter: Highlighter) -> None:
    found = _presented(pair, highlighter, queue="review")
    assert {each.stratum for each in found} == {Stratum.FLAGGED}
    card = card_item(found[0], pair.catalogue, found[0].item.ingested_at)
    assert not card.blind
    assert card.model == pair.catalogue.model.display_name
    assert card.scores
    assert card.why


def test_an_escalated_item_is_blind_for_the_senior_too(
    pair: Pair, highlighter: Highlighter
) -> None:
    (claim,) = next_tasks(pair.space, BEN, WorkRequest(queue=QUEUE, hold=1))
    draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence, score_shown=False,
                    outcome=Outcome.ESCALATE)  # fmt: skip
    decide(pair.space, BEN, [draft], policy_version_id=None)
    (presented,) = _presented(pair, highlighter, SENIOR, "escalation")
    _check_is_blind(presented, pair.catalogue)


def _listed(pair: Pair, wanted: ItemFilter) -> tuple[pl.DataFrame, frozenset[int]]:
    page = list_items(
        pair.space, pair.catalogue, wanted, person=MIA, order=Order.NEWEST,
        cursor=first_cursor(pair.space), limit=500,
    )  # fmt: skip
    return hide_blind(pair.space, page.rows, wanted)


def test_a_list_of_a_blind_queue_shows_texts_only(pair: Pair) -> None:
    rows, blind = _listed(pair, ItemFilter(queue=QUEUE))
    assert (rows.height, len(blind)) == (40, 40)
    told = ["verdict", "overall", "verdict_reasons", "standing_outcome", "decided_by",
            "decision_source", "decision_reasons", *(label.value for label in SCORED_LABELS)]  # fmt: skip
    assert all(rows[name].null_count() == rows.height for name in told)
    assert set(rows["status"]) == {Status.FLAGGED.value}
    assert rows["body"].null_count() == 0


def test_a_list_of_everything_hides_the_blind_ones_only(pair: Pair) -> None:
    rows, blind = _listed(pair, ItemFilter())
    is_blind = pl.col("item_id").is_in(list(blind))
    assert rows.filter(is_blind)["toxicity"].null_count() == 40
    assert rows.filter(~is_blind)["toxicity"].null_count() == 0
    assert rows.filter(is_blind)["decided_by"].null_count() == 40


@pytest.mark.parametrize(
    "wanted",
    [
        ItemFilter(verdict=VerdictKind.REJECT),
        ItemFilter(status=Status.REJECTED),
        ItemFilter(label=Label.SPAM, score_min=0.9),
    ],
)
def test_a_filter_that_would_tell_leaves_the_blind_ones_out(pair: Pair, wanted: ItemFilter) -> None:
    rows, blind = _listed(pair, wanted)
    assert len(blind) > 0
    assert not set(rows["item_id"]) & blind
    assert rows["toxicity"].null_count() == 0


def test_decided_items_show_their_scores_again(pair: Pair) -> None:
    pair.answer(pair.b_is_right, queue=QUEUE)
    rows, blind = _listed(pair, ItemFilter())
    assert blind == frozenset()
    assert rows["toxicity"].null_count() == 0
