"""Sample-ratio mismatch: known answers, bounds, and counts that cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SharesError
from core.experiments.sample_ratio import sample_ratio, sequential_multinomial

COUNTS = st.lists(st.integers(0, 10_000), min_size=2, max_size=5)


def test_chi_square_of_the_books_example() -> None:
    # Kohavi, Tang and Xu 2020, chapter 3: 821,588 against 815,482 users has p = 1.8e-6 (R agrees).
    found = sample_ratio((821_588, 815_482), (0.5, 0.5))
    assert found.chi_square == pytest.approx(22.774369, abs=1e-6)
    assert found.p == pytest.approx(1.821793e-6, rel=1e-6)
    assert found.is_suspect
    # The always-valid p is not sure yet, and it is the one that blocks.
    assert found.sequential_p == pytest.approx(0.0014555555, abs=1e-10)
    assert not found.is_broken


# savvi 0.3.1 (Lindon and Malek 2022), k = 100.
@pytest.mark.parametrize(
    ("counts", "p"),
    [((86, 150), 0.0039130839), ((821_588, 815_482), 0.0014555555), ((520, 480), 1.0)],
)
def test_sequential_p_equals_savvi(counts: tuple[int, int], p: float) -> None:
    assert sequential_multinomial(counts, (0.5, 0.5), k=100) == pytest.approx(p, abs=1e-9)


def test_a_lost_tenth_of_one_arm_breaks_the_split() -> None:
    assert sample_ratio((10_000, 9_000), (0.5, 0.5)).is_broken
    assert not sample_ratio((1_000, 980), (0.5, 0.5)).is_suspect


def test_arms_of_unequal_shares_and_units_outside() -> None:
    # A tenth each of all traffic: counted are only those in an arm.
    sound = sample_ratio((1000, 3000), (0.1, 0.3))
    assert sound.shares == pytest.approx((0.25, 0.75))
    assert (sound.chi_square, sound.p, sound.sequential_p) == pytest.approx((0, 1, 1))


def test_nobody_yet_is_no_mismatch() -> None:
    empty = sample_ratio((0, 0), (0.5, 0.5))
    assert (empty.p, empty.sequential_p, empty.is_suspect) == (1.0, 1.0, False)


def test_units_in_an_arm_of_no_share_are_impossible() -> None:
    found = sample_ratio((10, 10, 1), (0.5, 0.5, 0.0))
    assert found.is_broken
    assert found.p == 0.0
    assert not sample_ratio((10, 10, 0), (0.5, 0.5, 0.0)).is_suspect


def test_counts_that_cannot_be_are_refused() -> None:
    for counts, shares in (
        ((1,), (1.0,)),
        ((1, 2), (0.5,)),
        ((-1, 2), (0.5, 0.5)),
        ((1, 2), (0.0, 0.0)),
        ((1, 2), (0.9, 0.9)),
    ):
        with pytest.raises(SharesError):
            sample_ratio(counts, shares)


@given(COUNTS)
def test_p_are_probabilities_and_the_order_of_arms_is_indifferent(counts: list[int]) -> None:
    shares = [1 / len(counts)] * len(counts)
    found, turned = sample_ratio(counts, shares), sample_ratio(counts[::-1], shares)
    assert 0 <= found.p <= 1
    assert 0 <= found.sequential_p <= 1
    assert found.p == pytest.approx(turned.p)
    assert found.sequential_p == pytest.approx(turned.sequential_p)
