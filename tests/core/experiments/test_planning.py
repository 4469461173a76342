"""Sample sizes, power, reviews left and many comparisons: known answers and bounds."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.always_valid import sequential_mcnemar
from core.experiments.multiplicity import benjamini_hochberg, holm
from core.experiments.paired_errors import mcnemar
from core.experiments.power import (
    mcnemar_pairs,
    pairs_left,
    t_test_power,
    two_share_power,
    two_share_size,
)

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_pairs_for_mcnemar() -> None:
    # Connor 1987, Biometrics 43:207, his formula.
    assert mcnemar_pairs(0.05, 0.10) == pytest.approx(468.57, abs=0.005)
    assert mcnemar_pairs(0.1, 0.1) == inf


def test_power_of_two_shares() -> None:
    # R: power.prop.test(n = 50, p1 = .50, p2 = .75) and power.prop.test(p1, p2, power = .90).
    assert two_share_power(0.5, 0.75, 50) == pytest.approx(0.7401659, abs=1e-7)
    assert two_share_size(0.5, 0.75, power=0.9) == pytest.approx(76.70693, abs=2e-5)
    assert two_share_size(0.3, 0.3) == inf


def test_power_of_the_t_test() -> None:
    # R: power.t.test(n = 20, delta = 1, strict = TRUE).
    assert t_test_power(20, 1) == pytest.approx(0.8689530, abs=1e-6)
    assert t_test_power(20, 3, deviation=3) == pytest.approx(t_test_power(20, 1))
    assert t_test_power(1, 1) == 0


@given(st.floats(0.01, 0.2), st.floats(0.01, 0.2))
def test_more_power_takes_more_pairs(a: float, b: float) -> None:
    if abs(a - b) > 1e-4:
        assert mcnemar_pairs(a, b, power=0.9) > mcnemar_pairs(a, b) > 0
        assert mcnemar_pairs(a, b) == pytest.approx(mcnemar_pairs(b, a))


def test_reviews_left_until_a_difference_is_settled() -> None:
    # 15 against 7 of 300: as planned for .05 against .0233.
    left = pairs_left(15, 7, 300)
    assert left is not None
    assert left.random == np.ceil(mcnemar_pairs(0.05, 7 / 300) - 300)
    assert 0 < left.discordant < left.random
    # In the shares seen, that many more settle it by the always-valid p, and not one less.
    watched = 22 + left.discordant_watched
    assert sequential_mcnemar(round(watched * 15 / 22), watched - round(watched * 15 / 22)) < 0.05


def test_nothing_is_left_of_what_is_settled_and_no_number_settles_a_tie() -> None:
    settled = pairs_left(86, 150, 1600)
    assert settled is not None
    assert (settled.random, settled.discordant, settled.discordant_watched) == (0, 0, 0)
    assert pairs_left(5, 5, 100) is None
    assert pairs_left(0, 0, 0) is None


@given(st.integers(0, 80), st.integers(0, 80), st.integers(0, 400))
@settings(deadline=None)
def test_reviews_left_are_0_exactly_when_settled(b: int, c: int, alike: int) -> None:
    left = pairs_left(b, c, b + c + alike)
    if left is not None:
        is_settled = mcnemar(b, c, b + c + alike).best_p < 0.05
        assert (left.random == 0) == (left.discordant == 0) == is_settled
        assert (left.discordant_watched == 0) == (sequential_mcnemar(b, c) < 0.05)


def test_adjusted_p() -> None:
    # statsmodels.stats.multitest.multipletests, methods "holm" and "fdr_bh".
    p = [0.01, 0.04, 0.03, 0.005]
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert benjamini_hochberg(p) == pytest.approx([0.02, 0.04, 0.04, 0.02])


def test_comparisons_that_were_not_possible_do_not_count() -> None:
    for adjust in (holm, benjamini_hochberg):
        with_gaps = adjust([0.01, nan, 0.04, None])
        assert np.isnan(with_gaps[[1, 3]]).all()
        assert with_gaps[[0, 2]] == pytest.approx(adjust([0.01, 0.04]))
        assert adjust([]).shape == (0,)


@given(P_VALUES)
def test_adjusting_never_makes_p_smaller_nor_changes_the_order(p: list[float]) -> None:
    strict, mild = holm(p), benjamini_hochberg(p)
    assert (strict >= mild - 1e-12).all()
    assert (mild >= np.array(p) - 1e-12).all()
    assert strict.max() <= 1
    order = np.argsort(p, kind="stable")
    assert (np.diff(strict[order]) >= 0).all()
    assert (np.diff(mild[order]) >= 0).all()
