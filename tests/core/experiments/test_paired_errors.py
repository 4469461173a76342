"""McNemar's test and Tango's interval: known answers, an independent oracle, and properties."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import binomtest

from core.errors import SharesError
from core.experiments.paired_errors import mcnemar, tango

TABLES = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200)).map(
    lambda cells: (cells[0], cells[1], sum(cells))
)


def test_mcnemar_of_the_approval_ratings() -> None:
    # Agresti's 794, 86, 150, 570, the example of R's mcnemar.test and of mlxtend.
    found = mcnemar(86, 150, 1600)
    assert (found.chi_square, found.p) == pytest.approx((17.355932, 3.099293e-5), rel=1e-6)
    assert found.corrected_chi_square == pytest.approx(16.817797, abs=1e-6)
    assert found.corrected_p == pytest.approx(4.114562e-5, rel=1e-6)
    assert found.exact_p == pytest.approx(3.715936e-5, rel=1e-6)
    assert found.mid_p == pytest.approx(2.893390e-5, rel=1e-6)
    assert found.best_p == found.mid_p
    assert found.difference == pytest.approx(-0.04)


def test_mcnemar_of_few_pairs() -> None:
    # Airway hyper-responsiveness (Bentur et al. 2009) in Fagerland, Lydersen and Laake 2013, 2014.
    found = mcnemar(1, 7, 21)
    assert found.p == pytest.approx(0.034, abs=5e-4)
    assert found.corrected_p == pytest.approx(0.077, abs=5e-4)
    assert found.exact_p == pytest.approx(0.070, abs=5e-4)
    assert found.mid_p == pytest.approx(0.039, abs=5e-4)
    assert found.best_p == found.exact_p
    assert (found.interval.low, found.interval.high) == pytest.approx((-0.517, -0.026), abs=5e-4)


def test_no_disagreement_is_a_difference_of_0_with_an_interval() -> None:
    found = mcnemar(0, 0, 50)
    assert (found.difference, found.p, found.exact_p, found.mid_p) == (0, 1, 1, 1)
    # z^2 / (n + z^2)
    assert found.interval.high == pytest.approx(3.841459 / 53.841459, abs=1e-6)
    assert found.interval.low == pytest.approx(-found.interval.high)


def test_no_pairs_say_nothing() -> None:
    found = mcnemar(0, 0, 0)
    assert (found.difference, found.best_p) == (0, 1)
    assert (found.interval.low, found.interval.high) == (-1, 1)


def test_counts_that_cannot_be_are_refused() -> None:
    for b, c, n in ((-1, 0, 5), (3, 3, 5)):
        with pytest.raises(SharesError):
            mcnemar(b, c, n)


@given(TABLES)
@settings(deadline=None)
def test_the_exact_p_is_the_binomial_tests(table: tuple[int, int, int]) -> None:
    b, c, n = table
    if b + c:
        assert mcnemar(b, c, n).exact_p == pytest.approx(binomtest(b, b + c).pvalue)


@given(TABLES)
@settings(deadline=None)
def test_swapping_arms_flips_the_sign_and_keeps_p(table: tuple[int, int, int]) -> None:
    b, c, n = table
    one, two = mcnemar(b, c, n), mcnemar(c, b, n)
    assert one.difference == -two.difference
    assert (one.interval.low, one.interval.high) == pytest.approx(
        (-two.interval.high, -two.interval.low), abs=1e-9
    )
    assert (one.p, one.exact_p, one.mid_p) == (two.p, two.exact_p, two.mid_p)


@given(TABLES)
@settings(deadline=None)
def test_the_interval_contains_the_difference_and_agrees_with_the_test(
    table: tuple[int, int, int],
) -> None:
    b, c, n = table
    found = mcnemar(b, c, n)
    assert -1 <= found.interval.low <= found.difference + 1e-9
    assert found.difference - 1e-9 <= found.interval.high <= 1
    if n and abs(found.p - 0.05) > 1e-6:
        assert (found.p < 0.05) == (found.interval.low > 0 or found.interval.high < 0)
    assert found.mid_p <= found.exact_p <= 1


@pytest.mark.parametrize(("b", "c", "n"), [(1, 7, 21), (12, 2, 50), (0, 9, 30), (40, 20, 160)])
def test_tangos_bounds_are_where_the_likeliest_table_is_z_errors_away(
    b: int, c: int, n: int
) -> None:
    interval = tango(b, c, n)
    for bound in (interval.low, interval.high):
        # The likelihood of b, c and the rest, given the difference, over the share of c.
        def loss(share: float, bound: float = bound) -> float:
            cells = [share + bound, share, 1 - 2 * share - bound]
            if min(cells) < 0:
                return 1e9
            return -sum(xlogy(k, p) for k, p in zip((b, c, n - b - c), cells, strict=True))

        likeliest = minimize_scalar(
            loss, bounds=(max(0.0, -bound), (1 - bound) / 2), method="bounded",
            options={"xatol": 1e-12},
        ).x  # fmt: skip
        error = (n * (2 * likeliest + bound - bound**2)) ** 0.5
        assert abs(b - c - n * bound) / error == pytest.approx(1.959964, abs=1e-3)
