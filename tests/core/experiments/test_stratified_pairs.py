"""Strata of disagreements: known answers, and honest however often one looks."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiments.stratified_pairs import (
    FEWEST,
    PairStratum,
    difference_at,
    half_widths,
    running_differences,
)

BOTH = PairStratum(size=4_000, least=-1, most=1)
ONLY_B = PairStratum(size=600, least=0, most=1)
ONLY_A = PairStratum(size=500, least=-1, most=0)
ALL = (BOTH, ONLY_B, ONLY_A)
TOTAL = 100_000


def test_the_difference_weighs_every_stratum_by_its_size() -> None:
    found = difference_at(ALL, TOTAL, (100, 20, 10), (20, 5, -4), tightest_at=130)
    expected = (4_000 * 0.2 + 600 * 0.25 - 500 * 0.4) / TOTAL
    assert found.found.difference == pytest.approx(expected)
    # q of the strata: 60 of 100, 5 of 20 and 6 of 10 answers were the higher value.
    parts = [
        (4_000 * 2) ** 2 * (61 / 102) * (41 / 102) / 100,
        600**2 * (6 / 22) * (16 / 22) / 20,
        500**2 * (7 / 12) * (5 / 12) / 10,
    ]
    assert found.variance == pytest.approx(sum(parts) / TOTAL**2)
    half = 1.959964 * sqrt(found.variance)
    assert found.found.fixed_low == pytest.approx(expected - half, rel=1e-5)


def test_what_nobody_answered_may_be_anything() -> None:
    nothing = difference_at(ALL, TOTAL, (0, 0, 0), (0, 0, 0), tightest_at=100).found
    assert (nothing.low, nothing.high, nothing.p) == (-0.045, 0.046, 1.0)
    one_missing = difference_at(ALL, TOTAL, (100, 20, 0), (0, 5, 0), tightest_at=130).found
    begun = difference_at(ALL[:2], TOTAL, (100, 20), (0, 5), tightest_at=130).found
    assert one_missing.high == pytest.approx(begun.high)
    assert one_missing.low == pytest.approx(begun.low - 0.005)


def test_a_few_answers_are_no_evidence_even_if_all_are_the_same() -> None:
    strata = (BOTH,)
    few = difference_at(strata, TOTAL, (FEWEST - 1,), (FEWEST - 1,), tightest_at=100)
    assert (few.found.low, few.found.high) == (-0.04, 0.04)
    enough = difference_at(strata, TOTAL, (60,), (60,), tightest_at=100)
    assert 0 < enough.found.low < enough.found.high


def test_when_everything_is_answered_the_difference_is_known() -> None:
    strata = (PairStratum(size=4, least=-1, most=1), PairStratum(size=2, least=0, most=1))
    found = difference_at(strata, 100, (4, 2), (2, 1), tightest_at=6)
    assert found.is_complete
    assert (found.found.low, found.found.difference, found.found.high) == (0.03, 0.03, 0.03)
    assert found.answers_left() == 0


@given(
    st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=120),
    st.floats(20, 500),
)
def test_swapping_the_sides_flips_the_sign_and_the_wide_interval_holds_the_fixed_one(
    answers: list[tuple[int, bool]], tightest_at: float
) -> None:
    which = [place for place, _ in answers]
    values = [ALL[place].most if is_most else ALL[place].least for place, is_most in answers]
    mirrored = (BOTH, PairStratum(600, -1, 0), PairStratum(500, 0, 1))
    there = running_differences(ALL, TOTAL, which, values, tightest_at=tightest_at)
    back = running_differences(
        mirrored, TOTAL, which, [-value for value in values], tightest_at=tightest_at
    )
    assert len(there) == len(answers)
    for one, other in zip(there, back, strict=True):
        found, swapped = one.found, other.found
        assert found.difference == pytest.approx(-swapped.difference, abs=1e-15)
        assert found.low == pytest.approx(-swapped.high, abs=1e-12)
        assert found.fixed_low == pytest.approx(-swapped.fixed_high, abs=1e-12)
        assert found.low <= found.fixed_low + 1e-15
        assert found.high >= found.fixed_high - 1e-15


def test_the_series_ends_where_everything_is_counted_and_is_thinned_out() -> None:
    rng = np.random.default_rng(3)
    which = rng.integers(0, 3, 900)
    least, most = ([getattr(each, end) for each in ALL] for end in ("least", "most"))
    values = np.where(rng.random(900) < 0.5, np.array(least)[which], np.array(most)[which])
    series = running_differences(ALL, TOTAL, which, values, tightest_at=900, points=50)
    counts = np.bincount(which, minlength=3)
    sums = np.bincount(which, weights=values, minlength=3)
    assert len(series) == 50
    assert series[-1] == difference_at(ALL, TOTAL, counts, sums, tightest_at=900)
    assert running_differences(ALL, TOTAL, [], [], tightest_at=900) == []


def test_how_many_more_answers_are_needed_is_about_right() -> None:
    now = difference_at((BOTH,), TOTAL, (100,), (20,), tightest_at=400)
    left = now.answers_left()
    assert left is not None
    later = difference_at((BOTH,), TOTAL, (100 + left,), ((100 + left) / 5,), tightest_at=400)
    before = difference_at(
        (BOTH,), TOTAL, (90 + left * 0.9,), ((90 + left * 0.9) / 5,), tightest_at=400
    )
    assert later.found.low > 0 > before.found.low
    even = difference_at((BOTH,), TOTAL, (100,), (0,), tightest_at=400)
    assert even.answers_left() is None


def test_the_expected_precision_is_what_even_answers_give() -> None:
    once, watched = half_widths((BOTH,), TOTAL, (400,))
    found = difference_at((BOTH,), TOTAL, (400,), (0,), tightest_at=400).found
    assert once == pytest.approx(found.fixed_high)
    assert watched == pytest.approx(found.high)
    assert np.isnan(half_widths((BOTH,), TOTAL, (5,))[0])


@pytest.mark.parametrize(
    ("strata", "shares", "drawn"),
    [
        ((BOTH, PairStratum(3_000, -1, 1)), (0.5, 0.5), (170, 130)),
        # Kinds that differ and add up to nothing, drawn with unequal chances.
        (
            (BOTH, PairStratum(3_000, -1, 1), PairStratum(600, 0, 1), PairStratum(600, -1, 0)),
            (0.8, 0.1, 0.3, 0.7),
            (100, 75, 30, 30),
        ),
        ((PairStratum(900, -1, 1),), (0.5,), (60,)),
    ],
)
def test_whoever_looks_after_every_answer_is_rarely_wrong_when_there_is_nothing(
    strata: tuple[PairStratum, ...], shares: tuple[float, ...], drawn: tuple[int, ...]
) -> None:
    """200 A/A reviews, seeded: a look after every answer; the fixed interval alarms far oftener."""
    rng = np.random.default_rng(26)
    kinds = np.repeat(np.arange(len(strata)), drawn)
    least, most = (np.array([getattr(each, end) for each in strata]) for end in ("least", "most"))
    alarms = fixed_alarms = 0
    rounds = 200
    for _ in range(rounds):
        which = rng.permutation(kinds)
        values = np.where(
            rng.random(which.size) < np.array(shares)[which], most[which], least[which]
        )
        looks = running_differences(
            strata, TOTAL, which, values, tightest_at=which.size, points=which.size
        )
        alarms += any(not each.found.low <= 0 <= each.found.high for each in looks)
        fixed_alarms += any(
            not each.found.fixed_low <= 0 <= each.found.fixed_high for each in looks
        )
    assert alarms / rounds <= 0.05
    assert fixed_alarms / rounds > 0.15
