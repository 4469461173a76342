"""B's bounds that keep A's: what must hold of any scores, known answers, and coverage."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.domain.label import Label
from core.domain.policy import LabelThresholds, ThresholdRule
from core.experiments.cuts import Bound, Cuts, shortest_between
from core.experiments.reviewed_curves import ROUNDS, Reviews
from core.experiments.translation import (
    Keep,
    Obstacle,
    PairedScores,
    quantile_pairs,
    translated,
)
from core.policies.judge import APPROVE, REJECT, ScoreColumns, judge

Floats = npt.NDArray[np.float64]

#: Few different numbers, so that ties and the ends of the scale come up.
COARSE = st.integers(0, 20).map(lambda number: number / 20)
SINGLE = st.floats(0, 1, width=32)
BOUND = st.floats(0, 1)


def single(values: object) -> Floats:
    """Scores as they are stored, as doubles."""
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def pair(a: object, b: object) -> PairedScores:
    return PairedScores(single(a), single(b))


def reviews_of(harmful: object, weights: object = None, *, rounds: int = ROUNDS) -> Reviews:
    """Every item is reviewed and independent of the others."""
    flags = np.asarray(harmful, dtype=np.bool_)
    rows = np.arange(flags.size)
    given_weights = np.ones(flags.size) if weights is None else np.asarray(weights, np.float64)
    return Reviews(rows, flags, given_weights, rows, np.zeros(flags.size, dtype=np.intp), rounds)


def caught_by(scores: PairedScores, bound: Bound, keep: Keep, reviews: Reviews) -> object:
    found = translated(scores, bound, keep, reviews)
    assert found.bound is not None
    return found.bound.catches(scores.b).tolist()


@given(
    st.lists(st.one_of(COARSE, SINGLE), min_size=1, max_size=60), BOUND, st.booleans(),
    st.sampled_from(Keep), st.data(),
)  # fmt: skip
def test_the_same_scores_keep_the_same_bound(
    values: list[float], at: float, is_strict: bool, keep: Keep, data: st.DataObject
) -> None:
    bound = Bound(at, is_strict)
    harmful = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    scores = pair(values, values)
    found = translated(scores, bound, keep, reviews_of(harmful, rounds=20))
    assume(found.obstacle not in (Obstacle.NO_HARM, Obstacle.NOTHING_CAUGHT))
    assert found.bound == bound


@given(
    st.lists(SINGLE, min_size=1, max_size=60), BOUND, st.booleans(), st.sampled_from(Keep),
    st.data(),
)  # fmt: skip
def test_a_rising_transform_catches_the_same_items(
    values: list[float], at: float, is_strict: bool, keep: Keep, data: st.DataObject
) -> None:
    a = single(values)
    # Only the order is kept: what comes next is anywhere above, and no score is 0 or 1.
    _, rank = np.unique(a, return_inverse=True)
    steps = data.draw(
        st.lists(st.integers(1, 100), min_size=int(rank.max()) + 2, max_size=int(rank.max()) + 2)
    )
    heights = np.cumsum(steps) / (sum(steps) + 1)
    b = single(heights)[rank]
    harmful = data.draw(st.lists(st.booleans(), min_size=a.size, max_size=a.size))
    weights = data.draw(st.lists(st.sampled_from((1, 7)), min_size=a.size, max_size=a.size))
    bound, reviews = Bound(at, is_strict), reviews_of(harmful, weights, rounds=20)
    obstacle = translated(pair(a, b), bound, keep, reviews).obstacle
    assume(obstacle not in (Obstacle.NO_HARM, Obstacle.NOTHING_CAUGHT))
    assert caught_by(pair(a, b), bound, keep, reviews) == bound.catches(a).tolist()
    # And back.
    there = translated(pair(a, b), bound, keep, reviews).bound
    assert there is not None
    assert caught_by(pair(b, a), there, keep, reviews) == bound.catches(a).tolist()


@given(
    st.integers(1, 200).flatmap(
        lambda size: st.tuples(st.permutations(range(size)), st.permutations(range(size)))
    ),
    BOUND,
    st.booleans(),
)
def test_without_ties_the_volume_is_kept_exactly(
    ranks: tuple[list[int], list[int]], at: float, is_strict: bool
) -> None:
    size = len(ranks[0])
    scores = pair(*((np.array(each) + 1) / (size + 2) for each in ranks))
    bound = Bound(at, is_strict)
    found = translated(scores, bound, Keep.VOLUME)
    assert found.bound is not None
    wanted = bound.catches(scores.a).sum()
    assert found.bound.catches(scores.b).sum() == wanted
    assert found.target == wanted / size
    back = translated(PairedScores(scores.b, scores.a), found.bound, Keep.VOLUME)
    assert back.bound is not None
    assert back.bound.catches(scores.a).tolist() == bound.catches(scores.a).tolist()


@given(st.lists(st.tuples(COARSE, COARSE), min_size=1, max_size=50), COARSE, st.booleans())
def test_with_ties_no_bound_comes_closer(
    rows: list[tuple[float, float]], at: float, is_strict: bool
) -> None:
    scores = pair(*zip(*rows, strict=True))
    bound = Bound(at, is_strict)
    found = translated(scores, bound, Keep.VOLUME)
    assert found.bound is not None
    wanted = int(bound.catches(scores.a).sum())
    numbers = {0.0, 1.0, *scores.b.tolist()}
    numbers |= {
        (low + high) / 2 for low, high in zip(sorted(numbers), sorted(numbers)[1:], strict=False)
    }
    possible = {int(Bound(number, is_strict).catches(scores.b).sum()) for number in numbers}
    achieved = int(found.bound.catches(scores.b).sum())
    assert abs(achieved - wanted) == min(abs(each - wanted) for each in possible)
    assert found.interval is not None
    assert found.interval.low <= found.bound.at <= found.interval.high


@given(
    st.lists(st.tuples(SINGLE, COARSE), min_size=1, max_size=50),
    st.tuples(BOUND, BOUND).map(sorted),
)
def test_what_is_caught_is_what_a_policy_approves_and_rejects(
    rows: list[tuple[float, float]], bounds: list[float]
) -> None:
    low, high = bounds
    a = np.array([row[0] for row in rows], dtype=np.float32)
    rule = ThresholdRule(
        thresholds={Label.SPAM: LabelThresholds(approve_below=low, reject_above=high)}
    )
    codes = judge(ScoreColumns({Label.SPAM: a}), rule).codes
    assert (codes == REJECT).tolist() == Bound(high, is_strict=True).catches(a).tolist()
    reviewed = Bound(low, is_strict=False).catches(a) | (codes == REJECT)
    assert (codes != APPROVE).tolist() == reviewed.tolist()


def test_of_two_volumes_that_are_as_close_the_cautious_is_taken() -> None:
    # A catches 2; B's four highest are alike, so that it catches none or four.
    scores = pair([0.9, 0.8, 0.1, 0.1, 0.1], [0.7, 0.7, 0.7, 0.7, 0.1])
    rejects = translated(scores, Bound(0.5, is_strict=True), Keep.VOLUME).bound
    reviews = translated(scores, Bound(0.5, is_strict=False), Keep.VOLUME).bound
    assert rejects is not None
    assert reviews is not None
    assert rejects.catches(scores.b).sum() == 0
    assert reviews.catches(scores.b).sum() == 4


def test_equal_scores_are_caught_all_or_not_at_all() -> None:
    scores = pair(np.linspace(0.01, 0.99, 99), np.full(99, 0.25))
    for at, caught in ((0.9, 0), (0.1, 99)):
        found = translated(scores, Bound(at, is_strict=True), Keep.VOLUME).bound
        assert found is not None
        assert found.catches(scores.b).sum() == caught


def test_a_mass_at_zero_is_not_caught_by_a_bound_of_rejection() -> None:
    scores = pair(np.linspace(0.1, 0.9, 100), [0.0] * 60 + [0.5] * 40)
    strict = translated(scores, Bound(0.05, is_strict=True), Keep.VOLUME).bound
    loose = translated(scores, Bound(0.05, is_strict=False), Keep.VOLUME).bound
    assert strict is not None
    assert loose == Bound(0.0, is_strict=False)
    assert strict.catches(scores.b).sum() == 40


def test_scores_of_one_are_caught_by_every_bound_of_review() -> None:
    scores = pair(np.linspace(0.1, 0.9, 100), [1.0] * 3 + [0.5] * 97)
    found = translated(scores, Bound(0.95, is_strict=False), Keep.VOLUME).bound
    assert found is not None
    assert found.catches(scores.b).sum() == 3


def test_a_bound_above_all_scores_stays_above_all() -> None:
    scores = pair([0.1, 0.2], [0.5, 0.95])
    found = translated(scores, Bound(0.9, is_strict=True), Keep.VOLUME).bound
    assert found is not None
    assert not found.catches(scores.b).any()


def test_bounds_are_as_short_as_they_can_be() -> None:
    assert shortest_between(0.41, 0.47) == 0.44
    assert shortest_between(0.4101, 0.4109) == pytest.approx(0.4105)
    assert shortest_between(0.5, 0.5) is None
    low, high = 0.5, float(np.nextafter(0.5, 1))
    assert shortest_between(low, high) is None


@given(st.lists(SINGLE, min_size=1, max_size=40), st.booleans(), BOUND, st.data())
def test_a_bound_stands_where_its_cut_is(
    values: list[float], is_strict: bool, preferred: float, data: st.DataObject
) -> None:
    cuts = Cuts.of(single(values))
    first, last = cuts.reachable(is_strict=is_strict)
    cut = data.draw(st.integers(first, last))
    bound = cuts.bound(cut, is_strict=is_strict, preferred=preferred)
    assert 0 <= bound.at <= 1
    assert bound.catches(single(values)).sum() == cuts.caught[cut]


def test_no_items_and_no_reviews_are_said() -> None:
    bound, nothing = Bound(0.5, is_strict=True), pair([], [])
    assert translated(nothing, bound, Keep.VOLUME).obstacle is Obstacle.NO_ITEMS
    some = pair([0.1, 0.9], [0.2, 0.8])
    for keep in (Keep.PRECISION, Keep.RECALL):
        assert translated(some, bound, keep).obstacle is Obstacle.NO_REVIEWS
        harmless = reviews_of([False, False])
        assert translated(some, bound, keep, harmless).obstacle is Obstacle.NO_HARM
    above = Bound(0.95, is_strict=True)
    found = translated(some, above, Keep.PRECISION, reviews_of([False, True]))
    assert found.obstacle is Obstacle.NOTHING_CAUGHT


def test_the_lowest_bound_with_the_precision_is_taken() -> None:
    # A: 8 of 10 above .5, 2 of 10 below. B has all the harmful ones first.
    harmful = [True] * 8 + [False] * 2 + [True] * 2 + [False] * 8
    order = np.argsort(np.argsort(~np.array(harmful), kind="stable"), kind="stable")
    scores = pair([0.9] * 10 + [0.3] * 10, 0.95 - order / 25)
    found = translated(scores, Bound(0.5, is_strict=True), Keep.PRECISION, reviews_of(harmful))
    assert found.target == pytest.approx(0.8)
    assert found.bound is not None
    # 10 of 12 and no more: 10 of 13 would be too little.
    assert found.bound.catches(scores.b).sum() == 12
    assert found.interval is not None
    assert found.interval.low <= found.bound.at <= found.interval.high


def test_a_mistake_at_the_top_does_not_hide_the_precision_below_it() -> None:
    # B's highest item is harmless: alone it has a precision of 0, with those below of 50 in 51.
    a = np.linspace(0.99, 0.01, 100)
    harmful = [True] * 50 + [False] * 50
    b = a.copy()
    b[99] = 0.995
    bound = Bound(float(a[60]), is_strict=False)
    found = translated(pair(a, b), bound, Keep.PRECISION, reviews_of(harmful))
    assert found.target == pytest.approx(50 / 61)
    assert found.bound is not None
    caught = found.bound.catches(single(b))
    assert np.mean(np.array(harmful)[caught]) == pytest.approx(50 / 61)


def test_a_dent_in_the_curve_is_levelled() -> None:
    # By A, the fourth is harmless and the fifth harmful: 3 of 4, and 3 and a half as fitted.
    scores = pair([0.9, 0.8, 0.7, 0.6, 0.4, 0.3], [0.9, 0.8, 0.7, 0.6, 0.4, 0.3])
    harmful = [True, True, True, False, True, False]
    found = translated(scores, Bound(0.5, is_strict=True), Keep.PRECISION, reviews_of(harmful))
    assert found.target == pytest.approx(3.5 / 4)


def test_a_precision_that_is_never_reached_tells_the_best() -> None:
    scores = pair(np.linspace(0.99, 0.01, 40), np.tile([0.8, 0.2], 20))
    found = translated(
        scores, Bound(0.5, is_strict=True), Keep.PRECISION, reviews_of([True] * 20 + [False] * 20)
    )
    assert found.bound is None
    assert found.obstacle is Obstacle.NEVER_REACHED
    assert (found.target, found.best) == (pytest.approx(1), pytest.approx(0.5))


def test_the_highest_bound_with_the_recall_is_taken() -> None:
    scores = pair([0.9, 0.8, 0.7, 0.1, 0.05], [0.9, 0.5, 0.4, 0.3, 0.8])
    harmful = [True, True, True, True, False]
    found = translated(scores, Bound(0.75, is_strict=True), Keep.RECALL, reviews_of(harmful))
    assert found.target == 0.5
    assert found.bound is not None
    assert found.bound.catches(scores.b).tolist() == [True, True, False, False, True]


def test_harm_that_b_scores_zero_is_beyond_every_bound_of_rejection() -> None:
    scores = pair([0.9, 0.8, 0.7, 0.1], [0.9, 0.0, 0.0, 0.0])
    harmful = [True, True, True, False]
    found = translated(scores, Bound(0.5, is_strict=True), Keep.RECALL, reviews_of(harmful))
    assert found.obstacle is Obstacle.NEVER_REACHED
    assert (found.target, found.best) == (1, pytest.approx(1 / 3))


def test_weights_decide_what_recall_is() -> None:
    scores = pair([0.9, 0.2, 0.1, 0.05], [0.6, 0.9, 0.5, 0.1])
    bound, harmful = Bound(0.5, is_strict=True), [True, True, True, False]
    equal = translated(scores, bound, Keep.RECALL, reviews_of(harmful))
    heavy = translated(scores, bound, Keep.RECALL, reviews_of(harmful, [5, 1, 1, 1]))
    assert equal.bound is not None
    assert heavy.bound is not None
    assert equal.target == pytest.approx(1 / 3)
    assert heavy.target == pytest.approx(5 / 7)
    assert equal.bound.catches(scores.b).sum() == 1
    assert heavy.bound.catches(scores.b).sum() == 2


@pytest.mark.parametrize("noise", [0.05, 0.3])
def test_the_interval_of_the_volume_covers_the_traffic_to_come(noise: float) -> None:
    chance = np.random.default_rng(7)

    def drawn(count: int) -> PairedScores:
        latent = chance.normal(size=count)
        a, b = (latent + noise * chance.normal(size=count) for _ in range(2))
        return pair(1 / (1 + np.exp(2 - a)), 1 / (1 + np.exp(4 - 2 * b)))

    bound, rounds = Bound(0.3, is_strict=True), 400
    truth = translated(drawn(400_000), bound, Keep.VOLUME).bound
    assert truth is not None
    covered = 0
    for _ in range(rounds):
        interval = translated(drawn(800), bound, Keep.VOLUME).interval
        assert interval is not None
        covered += interval.low <= truth.at <= interval.high
    # Exact tests are never too narrow, and here hardly too wide.
    assert 0.94 <= covered / rounds <= 0.995


@pytest.mark.parametrize("keep", [Keep.PRECISION, Keep.RECALL])
def test_the_intervals_of_precision_and_recall_cover_the_truth(keep: Keep) -> None:
    chance = np.random.default_rng(8)

    def drawn(count: int) -> tuple[PairedScores, Reviews]:
        latent = chance.normal(size=count)
        harmful = chance.random(count) < 1 / (1 + np.exp(2 - 2 * latent))
        a = 1 / (1 + np.exp(1 - latent - 0.5 * chance.normal(size=count)))
        b = 1 / (1 + np.exp(2 - 2 * latent - 0.6 * chance.normal(size=count)))
        return pair(a, b), reviews_of(harmful, rounds=200)

    bound, rounds = Bound(0.5, is_strict=True), 120
    scores, reviews = drawn(400_000)
    truth = translated(scores, bound, keep, reviews).bound
    assert truth is not None
    covered = 0
    for _ in range(rounds):
        scores, reviews = drawn(600)
        interval = translated(scores, bound, keep, reviews).interval
        assert interval is not None
        covered += interval.low <= truth.at <= interval.high
    assert covered / rounds >= 0.9


def test_many_reviews_are_joined_in_draws_and_the_interval_holds_the_bound() -> None:
    chance = np.random.default_rng(9)
    latent = chance.normal(size=5_000)
    harmful = chance.random(latent.size) < 1 / (1 + np.exp(2 - 2 * latent))
    scores = pair(1 / (1 + np.exp(1 - latent)), 1 / (1 + np.exp(2 - 2 * latent)))
    for keep in (Keep.PRECISION, Keep.RECALL):
        found = translated(scores, Bound(0.5, is_strict=True), keep, reviews_of(harmful))
        assert found.bound is not None
        assert found.interval is not None
        # A rising transform: the same bound in every draw, but for what groups join.
        assert found.interval.low <= found.bound.at <= found.interval.high
        assert found.interval.high - found.interval.low < 0.02


def test_whole_clusters_are_drawn() -> None:
    chance = np.random.default_rng(10)
    latent = np.repeat(chance.normal(size=60), 10)
    harmful = np.repeat(chance.random(60) < 0.5, 10)
    scores = pair(
        1 / (1 + np.exp(-latent)), 1 / (1 + np.exp(-chance.normal(size=latent.size) - latent))
    )
    alone = reviews_of(harmful)
    joined = Reviews(
        alone.rows, alone.harmful, alone.weights, np.repeat(np.arange(60), 10), alone.stratum
    )
    bound = Bound(0.6, is_strict=True)
    widths = []
    for reviews in (alone, joined):
        interval = translated(scores, bound, Keep.RECALL, reviews).interval
        assert interval is not None
        widths.append(interval.high - interval.low)
    assert widths[1] > widths[0]


def test_quantiles_pair_scores_by_their_rank() -> None:
    a = np.linspace(0, 1, 5_001)
    x, y, share = quantile_pairs(a, a**2, 100)
    assert x.size <= 100
    assert y == pytest.approx(x**2, abs=1e-3)
    assert np.all(np.diff(x) >= 0)
    assert share[0] == 1
    assert (x[-1], y[-1]) == (1, 1)
