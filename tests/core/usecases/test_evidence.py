"""What decisions say about everything: weights, planned samples, and warnings."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from core.domain.decision import DecisionDraft, Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.person import Person, operator
from core.domain.role import Role
from core.usecases.catalogue import Catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.draw_sample import draw_sample, plan_sample
from core.usecases.evidence import ENOUGH_AT_RANDOM, Evidence, gather
from core.usecases.history import Histories
from core.usecases.review_item import decide
from core.usecases.score_items import record_scores
from core.usecases.score_quality import harm_estimate
from core.usecases.workspace import Workspace
from tests.builders import FixedClock, a_draft, item_frame

ANN = operator("ann")
ROWS = 1_200


@pytest.fixture
def truth(space: Workspace, catalogue: Catalogue) -> dict[int, bool]:
    """Scored items that nobody decided on; harm is likelier where scores are high."""
    chance = np.random.default_rng(5)
    scores = chance.beta(0.5, 6, ROWS).astype(np.float32)
    harmful = chance.random(ROWS) < scores
    items = item_frame(*(f"text {n}" for n in range(ROWS)))
    with space.store.writing() as parts:
        added = parts.items.add_new(items)
        scored = items.join(
            added, on=["tenant_id", "external_id"], maintain_order="left"
        ).with_columns(
            **{label.value: pl.Series(scores / 4) for label in SCORED_LABELS}
            | {"toxicity": pl.Series(scores), "has_decision": pl.lit(value=False)}
        )  # fmt: skip
        record_scores(space, parts, scored, model=catalogue.model, policy=catalogue.policy)
    return dict(zip(scored["item_id"].to_list(), harmful.tolist(), strict=True))


def _evidence(space: Workspace, catalogue: Catalogue, wanted: ItemFilter | None = None) -> Evidence:
    selection = catalogue.selection(wanted or ItemFilter())
    return gather(Histories(space.store).get(selection, catalogue.model.model_version_id))


def _said(item_id: int, truth: dict[int, bool], **facts: Any) -> DecisionDraft:
    if truth[item_id]:
        return a_draft(item_id, outcome=Outcome.REJECT, reasons=(Label.TOXICITY,), **facts)
    return a_draft(item_id, **facts)


def _say(space: Workspace, item_ids: list[int], truth: dict[int, bool]) -> None:
    """Decisions in a list: nobody knows how the items were chosen."""
    drafts = [_said(item_id, truth) for item_id in item_ids]
    assert all(each.accepted for each in decide(space, ANN, drafts, policy_version_id=None))


def _answer_tasks(space: Workspace, truth: dict[int, bool]) -> int:
    done = 0
    work = WorkRequest(queue="review", hold=20)
    while claims := next_tasks(space, ANN, work):
        drafts = [
            _said(each.item_id, truth, task_id=each.task_id, fence=each.fence) for each in claims
        ]
        done += sum(each.accepted for each in decide(space, ANN, drafts, policy_version_id=None))
    return done


def _share(evidence: Evidence) -> float:
    everything = np.ones(evidence.reviews, dtype=np.bool_)
    value = evidence.share(everything, evidence.harmful).value
    assert value is not None
    return value


def test_no_decisions_are_no_evidence(
    space: Workspace, catalogue: Catalogue, truth: dict[int, bool]
) -> None:
    found = _evidence(space, catalogue)
    assert (found.reviews, found.is_weighted, found.warning) == (0, False, None)


def test_tasks_weigh_by_their_chance_and_stand_for_those_not_decided_yet(
    space: Workspace, catalogue: Catalogue, truth: dict[int, bool]
) -> None:
    with space.store.reading() as parts:
        opened = parts.previews.tasks_opened(catalogue.selection(ItemFilter()))
    tasks = dict(opened.select("stratum", "tasks").rows())
    assert tasks["random"] >= ENOUGH_AT_RANDOM
    assert _answer_tasks(space, truth) == sum(tasks.values())
    found = _evidence(space, catalogue)
    assert found.is_weighted
    assert found.warning is None
    weights = found.weights[found.stratum]
    assert set(np.round(weights, 6)) == {1.0, round(1 / space.rules.random_share, 6)}
    assert weights.sum() == pytest.approx(ROWS, rel=0.25)
    # The flagged alone would say that far more is harmful.
    assert abs(_share(found) - np.mean(list(truth.values()))) < 0.05
    assert found.harmful.mean() > 2 * _share(found)


def test_chosen_items_alone_are_no_sample_and_it_is_said(
    space: Workspace, catalogue: Catalogue, truth: dict[int, bool]
) -> None:
    with space.store.reading() as parts:
        free = parts.samples.untouched(pl.Series(list(truth))).to_list()[:60]
    _say(space, free, truth)
    found = _evidence(space, catalogue)
    assert not found.is_weighted
    assert found.reviews == 60
    assert "nobody knows how their items were chosen" in str(found.warning)


def test_a_planned_sample_makes_older_decisions_useful(
    space: Workspace, catalogue: Catalogue, truth: dict[int, bool], clock: FixedClock
) -> None:
    """Two hundred of the worst were decided somehow; a sample of the rest completes them."""
    histories = Histories(space.store)
    history = histories.get(catalogue.selection(ItemFilter()), catalogue.model.model_version_id)
    _answer_tasks(space, truth)
    toxicity = history.columns.scores[next(iter(SCORED_LABELS))]
    worst = history.ids[np.argsort(-toxicity)][:150].tolist()
    known = set(_evidence_ids(space, catalogue))
    _say(space, [each for each in worst if each not in known], truth)
    clock.advance(hours=1)
    plan = plan_sample(space, histories, catalogue, ANN, ItemFilter(), count=200)
    assert plan.size + len(_evidence_ids(space, catalogue)) == ROWS
    draw_sample(space, histories, catalogue, ANN, plan, title="whole")
    clock.advance(minutes=5)
    assert _answer_tasks(space, truth) == 200
    found = _evidence(space, catalogue)
    assert found.is_weighted
    assert found.left_out == 0
    assert found.at_random == 200
    # Each item is stood for exactly once.
    assert found.weights[found.stratum].sum() == pytest.approx(ROWS)
    rest = [truth[each] for each in truth]
    assert _share(found) == pytest.approx(np.mean(rest), abs=0.03)
    estimate = harm_estimate(histories, catalogue, ANN, ItemFilter())
    assert estimate.size == ROWS
    assert estimate.prevalence.interval.low <= np.mean(rest) <= estimate.prevalence.interval.high


def test_what_was_decided_later_beside_the_sample_is_not_counted_twice(
    space: Workspace, catalogue: Catalogue, truth: dict[int, bool], clock: FixedClock
) -> None:
    histories = Histories(space.store)
    _answer_tasks(space, truth)
    clock.advance(hours=1)
    plan = plan_sample(space, histories, catalogue, ANN, ItemFilter(), count=150)
    draw_sample(space, histories, catalogue, ANN, plan, title="whole")
    _answer_tasks(space, truth)
    before = _evidence(space, catalogue)
    clock.advance(hours=1)
    known = set(_evidence_ids(space, catalogue))
    _say(space, [each for each in truth if each not in known][:40], truth)
    after = _evidence(space, catalogue)
    assert after.left_out == 40
    assert after.weights[after.stratum].sum() == pytest.approx(ROWS)
    assert _share(after) == pytest.approx(_share(before))


def test_a_sample_that_nobody_answered_changes_nothing(
    space: Workspace, catalogue: Catalogue, truth: dict[int, bool], clock: FixedClock
) -> None:
    histories = Histories(space.store)
    _answer_tasks(space, truth)
    before = _evidence(space, catalogue)
    clock.advance(hours=1)
    plan = plan_sample(space, histories, catalogue, ANN, ItemFilter(), count=100)
    draw_sample(space, histories, catalogue, ANN, plan, title="unanswered")
    assert _share(_evidence(space, catalogue)) == pytest.approx(_share(before))


def test_a_sample_of_some_tenants_says_nothing_about_the_others(
    space: Workspace, catalogue: Catalogue, truth: dict[int, bool], clock: FixedClock
) -> None:
    histories = Histories(space.store)
    _answer_tasks(space, truth)
    clock.advance(hours=1)
    ours = Person(name="ours", role=Role.ADMIN, tenants=("acme",))
    plan = plan_sample(space, histories, catalogue, ours, ItemFilter(), count=100)
    draw_sample(space, histories, catalogue, ours, plan, title="ours")
    _answer_tasks(space, truth)
    model = catalogue.model.model_version_id
    everybody = histories.get(catalogue.selection(ItemFilter()), model)
    mine = histories.get(catalogue.selection(ItemFilter(), ours), model)
    assert everybody.drawn is None
    assert mine.drawn is not None


def _evidence_ids(space: Workspace, catalogue: Catalogue) -> list[int]:
    with space.store.reading() as parts:
        found = parts.previews.reviews(catalogue.selection(ItemFilter()))
    return [int(each) for each in found["item_id"].to_list()]


def test_the_age_of_a_decision_is_its_own(
    space: Workspace, catalogue: Catalogue, truth: dict[int, bool], clock: FixedClock
) -> None:
    """What waited when the sample was drawn stands for what waited and was not decided yet."""
    histories = Histories(space.store)
    with space.store.reading() as parts:
        opened = int(parts.previews.tasks_opened(catalogue.selection(ItemFilter()))["tasks"].sum())
    clock.advance(hours=1)
    plan = plan_sample(space, histories, catalogue, ANN, ItemFilter(), count=100)
    assert plan.size == ROWS - opened
    sample = draw_sample(space, histories, catalogue, ANN, plan, title="whole")
    clock.advance(minutes=1)
    with space.store.reading() as parts:
        selection = catalogue.selection(ItemFilter())
        now = space.clock.now()
        before, key = now - timedelta(seconds=30), sample.sample_id
        assert parts.previews.waiting_since(selection, before, key) == opened
    assert _answer_tasks(space, truth) == opened + 100
    found = _evidence(space, catalogue)
    assert found.weights[found.stratum].sum() == pytest.approx(ROWS)
