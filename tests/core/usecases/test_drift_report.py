"""Comparisons judged together: no alarm by chance, and none missed that matters."""

import numpy as np
import pytest

from core.metrics.binned_drift import BinnedDrift, binned, categories_compared, compared, equal_mass
from core.usecases.drift_report import LEVEL, Judged, judge

PAGES = 200
STEPS = 1_000
MIXES = ((0.78, 0.1, 0.07, 0.05), (0.3, 0.25, 0.2, 0.1, 0.08, 0.05, 0.01, 0.01), (0.5, 0.3, 0.2))


def _spread(values: np.ndarray, before: int) -> BinnedDrift | None:
    rows = [
        np.bincount(part, minlength=STEPS).astype(np.int64)
        for part in (values[:before], values[before:])
    ]
    starts = equal_mass(*rows)
    return compared(*(binned(row, starts) for row in rows))


def _mix(values: np.ndarray, before: int, kinds: int) -> BinnedDrift | None:
    rows = (
        np.bincount(part, minlength=kinds).astype(np.int64)
        for part in (values[:before], values[before:])
    )
    return categories_compared(*rows)


def _page(chance: np.random.Generator, before: int, now: int) -> list[BinnedDrift | None]:
    """One page without drift: scores that are spread, near 0 and mostly tied, and three mixes."""
    count = before + now
    found = []
    for first, second in ((1, 30), (2, 30), (0.3, 5), (5, 5)):
        scores = (chance.beta(first, second, count) * STEPS).astype(int)
        found.append(_spread(scores, before))
    tied = np.where(chance.random(count) < 0.93, 5, chance.integers(0, STEPS, count))
    found.append(_spread(tied, before))
    for shares in MIXES:
        drawn = chance.choice(len(shares), count, p=np.array(shares) / sum(shares))
        found.append(_mix(drawn, before, len(shares)))
    return found


@pytest.mark.parametrize(("before", "now"), [(200, 60), (400, 100), (2_000, 400)])
def test_pages_without_drift_alarm_once_in_a_hundred(before: int, now: int) -> None:
    """A against A: 200 pages of eight comparisons each, at the stated 1 %."""
    chance = np.random.default_rng(before)
    pages = [judge(_page(chance, before, now)) for _ in range(PAGES)]
    false = sum(any(each.is_alarm for each in page) for page in pages)
    # More than 7 of 200 happen once in 1,000 times at 1 %.
    assert false <= 7
    folklore = sum(any((each.psi or 0) > 0.1 for each in page) for page in pages)
    if now == 60:
        assert folklore > 0.5 * PAGES


def test_a_comparison_is_an_alarm_exactly_above_its_bound_and_a_tenth() -> None:
    chance = np.random.default_rng(4)
    page = _page(chance, 900, 300)
    base = np.full(4, 300)
    page += [compared(base, np.array([75 + k, 75, 75, 75 - k])) for k in (0, 9, 20, 30, 45, 60)]
    judged = judge(page)
    assert any(each.is_alarm for each in judged)
    for each in judged:
        assert each.drift is not None
        assert each.is_alarm == (each.drift.psi > max(each.by_chance, 0.1))


def test_holms_steps_are_those_of_the_ordered_p_values() -> None:
    strong = compared(np.full(4, 300), np.array([150, 75, 60, 15]))
    weak = compared(np.full(4, 300), np.array([80, 75, 75, 70]))
    assert strong is not None
    assert weak is not None
    first, second, third = judge([weak, strong, weak])
    assert second.by_chance == pytest.approx(strong.by_chance(LEVEL / 3))
    # The procedure goes on to its second step, and stops there.
    assert first.by_chance == third.by_chance == pytest.approx(weak.by_chance(LEVEL / 2))


def test_what_cannot_be_compared_costs_the_others_nothing() -> None:
    strong = compared(np.full(4, 300), np.array([150, 75, 60, 15]))
    single = compared(np.array([300]), np.array([100]))
    alone, *_ = judge([strong])
    together, few, one = judge([strong, None, single])
    assert together.by_chance == alone.by_chance
    assert few == Judged(None, 0.0, is_alarm=False)
    assert few.psi is None
    assert not one.is_alarm


def test_a_large_sample_needs_more_than_significance() -> None:
    before, now = np.array([500_000, 500_000]), np.array([253_000, 247_000])
    found = compared(before, now)
    assert found is not None
    assert found.p < 1e-6
    assert not judge([found])[0].is_alarm
