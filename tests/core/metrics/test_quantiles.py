"""Quantiles, means and differences of estimates."""

import numpy as np
import pytest

from core.metrics.intervals import newcombe_difference, wilson
from core.metrics.quantiles import difference, mean, quantile


def test_the_interval_of_a_median_is_made_of_ranks() -> None:
    # n = 100: ranks 50 -+ 1.96 * 5, that is the 40th and the 61st of the ordered sample.
    found, interval = quantile(np.arange(1, 101), 0.5)
    assert found == 50.5
    assert interval is not None
    assert (interval.low, interval.high) == (40, 61)


def test_few_values_have_a_quantile_and_no_interval() -> None:
    assert quantile([3.0], 0.5) == (3.0, None)
    assert quantile([1.0, 2.0, 3.0], 0.9)[1] is None


def test_a_mean_has_students_interval() -> None:
    # n = 4, s = sqrt(5 / 3): 3.182446 * s / 2.
    found, interval = mean([1.0, 2.0, 3.0, 4.0])
    assert found == 2.5
    assert interval is not None
    assert interval.high == pytest.approx(2.5 + 3.182446 * 1.290994 / 2, abs=1e-5)
    assert mean([4.0]) == (4.0, None)


def test_nothing_has_no_quantile() -> None:
    with pytest.raises(ValueError, match="empty"):
        quantile([], 0.5)
    with pytest.raises(ValueError, match="empty"):
        mean([])


def test_the_difference_of_shares_is_newcombes() -> None:
    found = difference(56 / 70, wilson(56, 70), 48 / 80, wilson(48, 80))
    known = newcombe_difference(56, 70, 48, 80)
    assert (found.low, found.high) == pytest.approx((known.low, known.high))
    swapped = difference(48 / 80, wilson(48, 80), 56 / 70, wilson(56, 70))
    assert (swapped.low, swapped.high) == pytest.approx((-known.high, -known.low))
