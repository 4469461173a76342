"""Two model versions on the same items, on both databases."""

import numpy as np
import pytest

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.policy import LabelThresholds, ThresholdRule
from core.domain.role import Role
from core.errors import ComparisonError, ForbiddenError
from core.experiments.comparison_numbers import ComparisonKind
from core.experiments.paired_ratios import Design, ratio_difference
from core.policies.builtin import WEIGHTED_BASELINE
from core.usecases.catalogue import Catalogue, in_force
from core.usecases.compare_sides import scored_models, side_of, usual_sides
from core.usecases.compared_items import (
    flip_counts,
    flipping,
    in_box,
    list_pairs,
    moved_by,
    paired_scores,
)
from core.usecases.compared_labels import compared_labels
from core.usecases.compared_quality import Costs, expected_cost
from core.usecases.compared_reviews import compared_reviews
from core.usecases.judge_comparison import judge_candidates
from core.usecases.manage_policies import save_draft
from core.usecases.preview_policy import Flip
from core.usecases.workspace import Workspace
from tests.core.usecases.compared_pair import (
    ANN,
    HIGH,
    LOW,
    MIDDLE,
    ROWS,
    Pair,
    everywhere,
    flipped,
)

_chance = np.random.default_rng(8)
HARMFUL = _chance.random(ROWS) < 0.2
RIGHT = np.where(HARMFUL, HIGH, LOW).astype(np.float32)
WORSE = flipped(RIGHT, 0.15, 21, everywhere)
BETTER = flipped(RIGHT, 0.03, 22, everywhere)


@pytest.fixture
def pair(space: Workspace, catalogue: Catalogue) -> Pair:
    """A is mistaken on 15 % of the items."""
    return Pair(space, catalogue, WORSE)


@pytest.fixture
def truth(pair: Pair) -> dict[int, bool]:
    return dict(zip(pair.ids, HARMFUL.tolist(), strict=True))


def test_a_planted_better_model_is_found_and_from_the_other_side_the_worse_one(
    pair: Pair, truth: dict[int, bool]
) -> None:
    other = pair.second(BETTER)
    assert pair.answer(truth) > 300
    there, back = pair.judge(pair.a, other), pair.judge(other, pair.a)
    assert there.numbers.is_weighted
    assert there.verdict.kind is ComparisonKind.BETTER
    assert there.verdict.headline.startswith("B is better than A: fewer mistakes")
    assert back.verdict.kind is ComparisonKind.WORSE
    assert back.verdict.headline.startswith("B is worse than A: more mistakes")
    assert there.numbers.difference == pytest.approx(-0.12, abs=0.05)
    assert back.numbers.difference == pytest.approx(-(there.numbers.difference or 0))
    assert there.numbers.only_a_wrong == back.numbers.only_b_wrong > 0
    assert there.numbers.only_b_wrong == back.numbers.only_a_wrong
    assert np.array_equal(there.comparison.matrix, back.comparison.matrix.T)
    for name in ("mistakes", "missed", "removed", "caught", "precision", "missed_share"):
        one, two = (getattr(each.quality, name).difference for each in (there, back))
        assert one.difference == pytest.approx(-two.difference, abs=1e-12), name
        assert one.interval.low == pytest.approx(-two.interval.high, abs=0.02), name
    (auc_there,) = (x.auc for x in compared_labels(there.comparison, there.reviews)[:1])
    (auc_back,) = (x.auc for x in compared_labels(back.comparison, back.reviews)[:1])
    assert auc_there is not None
    assert auc_back is not None
    assert auc_there.difference == pytest.approx(-(auc_back.difference or 0))
    assert (auc_there.difference or 0) > 0


def test_the_truth_is_in_the_interval(pair: Pair, truth: dict[int, bool]) -> None:
    other = pair.second(BETTER)
    pair.answer(truth)
    wrong = [(scores > 0.5) != HARMFUL for scores in (WORSE, BETTER)]
    found = pair.judge(pair.a, other).numbers
    assert found.low is not None
    assert found.high is not None
    assert found.low <= wrong[1].mean() - wrong[0].mean() <= found.high


def test_a_side_against_itself_finds_nothing(pair: Pair, truth: dict[int, bool]) -> None:
    pair.answer(truth)
    found = pair.judge(pair.a, pair.a)
    assert found.comparison.pair.is_same
    assert found.verdict.kind is ComparisonKind.SAME
    assert found.comparison.flips == 0
    assert found.p == 1.0


def test_the_same_scores_of_another_model_version_find_nothing(
    pair: Pair, truth: dict[int, bool]
) -> None:
    twin = pair.second(WORSE)
    pair.answer(truth)
    found = pair.judge(pair.a, twin)
    assert not found.comparison.pair.is_same
    assert (found.comparison.flips, found.numbers.difference, found.p) == (0, 0.0, 1.0)
    assert found.verdict.kind in (ComparisonKind.NO_EVIDENCE, ComparisonKind.EQUIVALENT)
    assert not any(each.is_clear for each in found.slices)
    for each in compared_labels(found.comparison, found.reviews):
        assert each.auc is None or (each.auc.difference, each.auc.p) == (0.0, 1.0)


def test_a_partial_overlap_is_about_the_items_of_both(pair: Pair, truth: dict[int, bool]) -> None:
    other = pair.second(BETTER, rows=slice(0, 700))
    pair.answer(truth)
    found = pair.judge(pair.a, other)
    assert found.comparison.items == 700
    assert (found.comparison.paired.only_a, found.comparison.only_b) == (ROWS - 700, 0)
    assert found.comparison.selected == ROWS
    turned = pair.compare(other, pair.a)
    assert (turned.items, turned.paired.only_a, turned.only_b) == (700, 0, ROWS - 700)
    reviews = compared_reviews(pair.space, pair.histories, turned)
    assert found.reviews.count == reviews.count < found.reviews.evidence.reviews
    assert found.verdict.kind is ComparisonKind.BETTER


def test_nothing_is_compared_that_the_other_has_not_scored(pair: Pair) -> None:
    other = pair.second(BETTER, rows=slice(0, 0))
    found = pair.judge(pair.a, other)
    assert found.comparison.items == 0
    assert found.verdict.kind is ComparisonKind.NOTHING


def test_different_labels_are_compared_on_the_shared_ones(pair: Pair) -> None:
    few = pair.second(BETTER, labels=(Label.TOXICITY, Label.SPAM))
    found = pair.compare(pair.a, few)
    assert set(found.pair.left_out) == {Label.HATE_SPEECH, Label.VIOLENCE, Label.ADULT_CONTENT}
    for side in (found.pair.a, found.pair.b):
        assert isinstance(side.rule, ThresholdRule)
        assert set(side.rule.thresholds) == {Label.TOXICITY, Label.SPAM}
    # Were the rule not kept to them, every item without a hate score would go to review.
    assert int(found.matrix[:, 1].sum()) == 0


def test_a_weighted_sum_that_lacks_a_label_cannot_be_compared(pair: Pair) -> None:
    few = pair.second(BETTER, labels=(Label.TOXICITY,))
    weighted = few.model_copy(update={"rule": WEIGHTED_BASELINE})
    with pytest.raises(ComparisonError, match="a weighted sum without them is another rule"):
        pair.compare(pair.a, weighted)
    spam = ThresholdRule(thresholds={Label.SPAM: LabelThresholds(approve_below=0.5)})
    with pytest.raises(ComparisonError, match="reads no label that both models score"):
        pair.compare(pair.a, few.model_copy(update={"rule": spam}))


def test_without_decisions_flips_are_shown_and_no_side_is_called_right(pair: Pair) -> None:
    found = pair.judge(pair.a, pair.second(BETTER))
    assert found.verdict.kind is ComparisonKind.NO_REVIEWS
    assert found.comparison.flips == int(((WORSE > 0.5) != (BETTER > 0.5)).sum())
    assert found.p is None
    assert not found.slices


def test_unweighted_reviews_never_name_a_winner(pair: Pair, truth: dict[int, bool]) -> None:
    other = pair.second(BETTER)
    pair.say(truth, pair.free()[:400])
    found = pair.judge(pair.a, other)
    assert not found.reviews.evidence.is_weighted
    assert found.verdict.kind is ComparisonKind.REVIEWED_ONLY
    assert "B is better" not in found.verdict.text
    assert "on the 400 reviewed items only" in found.verdict.text.lower()
    assert found.quality.mcnemar is not None
    assert found.quality.mcnemar.best_p < 0.001
    assert found.numbers.worst is None


def test_fewer_mistakes_for_more_reviews_are_a_trade_off(
    pair: Pair, truth: dict[int, bool]
) -> None:
    unsure = np.where(RIGHT == WORSE, WORSE, MIDDLE).astype(np.float32)
    other = pair.second(unsure)
    pair.answer(truth)
    found = pair.judge(pair.a, other)
    assert found.verdict.kind is ComparisonKind.TRADE_OFF
    assert found.numbers.volume_b > found.numbers.volume_a
    assert found.numbers.mistakes_b == 0.0


def test_a_part_where_b_is_worse_is_found_and_corrected_for(
    pair: Pair, truth: dict[int, bool]
) -> None:
    """B is right in English and often mistaken in German, which is every fourth item."""
    german = flipped(RIGHT, 0.6, 3, lambda row: row % 4 == 0)
    other = pair.second(german)
    pair.answer(truth)
    found = pair.judge(pair.a, other)
    worse = [each.words for each in found.slices if each.is_worse]
    assert worse == ["language de"]
    assert found.verdict.warning is not None
    assert "language de" in found.verdict.warning
    assert {each.by for each in found.slices} == {"language", "tenant", "source"}
    for each in found.slices:
        assert each.corrected_p is not None
        assert each.mistakes.p is not None
        assert each.corrected_p >= each.mistakes.p
    by_source = sum(each.reviews for each in found.slices if each.by == "source")
    assert by_source == found.reviews.count
    better = pair.judge(other, pair.a)
    assert "language de" not in str(better.verdict.warning)


def test_candidates_are_corrected_for_one_another(pair: Pair, truth: dict[int, bool]) -> None:
    good = pair.second(BETTER)
    twins = [pair.second(WORSE, name=f"twin-{number}") for number in range(2)]
    pair.answer(truth)
    found = judge_candidates(
        pair.space, pair.histories, pair.catalogue, ANN, ItemFilter(), pair.a, [good, *twins]
    )
    kinds = [each.verdict.kind for each in found if each.verdict]
    assert kinds[0] is ComparisonKind.BETTER
    assert ComparisonKind.BETTER not in kinds[1:]
    assert found[0].judged is not None
    assert found[0].corrected_p == pytest.approx(3 * (found[0].judged.p or 0))
    assert found[0].judged.numbers.candidates == 3
    few = pair.second(BETTER, name="few", labels=(Label.VIOLENCE,))
    toxic = ThresholdRule(thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.5)})
    alone = pair.a.model_copy(update={"rule": toxic})
    (broken,) = judge_candidates(
        pair.space, pair.histories, pair.catalogue, ANN, ItemFilter(), alone, [few]
    )
    assert (broken.verdict, broken.corrected_p) == (None, None)
    assert "reads no label" in str(broken.problem)


def test_two_policies_on_the_same_model(pair: Pair, truth: dict[int, bool]) -> None:
    strict = ThresholdRule(
        thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.01, reject_above=0.99)}
    )
    other = pair.a.model_copy(update={"rule": strict, "name": "strict"})
    pair.answer(truth)
    found = pair.judge(pair.a, other)
    # Everything goes to review: no mistake is left, and that is said with its price.
    assert found.comparison.reviewed_by(b=True) == ROWS
    assert found.numbers.mistakes_b == 0.0
    assert found.verdict.kind is ComparisonKind.TRADE_OFF
    assert found.comparison.only_b == 0


def test_reviews_of_one_author_are_counted_together(space: Workspace, catalogue: Catalogue) -> None:
    """Whoever fools the model does so forty times: that is one piece of evidence."""
    fooling = np.random.default_rng(7).random(ROWS // 40) < 0.15
    scores = np.where(np.repeat(fooling, 40), HIGH + LOW - RIGHT, RIGHT).astype(np.float32)
    pair = Pair(space, catalogue, scores, of_author=40)
    other = pair.second(RIGHT)
    pair.answer(dict(zip(pair.ids, HARMFUL.tolist(), strict=True)))
    found = pair.judge(pair.a, other)
    reviews = found.reviews
    # An author is one of a tenant, and there are two.
    assert reviews.clusters == 2 * ROWS // 40
    lone = Design(reviews.design.weights, reviews.design.stratum, (np.arange(reviews.inside.size),))
    alone = ratio_difference(
        lone, (reviews.inside, reviews.a.mistakes), (reviews.inside, reviews.b.mistakes)
    )
    together = found.quality.mistakes.difference
    assert together.difference == pytest.approx(alone.difference)
    assert together.error > 2 * alone.error
    assert together.interval.width > 2 * alone.interval.width


def test_keys_of_reviews_name_authors_and_sources_once(pair: Pair, truth: dict[int, bool]) -> None:
    pair.say(truth, pair.ids[:30])
    with pair.space.store.reading() as parts:
        keys = parts.previews.review_keys(pair.selection())
    assert keys["item_id"].to_list() == sorted(pair.ids[:30])
    expected = pair.items.sort("item_id").head(30)
    for name in ("tenant_id", "author_id", "source", "content_hash"):
        assert keys[name].to_list() == expected[name].to_list(), name


def test_costs_are_those_of_mistakes_and_reviews(pair: Pair, truth: dict[int, bool]) -> None:
    unsure = np.where(RIGHT == WORSE, WORSE, MIDDLE).astype(np.float32)
    other = pair.second(unsure)
    pair.answer(truth)
    found = pair.judge(pair.a, other)
    cost = expected_cost(
        found.comparison, found.reviews, Costs(missed=10.0, removed=2.0, review=0.5)
    )
    missed, removed = found.quality.missed.difference, found.quality.removed.difference
    assert cost.a == pytest.approx(10 * (missed.a or 0) + 2 * (removed.a or 0))
    assert cost.b == pytest.approx(0.5 * found.comparison.reviewed_by(b=True) / ROWS)
    assert cost.difference == pytest.approx((cost.b or 0) - (cost.a or 0))
    assert cost.interval.low <= (cost.difference or 0) <= cost.interval.high


def test_the_items_behind_flips_boxes_and_differences(pair: Pair, truth: dict[int, bool]) -> None:
    other = pair.second(BETTER)
    found = pair.compare(pair.a, other)
    counts = flip_counts(found)
    assert sum(counts.values()) == found.flips
    for (was, now), count in counts.items():
        rows = flipping(found, Flip(before=was, after=now))
        assert rows.size == count
        listed = list_pairs(pair.space, ANN, found, rows, limit=5)
        assert set(listed["a"]) == {was.value}
        assert set(listed["b"]) == {now.value}
        assert set(listed["moved"]) == {"toxicity"}
    up = in_box(found, Label.TOXICITY, (0.0, 0.5), (0.5, 1.0))
    assert up.size == int(((WORSE < 0.5) & (BETTER > 0.5)).sum())
    assert moved_by(found, Label.TOXICITY, (0.5, 1.0)).size == up.size
    listed = list_pairs(pair.space, ANN, found, up, label=Label.SPAM)
    assert set(listed["score_a"].round(2)) == {LOW}
    scores = paired_scores(found, Label.TOXICITY)
    assert scores.grid.sum() == scores.differences.sum() == scores.count == ROWS
    assert scores.mean_difference == pytest.approx(float((BETTER - WORSE).mean()), abs=1e-6)
    assert scores.moved == int((BETTER != WORSE).sum())
    assert not flipping(found, Flip(), reviewed_only=True).size
    pair.say(truth, pair.ids[:50])
    again = pair.compare(pair.a, other)
    seen = flipping(again, Flip(), reviewed_only=True)
    assert seen.size == int((BETTER != WORSE)[:50].sum())
    listed = list_pairs(pair.space, ANN, again, seen)
    said = {True: "rejected", False: "approved"}
    assert listed["people"].to_list() == [said[truth[each]] for each in listed["item_id"]]


def test_who_sees_some_tenants_compares_theirs(pair: Pair, truth: dict[int, bool]) -> None:
    other = pair.second(BETTER)
    pair.answer(truth)
    zoo = Person(name="zoe", role=Role.ANALYST, tenants=("zoo",))
    found = pair.judge(pair.a, other, person=zoo)
    assert found.comparison.items == len([n for n in range(ROWS) if n % 3 == 0])
    assert {each.by for each in found.slices} == {"language", "source"}
    everybody = pair.compare(pair.a, other)
    listed = list_pairs(pair.space, zoo, everybody, np.arange(ROWS))
    assert set(listed["tenant_id"]) == {"zoo"}
    counted = scored_models(pair.space, pair.catalogue, zoo)
    assert set(counted.values()) == {found.comparison.items}
    rita = Person(name="rita", role=Role.REVIEWER)
    with pytest.raises(ForbiddenError):
        pair.compare(pair.a, other, person=rita)
    with pytest.raises(ForbiddenError):
        pair.judge(pair.a, other, person=rita)
    with pytest.raises(ForbiddenError):
        list_pairs(pair.space, rita, everybody, np.arange(3))
    with pytest.raises(ForbiddenError):
        scored_models(pair.space, pair.catalogue, rita)


def test_what_is_compared_at_first(pair: Pair, space: Workspace) -> None:
    scored = scored_models(pair.space, pair.catalogue, ANN)
    assert scored == {pair.catalogue.model.model_version_id: ROWS}
    live, other = usual_sides(pair.catalogue, scored)
    assert live == pair.a
    # Only one model has scores: the same scores under another policy.
    assert other.model_version_id == live.model_version_id
    assert other.policy_version_id != live.policy_version_id
    second = pair.second(BETTER)
    draft = save_draft(
        space, ANN, name="mine", rule=pair.catalogue.policy.rule, model=pair.catalogue.model
    )
    with space.store.reading() as parts:
        catalogue = in_force(parts, pair.catalogue.model)
    assert catalogue is not None
    scored = scored_models(space, catalogue, ANN)
    _, other = usual_sides(catalogue, scored)
    # Nothing live reads it: it is judged by the rule that is live for A.
    assert other == second
    assert draft.policy_version_id not in {pair.a.policy_version_id, other.policy_version_id}
    lone = usual_sides(
        type(catalogue)(catalogue.model, catalogue.policy, catalogue.models, (catalogue.policy,)),
        {catalogue.model.model_version_id: ROWS},
    )
    assert lone == (side_of(catalogue.model, catalogue.policy),) * 2


def test_reviews_that_come_later_count_at_once(pair: Pair, truth: dict[int, bool]) -> None:
    other = pair.second(BETTER)
    assert pair.judge(pair.a, other).reviews.count == 0
    free = pair.free()
    pair.say(truth, free[:100])
    assert pair.judge(pair.a, other).reviews.count == 100
    pair.say(truth, free[100:101])
    assert pair.judge(pair.a, other).reviews.count == 101
