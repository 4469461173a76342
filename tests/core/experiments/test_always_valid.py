"""Always-valid p and intervals: known answers and what they guarantee."""

from math import inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiments.always_valid import (
    confidence_sequence,
    discordant_pairs,
    sequential_mcnemar,
    two_means,
    two_shares,
)
from core.experiments.sample_ratio import log_evidence

PAIRS = st.tuples(st.integers(0, 400), st.integers(0, 400))


# gbstats 0.8.0 (GrowthBook), sequential two-sided test of 100/1,000 against 140/1,000.
@pytest.mark.parametrize(
    ("tightest_at", "low", "high", "p"),
    [
        (5000, -0.00531095, 0.08531095, 0.11338738),
        (1000, -0.00440725, 0.08440725, 0.11485461),
    ],
)
def test_the_confidence_sequence_equals_growthbooks(
    tightest_at: float, low: float, high: float, p: float
) -> None:
    found = two_shares(100, 1000, 140, 1000, tightest_at=tightest_at)
    assert found.difference == pytest.approx(0.04)
    assert (found.low, found.high, found.p) == pytest.approx((low, high, p), abs=1e-8)
    # The price of peeking: the fixed p is below 1 %.
    assert found.fixed_p < 0.01
    assert found.count == 2000


# savvi 0.3.1, k = 100.
def test_the_sequential_mcnemar_test_equals_savvi() -> None:
    assert sequential_mcnemar(86, 150, k=100) == pytest.approx(0.0039130839, abs=1e-10)


def test_few_clear_disagreements_are_settled_sooner_than_with_the_k_of_splits() -> None:
    assert sequential_mcnemar(20, 0) < 0.05 < sequential_mcnemar(20, 0, k=100)


@given(
    st.floats(-1, 1), st.floats(1e-9, 1), st.integers(1, 10**7),
    st.floats(0.001, 0.2), st.floats(10, 1e6),
)  # fmt: skip
def test_the_always_valid_interval_contains_the_fixed_one(
    difference: float, variance: float, count: int, alpha: float, tightest_at: float
) -> None:
    found = confidence_sequence(difference, variance, count, alpha=alpha, tightest_at=tightest_at)
    assert found.low <= found.fixed_low <= difference <= found.fixed_high <= found.high
    assert found.p >= found.fixed_p * (1 - 1e-9)


@given(st.floats(-0.5, 0.5), st.floats(1e-6, 0.1), st.integers(10, 100_000))
def test_p_is_below_alpha_exactly_where_the_interval_leaves_out_0(
    difference: float, variance: float, count: int
) -> None:
    found = confidence_sequence(difference, variance, count)
    if abs(found.p - 0.05) > 1e-9:
        assert (found.p < 0.05) == (found.low > 0 or found.high < 0)


@given(st.integers(0, 50), st.integers(50, 80), st.integers(0, 50), st.integers(50, 80))
def test_swapping_arms_flips_the_sign_and_keeps_p(k_a: int, n_a: int, k_b: int, n_b: int) -> None:
    one, two = two_shares(k_a, n_a, k_b, n_b), two_shares(k_b, n_b, k_a, n_a)
    assert one.difference == -two.difference
    assert (one.low, one.high) == pytest.approx((-two.high, -two.low))
    assert (one.p, one.fixed_p) == pytest.approx((two.p, two.fixed_p))


def test_means_of_raw_values_and_shares_agree() -> None:
    a, b = np.repeat([1.0, 0.0], [100, 900]), np.repeat([1.0, 0.0], [140, 860])
    means = two_means(a.size, a.mean(), a.var(), b.size, b.mean(), b.var())
    shares = two_shares(100, 1000, 140, 1000)
    assert (means.low, means.high, means.p) == pytest.approx((shares.low, shares.high, shares.p))


def test_before_any_observation_everything_is_possible() -> None:
    nothing = two_shares(0, 0, 0, 0)
    assert (nothing.low, nothing.high, nothing.p, nothing.fixed_p) == (-1, 1, 1, 1)
    one_arm = two_shares(0, 0, 5, 9)
    assert (one_arm.low, one_arm.high, one_arm.p) == (-1, 1, 1)
    mean = two_means(1, 3.0, 0.0, 1, 4.0, 0.0)
    assert (mean.low, mean.high, mean.p) == (-inf, inf, 1)


def test_an_arm_without_a_hit_is_not_certain() -> None:
    found = two_shares(0, 20, 0, 20)
    assert found.difference == 0
    assert found.low < -0.05
    assert found.high > 0.05
    assert found.p == 1


@given(PAIRS)
def test_swapping_arms_flips_the_interval_of_disagreements(pair: tuple[int, int]) -> None:
    b, c = pair
    one, two = discordant_pairs(b, c), discordant_pairs(c, b)
    assert one.difference == pytest.approx(-two.difference)
    assert (one.low, one.high) == pytest.approx((-two.high, -two.low), abs=1e-8)
    assert one.p == pytest.approx(two.p)


@given(PAIRS, st.sampled_from([0.01, 0.05, 0.2]))
def test_the_interval_of_disagreements_is_what_the_test_does_not_reject(
    pair: tuple[int, int], alpha: float
) -> None:
    b, c = pair
    found = discordant_pairs(b, c, alpha=alpha)
    assert -1 <= found.low <= found.difference <= found.high <= 1
    if abs(found.p - alpha) > 1e-9:
        assert (found.p < alpha) == (found.low > 0 or found.high < 0)
    # Every share inside (or in the fixed interval) is accepted, those just outside are not.
    seen = np.array([b, c], dtype=float)
    bound = -log(alpha)
    for share in np.linspace((found.low + 1) / 2, (found.high + 1) / 2, 23)[1:-1]:
        if not found.fixed_low <= 2 * share - 1 <= found.fixed_high:
            assert log_evidence(seen, np.array([share, 1 - share]), 20.0) < bound
    for edge, step in ((found.low, -1e-4), (found.high, 1e-4)):
        outside = (edge + 1) / 2 + step
        if 1e-3 < outside < 1 - 1e-3:
            shares = np.array([outside, 1 - outside])
            assert log_evidence(seen, shares, 20.0) > bound


@given(PAIRS.filter(lambda pair: sum(pair) > 0))
def test_the_interval_of_disagreements_contains_the_fixed_one(pair: tuple[int, int]) -> None:
    found = discordant_pairs(*pair)
    assert found.low <= found.fixed_low + 1e-9
    assert found.high >= found.fixed_high - 1e-9
