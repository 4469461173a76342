"""Differences of shares on the same reviews: signs, weights, strata, clusters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.paired_errors import mcnemar, tango
from core.experiments.paired_ratios import (
    Design,
    larger_way,
    linear_moves,
    ratio_difference,
    reviews_left,
    variance_of,
)
from core.experiments.resampling import replicate_sums
from core.metrics.ratio import stratified_ratio

ROWS = 3_000


def _plain(count: int) -> Design:
    return Design(np.ones(count), np.zeros(count, dtype=np.intp), (np.arange(count),))


def _drawn(seed: int, rows: int = ROWS) -> tuple[Design, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    stratum = chance.integers(0, 4, rows)
    design = Design(
        np.where(stratum == 0, 1.0, 4.0 * stratum),
        stratum,
        (chance.integers(0, rows // 3, rows), chance.integers(0, rows // 2, rows)),
    )
    return design, chance.random(rows) < 0.15, chance.random(rows) < 0.12


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(3, 60))
def test_swapping_the_sides_flips_every_sign(seed: int, rows: int) -> None:
    design, one, two = _drawn(seed, rows)
    inside = np.ones(rows)
    there = ratio_difference(design, (inside, one), (inside, two))
    back = ratio_difference(design, (inside, two), (inside, one))
    assert there.difference is not None
    assert back.difference == pytest.approx(-there.difference, abs=1e-12)
    assert back.interval.low == pytest.approx(-there.interval.high, abs=1e-12)
    assert back.interval.high == pytest.approx(-there.interval.low, abs=1e-12)
    assert back.p == pytest.approx(there.p)
    assert there.interval.low <= there.difference <= there.interval.high


def test_a_side_against_itself_is_no_difference_and_still_not_certain() -> None:
    design, one, _ = _drawn(1)
    inside = np.ones(ROWS)
    found = ratio_difference(design, (inside, one), (inside, one))
    assert (found.difference, found.p, found.error) == (0.0, 1.0, 0.0)
    assert found.interval.low < 0 < found.interval.high


def test_without_a_pair_that_differs_the_interval_is_tangos() -> None:
    inside = np.ones(400)
    found = ratio_difference(_plain(400), (inside, np.zeros(400)), (inside, np.zeros(400)))
    expected = tango(0, 0, 400)
    assert found.interval.low == pytest.approx(expected.low, abs=1e-9)
    assert found.interval.high == pytest.approx(expected.high, abs=1e-9)


def test_with_equal_weights_and_lone_rows_it_is_mcnemars_difference() -> None:
    chance = np.random.default_rng(3)
    one, two = chance.random(ROWS) < 0.2, chance.random(ROWS) < 0.15
    found = ratio_difference(_plain(ROWS), (np.ones(ROWS), one), (np.ones(ROWS), two))
    test = mcnemar(int((one & ~two).sum()), int((two & ~one).sum()), ROWS)
    assert found.difference == pytest.approx(-test.difference)
    assert found.interval.low == pytest.approx(-test.interval.high, abs=2e-3)
    assert found.p == pytest.approx(test.p, abs=1e-3)


def test_each_sides_share_is_the_stratified_one() -> None:
    design, one, two = _drawn(4)
    inside = two | one
    found = ratio_difference(design, (inside, one), (inside, inside & two))
    weights = [1.0, 4.0, 8.0, 12.0]

    def counted(flags: np.ndarray) -> np.ndarray:
        return np.bincount(design.stratum[flags], minlength=4)

    drawn = np.bincount(design.stratum)
    expected = stratified_ratio(weights, drawn, counted(inside), counted(one))
    assert found.a == pytest.approx(expected.value)


@pytest.mark.parametrize("seed", range(3))
def test_the_error_is_that_of_a_bootstrap_over_the_clusters(seed: int) -> None:
    design, one, two = _drawn(seed)
    alone = Design(design.weights, np.zeros(ROWS, dtype=np.intp), design.ways[:1])
    found = ratio_difference(alone, (np.ones(ROWS), one), (np.ones(ROWS), two))
    sums = replicate_sums(
        alone.ways[0], np.stack([alone.weights, alone.weights * one, alone.weights * two], axis=1),
        stratum=alone.stratum, rounds=4_000, seed=seed,
    )  # fmt: skip
    drawn = (sums[:, 2] - sums[:, 1]) / sums[:, 0]
    assert found.error == pytest.approx(float(drawn.std()), rel=0.06)


def test_copies_of_the_same_rows_in_clusters_say_no_more() -> None:
    design, one, two = _drawn(5, 500)
    lone = Design(design.weights, design.stratum * 0, (np.arange(500),))
    copied = Design(
        np.tile(design.weights, 8), np.zeros(4_000, dtype=np.intp), (np.tile(np.arange(500), 8),)
    )
    first = ratio_difference(lone, (np.ones(500), one), (np.ones(500), two))
    second = ratio_difference(
        copied, (np.ones(4_000), np.tile(one, 8)), (np.ones(4_000), np.tile(two, 8))
    )
    assert second.difference == pytest.approx(first.difference)
    assert second.error == pytest.approx(first.error, rel=0.01)


def test_two_ways_of_clustering_say_no_more_than_either() -> None:
    design, one, two = _drawn(6)
    moves = linear_moves(design.weights, np.ones(ROWS), two)[1]
    moves -= linear_moves(design.weights, np.ones(ROWS), one)[1]
    both = variance_of(moves, design)
    each = [
        variance_of(moves, Design(design.weights, design.stratum, (way,))) for way in design.ways
    ]
    assert both >= max(each)
    assert larger_way(moves, design) is design.ways[int(np.argmax(each))]
    same = Design(design.weights, design.stratum, (design.ways[0], design.ways[0]))
    assert variance_of(moves, same) == pytest.approx(each[0])


def test_an_empty_domain_is_not_known() -> None:
    design, one, _ = _drawn(7)
    nothing = np.zeros(ROWS)
    found = ratio_difference(design, (nothing, nothing), (np.ones(ROWS), one))
    assert (found.a, found.difference, found.p) == (None, None, None)
    assert not found.is_known
    assert (found.interval.low, found.interval.high) == (-1.0, 1.0)


def test_reviews_left_are_those_that_find_it() -> None:
    """At n + left the error is so small that the power is .8: z_.975 + z_.8 errors of d."""
    left = reviews_left(0.01, 0.008, 1_000)
    assert left is not None
    error = 0.008 * (1_000 / (1_000 + left)) ** 0.5
    assert 0.01 / error == pytest.approx(1.959964 + 0.841621, abs=2e-3)
    # Almost nothing apart: it is quicker to show that the difference does not matter.
    assert reviews_left(0.0001, 0.008, 1_000, margin=0.01) == reviews_left(0.0099, 0.008, 1_000)
    assert reviews_left(0.0, 0.008, 1_000) is None
    assert reviews_left(0.01, 0.0, 1_000) is None
    assert reviews_left(1.0, 0.001, 1_000) == 1
