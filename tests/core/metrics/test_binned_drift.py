"""Bins that chance cannot fool, and the numbers that are read off them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, wasserstein_distance

from core.metrics.binned_drift import (
    FEWEST,
    binned,
    categories_compared,
    compared,
    equal_mass,
    mean_of,
    median_of,
    moved,
)
from core.metrics.drift import psi


def _counts(values: np.ndarray, steps: int) -> np.ndarray:
    return np.bincount(values, minlength=steps).astype(np.int64)


def test_psi_of_bins_is_the_known_answer_with_its_tail() -> None:
    many = 1_000_000  # The item added to every bin is nothing then.
    before, now = np.full(4, 250) * many, np.array([100, 200, 300, 400]) * many
    found = compared(before, now)
    assert found is not None
    assert found.psi == pytest.approx(0.2282174, abs=1e-7)
    assert found.by_chance(0.01) == pytest.approx(chi2.isf(0.01, 3) * 2 / (1000 * many))


def test_p_is_the_tail_of_chi_square() -> None:
    found = compared(np.array([30, 30, 40]), np.array([45, 30, 25]))
    assert found is not None
    assert found.p == pytest.approx(chi2.sf(found.psi * 50, 2))
    assert found.by_chance(found.p) == pytest.approx(found.psi)


def test_an_item_is_added_to_every_bin() -> None:
    found = compared(np.array([100, 100, 0]), np.array([100, 80, 20]))
    assert found is not None
    assert found.psi == pytest.approx(psi([101, 101, 1], [101, 81, 21]))


def test_too_few_say_nothing() -> None:
    assert compared(np.array([FEWEST - 1, 0]), np.array([0, 500])) is None
    assert categories_compared(np.array([500, 0]), np.array([0, FEWEST - 1])) is None


def test_bins_hold_tenths_of_the_reference() -> None:
    values = np.random.default_rng(1).integers(0, 1000, 20_000)
    before, now = _counts(values[:15_000], 1000), _counts(values[15_000:], 1000)
    starts = equal_mass(before, now)
    assert starts.size == 10
    assert binned(before, starts) / before.sum() == pytest.approx(np.full(10, 0.1), abs=0.005)


def test_a_heavy_step_is_a_bin_of_its_own_and_nothing_else_is_lost() -> None:
    """Scores tied at one value: what lies below and above must still be seen."""
    before = np.zeros(1000, dtype=np.int64)
    before[50] = 1_000
    now = np.zeros(1000, dtype=np.int64)
    now[[10, 50, 700]] = 300, 400, 300
    starts = equal_mass(before, now)
    assert binned(now, starts).tolist() == [300, 400, 300]
    found = compared(binned(before, starts), binned(now, starts))
    assert found is not None
    assert found.psi > 1
    assert found.p < 1e-10


def test_everything_in_one_step_leaves_one_bin_and_no_drift() -> None:
    counts = np.zeros(1000, dtype=np.int64)
    counts[50] = 500
    starts = equal_mass(counts, counts)
    found = compared(binned(counts, starts), binned(counts, starts))
    assert found is not None
    assert (found.psi, found.p, found.by_chance(0.01)) == (0.0, 1.0, 0.0)


def test_all_scores_moved_from_one_step_to_another() -> None:
    before, now = np.zeros(1000, dtype=np.int64), np.zeros(1000, dtype=np.int64)
    before[550], now[50] = 200, 200
    starts = equal_mass(before, now)
    found = compared(binned(before, starts), binned(now, starts))
    assert found is not None
    assert found.before.size == 2
    assert found.p < 1e-10


@given(
    st.lists(st.integers(0, 60), min_size=12, max_size=12),
    st.lists(st.integers(0, 60), min_size=12, max_size=12),
)
def test_bins_keep_every_item_and_are_large_enough(before: list[int], now: list[int]) -> None:
    one, two = np.array(before), np.array(now)
    starts = equal_mass(one, two)
    assert binned(one, starts).sum() == one.sum()
    assert binned(two, starts).sum() == two.sum()
    both = binned(one + two, starts)
    if starts.size > 2:
        assert both.min() * min(one.sum(), two.sum()) / both.sum() >= 10


def test_rare_categories_count_together() -> None:
    before = np.array([900, 80, 6, 6, 6, 6, 6, 6, 4])
    now = np.array([450, 40, 0, 4, 2, 4, 4, 4, 2])
    found = categories_compared(before, now)
    assert found is not None
    assert found.before.tolist() == [900, 80, 40]
    assert found.p > 0.1


def test_a_category_that_is_rare_even_together_joins_the_smallest() -> None:
    found = categories_compared(np.array([900, 80, 1]), np.array([450, 40, 1]))
    assert found is not None
    assert found.before.tolist() == [900, 81]


def test_a_new_category_is_drift() -> None:
    found = categories_compared(np.array([500, 500, 0]), np.array([200, 200, 100]))
    assert found is not None
    assert found.psi > 0.5
    assert found.p < 1e-10


def test_distance_is_wassersteins_and_the_shift_is_that_of_the_means() -> None:
    chance = np.random.default_rng(2)
    one, two = chance.integers(0, 50, 700), np.clip(chance.integers(0, 50, 400) + 4, 0, 49)
    distance, shift = moved(_counts(one, 50), _counts(two, 50))
    assert distance == pytest.approx(wasserstein_distance(one, two))
    assert shift == pytest.approx(two.mean() - one.mean())
    back = moved(_counts(two, 50), _counts(one, 50))
    assert back == pytest.approx((distance, -shift))
    assert moved(np.zeros(5), np.ones(5)) == (0.0, 0.0)


def test_mean_and_median_of_counts() -> None:
    values = np.random.default_rng(3).integers(0, 30, 501)
    mean, error = mean_of(_counts(values, 30))
    assert mean == pytest.approx(values.mean())
    assert error == pytest.approx(values.std(ddof=1) / np.sqrt(501))
    assert median_of(_counts(values, 30)) == np.median(values)
    assert median_of(np.zeros(3, dtype=np.int64)) is None
