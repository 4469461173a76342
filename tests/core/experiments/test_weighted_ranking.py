"""Differences of rankings with weights and clusters."""

import numpy as np
import pytest

from core.experiments.paired_bootstrap import paired_bootstrap
from core.experiments.paired_ranking import delong
from core.experiments.paired_ratios import Design
from core.experiments.weighted_ranking import (
    auc_difference,
    auc_error,
    precision_difference,
    precision_error,
)
from core.metrics.ranking import auroc, average_precision

ROWS = 1_500
MEASURES = [(auc_difference, auroc), (precision_difference, average_precision)]


def _scored(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    harmful = chance.random(ROWS) < 0.25
    first = chance.beta(1 + harmful, 4).round(2)
    return harmful, first, (first + chance.beta(1 + harmful * 1.5, 4)).round(2)


def _lone() -> Design:
    return Design(np.ones(ROWS), np.zeros(ROWS, dtype=np.intp), (np.arange(ROWS),))


def _weighted(seed: int) -> Design:
    chance = np.random.default_rng(seed)
    stratum = chance.integers(0, 3, ROWS)
    return Design(1.0 + 5 * stratum, stratum, (chance.integers(0, 600, ROWS),))


def test_with_equal_weights_it_is_delongs() -> None:
    harmful, a, b = _scored(1)
    expected = delong(harmful, a, b)
    found = auc_difference(harmful, a, b, _lone())
    assert expected is not None
    assert found is not None
    assert (found.a, found.b) == pytest.approx((expected.auc_a, expected.auc_b))
    assert found.difference == pytest.approx(expected.difference)
    assert found.interval.low == pytest.approx(expected.interval.low, abs=1e-4)
    assert auc_error(harmful, a, _lone()) == pytest.approx(expected.variance_a**0.5, rel=2e-3)


@pytest.mark.parametrize(("measure", "single"), MEASURES)
def test_values_are_the_weighted_ones_and_swapping_flips_the_sign(measure, single) -> None:  # type: ignore[no-untyped-def]
    harmful, a, b = _scored(2)
    design = _weighted(2)
    there, back = measure(harmful, a, b, design), measure(harmful, b, a, design)
    assert there.a == pytest.approx(single(harmful, a, design.weights))
    assert there.b == pytest.approx(single(harmful, b, design.weights))
    assert back.difference == pytest.approx(-there.difference)
    assert back.interval.low == pytest.approx(-there.interval.high)
    assert back.p == pytest.approx(there.p)


@pytest.mark.parametrize(
    ("error", "single"), [(auc_error, auroc), (precision_error, average_precision)]
)
def test_the_moves_are_the_derivatives(error, single) -> None:  # type: ignore[no-untyped-def]
    """With one row as a cluster and all others as another, the variance is the row's move."""
    harmful, a, _ = (each[:60] for each in _scored(3))
    weights = np.random.default_rng(3).uniform(0.5, 3, 60)
    for row in (0, 17, 41):
        nudged = weights.copy()
        nudged[row] += 1e-6
        slope = (single(harmful, a, nudged) - single(harmful, a, weights)) / 1e-6
        cluster = (np.arange(60) == row).astype(np.intp)
        design = Design(weights, np.zeros(60, dtype=np.intp), (cluster,))
        expected = 60 / 59 * 2 * 2 * (slope * weights[row]) ** 2
        assert error(harmful, a, design) ** 2 == pytest.approx(expected, rel=1e-3, abs=1e-12)


def test_intervals_are_those_of_the_clustered_bootstrap() -> None:
    harmful, a, b = _scored(4)
    design = _weighted(4)
    plain = Design(design.weights, np.zeros(ROWS, dtype=np.intp), design.ways)
    drawn = paired_bootstrap(
        harmful, a > 0.5, b > 0.5, a, b, weights=plain.weights, cluster=plain.ways[0], seed=4
    )
    assert drawn.auc is not None
    found = auc_difference(harmful, a, b, plain)
    assert found is not None
    interval = drawn.auc.difference.interval
    assert found.interval.low == pytest.approx(interval.low, abs=0.004)
    assert found.interval.high == pytest.approx(interval.high, abs=0.004)


@pytest.mark.parametrize(("measure", "single"), MEASURES)
def test_a_score_against_itself_is_no_difference(measure, single) -> None:  # type: ignore[no-untyped-def]
    harmful, a, _ = _scored(5)
    found = measure(harmful, a, a, _weighted(5))
    assert (found.difference, found.error, found.p) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(("measure", "single"), MEASURES)
def test_two_perfect_rankings_say_nothing_of_how_areas_vary(measure, single) -> None:  # type: ignore[no-untyped-def]
    harmful = np.arange(40) >= 30
    found = measure(harmful, harmful * 1.0, np.arange(40) / 40, Design(
        np.ones(40), np.zeros(40, dtype=np.intp), (np.arange(40),)))  # fmt: skip
    assert found.a == found.b == 1.0
    assert found.difference == 0.0


@pytest.mark.parametrize(("measure", "single"), MEASURES)
def test_one_row_of_a_class_is_too_few(measure, single) -> None:  # type: ignore[no-untyped-def]
    harmful = np.arange(40) == 0
    assert measure(harmful, harmful * 1.0, harmful * 1.0, Design(
        np.ones(40), np.zeros(40, dtype=np.intp), (np.arange(40),))) is None  # fmt: skip
