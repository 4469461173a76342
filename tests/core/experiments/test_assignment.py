"""Published vectors of the hash, and what a split must guarantee."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SharesError
from core.experiments.assignment import arms_of, bucket, fnv1a32


# Landon Curt Noll's test suite of FNV-1a.
@pytest.mark.parametrize(
    ("text", "value"),
    [("", 0x811C9DC5), ("a", 0xE40C292C), ("ab", 0x4D2505CA), ("foobar", 0xBF9CF968)],
)
def test_fnv1a_equals_its_authors_vectors(text: str, value: int) -> None:
    assert fnv1a32(text) == value


# growthbook-python, tests/cases.json, section "hash".
@pytest.mark.parametrize(
    ("seed", "unit", "version", "expected"),
    [
        ("", "a", 1, 0.22),
        ("", "b", 1, 0.077),
        ("b", "a", 1, 0.946),
        ("ef", "d", 1, 0.652),
        ("asdf", "8952klfjas09ujk", 1, 0.549),
        ("", "123", 1, 0.011),
        ("", '___)((*":&', 1, 0.563),
        ("seed", "a", 2, 0.0505),
        ("seed", "b", 2, 0.2696),
        ("foo", "ab", 2, 0.2575),
        ("foo", "def", 2, 0.2019),
        ("89123klj", "8952klfjas09ujkasdf", 2, 0.124),
        ("90850943850283058242805", "123", 2, 0.7516),
        ("()**(%$##$%#$#", '___)((*":&', 2, 0.0128),
    ],
)
def test_bucket_equals_growthbooks_vectors(
    seed: str, unit: str, version: int, expected: float
) -> None:
    assert bucket(seed, unit, version) == expected


def test_an_unknown_version_of_the_hash_is_refused() -> None:
    with pytest.raises(SharesError, match="version 99"):
        bucket("abc", "def", 99)


@given(st.text(max_size=12), st.lists(st.text(max_size=30), max_size=30))
@settings(deadline=None)
def test_many_units_at_once_fall_where_each_falls_alone(seed: str, units: list[str]) -> None:
    edges = np.array([0.1, 0.35, 0.95])
    alone = [int(np.searchsorted(edges, bucket(seed, unit), side="right")) for unit in units]
    expected = [arm if arm < 3 else -1 for arm in alone]
    assert arms_of(seed, units, [0.1, 0.25, 0.6]).tolist() == expected


def test_shares_are_met_and_the_rest_takes_no_part() -> None:
    units = [f"author-{number}" for number in range(50_000)]
    counts = np.bincount(arms_of("split", units, [0.1, 0.2, 0.3]) + 1) / len(units)
    # Five standard errors.
    assert counts == pytest.approx([0.4, 0.1, 0.2, 0.3], abs=0.011)


def test_two_experiments_split_independently() -> None:
    units = [f"author-{number}" for number in range(50_000)]
    one, two = arms_of("one", units, [0.5, 0.5]), arms_of("two", units, [0.5, 0.5])
    assert np.mean(one == two) == pytest.approx(0.5, abs=0.012)


def test_a_larger_last_arm_moves_nobody_between_arms() -> None:
    units = [str(number) for number in range(2000)]
    before, after = arms_of("ramp", units, [0.3, 0.1]), arms_of("ramp", units, [0.3, 0.6])
    assert (before[before >= 0] == after[before >= 0]).all()
    assert (after >= 0).sum() > (before >= 0).sum()


def test_bounds_that_floats_cannot_hold_are_where_they_should_be() -> None:
    # 0.1 + 0.2 > 0.3 in floats: the bucket 0.3000 belongs to the third arm.
    unit = next(str(n) for n in range(100_000) if bucket("edge", str(n)) == 0.3)
    assert arms_of("edge", [unit], [0.1, 0.2, 0.7]).tolist() == [2]


def test_shares_that_cannot_be_are_refused() -> None:
    for shares in ([0.6, 0.5], [-0.1, 0.5], [float("nan"), 0.5], []):
        with pytest.raises(SharesError):
            arms_of("seed", ["a"], shares)
    with pytest.raises(ValueError, match="above 1"):
        arms_of("seed", ["a"], [0.7, 0.7])


def test_shares_of_a_third_each_take_everyone() -> None:
    assert (arms_of("thirds", [str(n) for n in range(3000)], [1 / 3] * 3) >= 0).all()


def test_no_units_no_arms() -> None:
    assert arms_of("seed", [], [0.5, 0.5]).shape == (0,)
