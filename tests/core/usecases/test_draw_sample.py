"""Samples are planned, drawn and answered, on both databases."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person, operator
from core.domain.review_queue import ReviewQueue
from core.domain.review_sample import ReviewSample, SamplePlan
from core.domain.review_task import Stratum
from core.domain.role import Role
from core.errors import ForbiddenError, PolicyError, QueueError
from core.usecases import draw_sample as module
from core.usecases.catalogue import Catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.draw_sample import FLOOR, draw_sample, list_samples, plan_sample
from core.usecases.history import Histories, read_history
from core.usecases.manage_queues import save_queue
from core.usecases.review_item import UndoRequest, decide, undo
from core.usecases.score_items import score_items
from core.usecases.workspace import ReviewRules, Workspace
from tests.builders import WordClassifier, a_draft, item_frame

MIA = operator("mia")
BEN = Person(name="ben", role=Role.REVIEWER)
SIZE = 600
SECOND_QUEUE = "second-look"


class NumberClassifier(WordClassifier):
    """Toxicity is the number that a text begins with; nothing else is in it."""

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        scores = np.zeros((len(texts), len(self.labels)), dtype=np.float32)
        scores[:, self.labels.index(Label.TOXICITY)] = [float(text.split()[0]) for text in texts]
        return scores


@pytest.fixture
def classifier() -> NumberClassifier:
    return NumberClassifier()


@pytest.fixture
def space(space: Workspace) -> Workspace:
    """Without a random slice: only what is flagged waits."""
    return Workspace(
        store=space.store, clock=space.clock, ids=space.ids, rules=ReviewRules(random_share=0.0)
    )


@pytest.fixture
def histories(space: Workspace) -> Histories:
    return Histories(space.store)


@pytest.fixture
def risks(space: Workspace, catalogue: Catalogue, classifier: NumberClassifier) -> dict[int, float]:
    """Toxicity by item: mostly low, a tenth high enough to be rejected; the policy decided all."""
    rng = np.random.default_rng(5)
    values = np.where(rng.random(SIZE) < 0.9, rng.beta(1, 30, SIZE) * 0.29, 0.91).round(4)
    bodies = [f"{value} number {number}" for number, value in enumerate(values)]
    frame = item_frame(*bodies, tenant_id=["zoo" if n % 3 == 0 else "acme" for n in range(SIZE)])
    with space.store.writing() as parts:
        ids = parts.items.add_new(frame)["item_id"].to_list()
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    return dict(zip(ids, values.tolist(), strict=True))


class Sampler:
    """The use cases with what they always need."""

    def __init__(self, space: Workspace, histories: Histories, catalogue: Catalogue) -> None:
        self._always = space, histories, catalogue

    def plan(self, count: int, person: Person = MIA, wanted: ItemFilter | None = None,
             *, by_score: bool = True) -> SamplePlan:  # fmt: skip
        return plan_sample(
            *self._always, person, wanted or ItemFilter(), count=count, by_score=by_score
        )

    def draw(
        self, plan: SamplePlan, person: Person = MIA, *, queue: str = "review"
    ) -> ReviewSample:
        return draw_sample(*self._always, person, plan, title=" Spring ", queue=queue)


@pytest.fixture
def sampler(space: Workspace, histories: Histories, catalogue: Catalogue) -> Sampler:
    return Sampler(space, histories, catalogue)


def _answer(space: Workspace, risks: dict[int, float], most: int = SIZE) -> int:
    """Ben rejects what scores above .5 and approves the rest; how many he answered."""
    done = 0
    while done < most and (claims := next_tasks(space, BEN, WorkRequest(queue="review", hold=40))):
        claims = claims[: most - done]
        drafts = [
            a_draft(
                claim.item_id, task_id=claim.task_id, fence=claim.fence,
                **({"outcome": Outcome.REJECT, "reasons": (Label.TOXICITY,)}
                   if risks[claim.item_id] > 0.5 else {}),
            )
            for claim in claims
        ]  # fmt: skip
        assert all(each.accepted for each in decide(space, BEN, drafts, policy_version_id=None))
        done += len(claims)
    return done


def test_a_plan_says_what_to_expect_before_anybody_reviews(
    sampler: Sampler, risks: dict[int, float]
) -> None:
    plan = sampler.plan(150)
    assert (plan.size, plan.count) == (SIZE, 150)
    assert plan.expected == pytest.approx(np.mean(list(risks.values())), abs=0.01)
    assert 0 < plan.half_width < plan.simple_half_width < 0.1
    assert len(plan.strata) > 2
    lows, highs = ([getattr(each, end) for each in plan.strata] for end in ("low", "high"))
    assert lows == sorted(lows)
    assert lows[1:] == highs[:-1]
    assert (lows[0], highs[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("count", [120, 200, 400])
def test_every_stratum_gets_its_floor_and_not_more_than_it_has(
    sampler: Sampler, risks: dict[int, float], count: int
) -> None:
    plan = sampler.plan(count)
    assert plan.count == count
    for each in plan.strata:
        assert min(FLOOR, each.size) <= each.drawn <= each.size
    assert plan.half_width <= plan.simple_half_width


def test_a_simple_plan_is_one_stratum(sampler: Sampler, risks: dict[int, float]) -> None:
    plan = sampler.plan(150, by_score=False)
    assert len(plan.strata) == 1
    assert plan.half_width == pytest.approx(plan.simple_half_width)
    assert sampler.plan(5_000, by_score=False).count == SIZE
    assert sampler.plan(5_000).half_width == 0.0


def test_drawing_opens_tasks_with_the_chance_of_each_item(
    space: Workspace, catalogue: Catalogue, sampler: Sampler, risks: dict[int, float]
) -> None:
    sample = sampler.draw(sampler.plan(150))
    assert (sample.title, sample.actor, sample.plan.count) == ("Spring", "mia", 150)
    with space.store.reading() as parts:
        opened = parts.previews.tasks_opened(catalogue.selection(ItemFilter()))
        answers = parts.samples.answers(sample.sample_id)
        items = parts.samples.items(sample.sample_id)
        *_, event = parts.audit.events()
    assert set(opened["stratum"]) == {Stratum.SAMPLE.value}
    expected: dict[float, int] = {}
    for each in sample.plan.strata:
        if each.drawn:
            chance = round(each.drawn / each.size, 9)
            expected[chance] = expected.get(chance, 0) + each.drawn
    found = answers.with_columns(pl.col("probability").round(9))
    assert dict(found.select("probability", "tasks").rows()) == expected
    assert len(set(items)) == 150
    assert (event.verb, event.details) == (
        "sample.drawn", {"title": "Spring", "count": 150, "size": SIZE},
    )  # fmt: skip


def test_nothing_is_drawn_twice(
    space: Workspace, sampler: Sampler, risks: dict[int, float]
) -> None:
    stale = sampler.plan(200)
    first = sampler.draw(stale)
    assert sampler.plan(200).size == SIZE - 200
    # A plan that was made before is made anew on what is left.
    second = sampler.draw(stale)
    assert second.plan.size == SIZE - 200
    with space.store.reading() as parts:
        drawn = [set(parts.samples.items(each.sample_id)) for each in (first, second)]
    assert not drawn[0] & drawn[1]
    for each in second.plan.strata:
        assert 0.0 <= each.probability <= 1.0


def test_flagged_and_decided_items_are_not_in_the_frame(
    space: Workspace, catalogue: Catalogue, classifier: NumberClassifier, sampler: Sampler,
    risks: dict[int, float],
) -> None:  # fmt: skip
    with space.store.writing() as parts:
        parts.items.add_new(item_frame("0.5 flagged", external_id=["flagged"]))
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    decide(space, MIA, [a_draft(next(iter(risks)))], policy_version_id=None)
    assert sampler.plan(50).size == SIZE - 1


def test_the_estimate_so_far_is_known_once_every_stratum_has_begun(
    space: Workspace, sampler: Sampler, risks: dict[int, float]
) -> None:
    sampler.draw(sampler.plan(200))
    ((_, done, estimate),) = list_samples(space, MIA)
    assert (done, estimate.is_known) == (0, False)
    _answer(space, risks, most=120)
    ((_, done, _),) = list_samples(space, MIA)
    assert done == 120
    _answer(space, risks)
    ((_, done, estimate),) = list_samples(space, MIA)
    truth = float(np.mean([risk > 0.5 for risk in risks.values()]))
    assert done == 200
    assert estimate.interval.low <= truth <= estimate.interval.high
    # The highest stratum is harmful throughout and the others are not: strata make it exact.
    assert estimate.value == pytest.approx(truth, abs=0.02)


def test_a_decision_taken_back_is_no_answer(
    space: Workspace, sampler: Sampler, risks: dict[int, float]
) -> None:
    sampler.draw(sampler.plan(20, by_score=False))
    (claim,) = next_tasks(space, BEN, WorkRequest(queue="review", hold=1))
    draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence)
    decide(space, BEN, [draft], policy_version_id=None)
    assert [done for _, done, _ in list_samples(space, MIA)] == [1]
    undo(space, BEN, UndoRequest(undo_id=a_draft(1).decision_id, decision_id=draft.decision_id))
    assert [done for _, done, _ in list_samples(space, MIA)] == [0]


def test_people_draw_from_their_tenants_only(
    space: Workspace, sampler: Sampler, risks: dict[int, float]
) -> None:
    zoe = Person(name="zoe", role=Role.POLICY_MANAGER, tenants=("zoo",))
    plan = sampler.plan(60, zoe)
    assert plan.size == SIZE // 3
    sample = sampler.draw(plan, zoe)
    with space.store.reading() as parts:
        found = parts.items.texts(parts.samples.items(sample.sample_id))
    assert set(found["tenant_id"]) == {"zoo"}


def test_a_filter_is_the_frame(sampler: Sampler, risks: dict[int, float]) -> None:
    assert sampler.plan(60, wanted=ItemFilter(tenant="zoo")).size == SIZE // 3
    assert sampler.plan(60, wanted=ItemFilter(language="de")).size == 0


@pytest.mark.parametrize("by_score", [True, False])
def test_of_nothing_there_is_an_empty_plan_and_no_sample(
    space: Workspace, sampler: Sampler, catalogue: Catalogue, by_score: bool
) -> None:
    plan = sampler.plan(60, by_score=by_score)
    assert (plan.size, plan.count, plan.expected, plan.half_width) == (0, 0, 0.0, 0.0)
    with pytest.raises(PolicyError, match="There is nothing to draw"):
        sampler.draw(plan)
    assert list_samples(space, MIA) == []


def test_a_sample_is_drawn_into_a_queue_that_people_work_on(
    space: Workspace, catalogue: Catalogue, sampler: Sampler, risks: dict[int, float]
) -> None:
    plan = sampler.plan(60)
    closed = ReviewQueue(
        name="closed", title="Closed", filter=ItemFilter(language="de"), is_active=False
    )
    save_queue(space, catalogue, MIA, closed, move=False)
    for queue in ("closed", "escalation", "no-such-queue"):
        with pytest.raises(QueueError, match="Choose another"):
            sampler.draw(plan, queue=queue)
    assert list_samples(space, MIA) == []


def test_only_who_manages_queues_draws(sampler: Sampler, risks: dict[int, float]) -> None:
    anna = Person(name="anna", role=Role.ANALYST)
    plan = sampler.plan(60, anna)
    with pytest.raises(ForbiddenError):
        sampler.draw(plan, anna)
    with pytest.raises(ForbiddenError):
        sampler.plan(60, Person(name="rita", role=Role.REVIEWER))


@pytest.mark.parametrize("database_url", ["duckdb"], indirect=True)
def test_estimates_are_right_on_average_and_their_intervals_hold(
    space: Workspace, catalogue: Catalogue, sampler: Sampler, risks: dict[int, float]
) -> None:
    """300 samples of 120, seeded: what is drawn depends on the sample's id alone."""
    rng = np.random.default_rng(11)
    harmful = {item: bool(rng.random() < 0.02 + 0.9 * risk) for item, risk in risks.items()}
    truth = float(np.mean(list(harmful.values())))
    plan = sampler.plan(120)
    values, held = [], 0
    with space.store.reading() as parts:
        history = read_history(
            parts, catalogue.selection(ItemFilter()), catalogue.model.model_version_id, None
        )
        for _ in range(300):
            sample, chosen = module._drawn(space, parts, history, plan, ("s", "review", MIA))
            answers = pl.concat(
                pl.DataFrame(
                    {
                        "probability": stratum.probability,
                        "decided": rows.size,
                        "harmful": sum(harmful[item] for item in history.ids[rows].tolist()),
                    }
                )
                for rows, stratum in zip(chosen, sample.plan.strata, strict=True)
            )
            answers = answers.group_by("probability").sum()
            _, estimate = module._so_far(sample, answers)
            assert estimate.value is not None
            values.append(estimate.value)
            held += estimate.interval.low <= truth <= estimate.interval.high
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values) - truth) < 4 * error
    assert held / len(values) > 0.9
    # What was promised before anybody reviewed is about what the estimates do.
    assert 0.5 < plan.half_width / (1.96 * np.std(values)) < 2.0
