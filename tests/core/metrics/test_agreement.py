"""Published answers and properties of agreement."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from core.metrics.agreement import (
    Level,
    agreement,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
    randolph_kappa,
    rating_counts,
)
from core.metrics.dawid_skene import dawid_skene
from core.metrics.golden import golden_score
from core.metrics.two_raters import Weights, cohen_kappa

#: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section E: four observers.
OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
#: Fleiss (1971) as on Wikipedia: ten units, fourteen raters, five values.
FLEISS = np.array(
    [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]
)  # fmt: skip
#: Dawid and Skene (1979), table 1: answers of observer 1 (three times) and observers 2 to 5.
PATIENTS = """
111 1 1 1 1|333 4 3 3 4|112 2 1 2 2|222 3 1 2 1|222 3 2 2 2|222 3 3 2 2|122 2 1 1 1|333 3 4 3 3
222 2 2 2 3|232 2 2 2 3|444 4 4 4 4|222 3 3 4 3|111 1 1 1 1|222 3 2 1 2|121 1 1 1 1|111 2 1 1 1
111 1 1 1 1|111 1 1 1 1|222 2 2 2 1|222 1 3 2 2|222 2 2 2 2|222 2 2 2 1|222 3 2 2 2|221 2 2 2 2
111 1 1 1 1|111 1 1 1 1|232 2 2 2 2|111 1 1 1 1|111 1 1 1 1|112 1 1 2 1|111 1 1 1 1|333 3 2 3 3
111 1 1 1 1|222 2 2 2 2|222 3 2 3 2|433 4 3 4 3|221 2 2 3 2|232 3 2 3 3|333 3 4 3 2|111 1 1 1 1
111 1 1 1 1|121 2 1 1 1|232 2 2 2 2|121 1 1 1 1|222 2 2 2 2
"""


def _observed() -> np.ndarray:
    rated = [
        (unit, int(value) - 1)
        for row in OBSERVERS
        for unit, value in enumerate(row.split())
        if value != "."
    ]
    units, values = zip(*rated, strict=True)
    return rating_counts(units, values, 5)


@pytest.mark.parametrize(
    ("level", "published"),
    [
        (Level.NOMINAL, 0.7434211), (Level.ORDINAL, 0.8153875),
        (Level.INTERVAL, 0.8491071), (Level.RATIO, 0.7974028),
    ],
)  # fmt: skip
def test_alpha_equals_krippendorffs_example(level: Level, published: float) -> None:
    found = krippendorff_alpha(_observed(), level, values=[1, 2, 3, 4, 5])
    assert found == pytest.approx(published, abs=1e-7)


def test_cohens_kappa_equals_the_published_example() -> None:
    found = cohen_kappa([[20, 5], [10, 15]])
    assert found.kappa == pytest.approx(0.4)
    assert found.standard_error == pytest.approx(0.126996, abs=1e-6)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (0.151092, 0.648908), abs=1e-6
    )


def test_cohens_kappa_of_three_values_equals_scikit_learns_example() -> None:
    first = ["negative", "positive", "negative", "neutral", "positive"]
    second = ["negative", "positive", "negative", "neutral", "negative"]
    names = sorted(set(first))
    table = np.zeros((3, 3))
    for one, two in zip(first, second, strict=True):
        table[names.index(one), names.index(two)] += 1
    assert cohen_kappa(table).kappa == pytest.approx(0.6875)


@given(st.lists(st.integers(0, 9), min_size=9, max_size=9), st.sampled_from(list(Weights)))
def test_cohens_kappa_equals_scikit_learns(cells: list[int], weights: Weights) -> None:
    table = np.array(cells).reshape(3, 3) + np.eye(3, dtype=int)
    first, second = np.repeat(np.indices((3, 3)).reshape(2, 9), table.ravel(), axis=1)
    named = None if weights is Weights.NONE else weights.value
    expected = cohen_kappa_score(first, second, weights=named)
    assert cohen_kappa(table, weights).kappa == pytest.approx(expected, abs=1e-9)


def test_two_people_who_use_one_value_have_no_kappa() -> None:
    found = cohen_kappa([[12, 0], [0, 0]])
    assert (found.kappa, found.agreed) == (None, 1.0)
    with pytest.raises(ValueError, match="in common"):
        cohen_kappa([[0, 0], [0, 0]])


def test_fleiss_and_randolph_equal_the_published_example() -> None:
    assert fleiss_kappa(FLEISS) == pytest.approx(0.2099307, abs=1e-7)
    assert randolph_kappa(FLEISS) == pytest.approx(0.2225275, abs=1e-7)
    with pytest.raises(ValueError, match="same number"):
        fleiss_kappa([[2, 1], [1, 1]])


def test_ac1_by_hand() -> None:
    # 35 of 50 agreed; pi = .55 and .45, so chance agrees on .495.
    counts = [[2, 0]] * 20 + [[1, 1]] * 15 + [[0, 2]] * 15
    assert gwet_ac1(counts) == pytest.approx(0.4059406, abs=1e-7)


def test_low_alpha_and_high_ac1_tell_the_prevalence_paradox() -> None:
    found = agreement([[2, 0]] * 95 + [[1, 1]] * 4 + [[0, 2]])
    assert found is not None
    assert found.percent == pytest.approx(0.96)
    assert found.alpha is not None
    assert found.alpha < 0.4
    assert found.ac1 is not None
    assert found.ac1 > 0.95


def test_what_is_rated_once_says_nothing_about_agreement() -> None:
    counts = [[2, 0], [0, 2], [1, 1]]
    with_singles = [*counts, [1, 0], [0, 1], [0, 0]]
    assert krippendorff_alpha(with_singles) == krippendorff_alpha(counts)
    assert percent_agreement(with_singles) == percent_agreement(counts)
    assert agreement([[1, 0], [0, 1]]) is None
    assert krippendorff_alpha([[3, 0], [2, 0]]) is None


TABLES = st.lists(
    st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(lambda row: sum(row) >= 2),
    min_size=2, max_size=30,
)  # fmt: skip


@given(TABLES, st.permutations(range(3)))
def test_names_of_values_do_not_matter(table: list[list[int]], order: list[int]) -> None:
    renamed = np.array(table)[:, order]
    for measure in (krippendorff_alpha, gwet_ac1, percent_agreement):
        before, after = measure(table), measure(renamed)
        assert (before is None) == (after is None)
        assert before is None or before == pytest.approx(after, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(TABLES)
def test_intervals_hold_what_was_measured_and_are_reproducible(table: list[list[int]]) -> None:
    first, again = agreement(table, rounds=200, seed=3), agreement(table, rounds=200, seed=3)
    assert first == again
    assert first is not None
    assert first.percent_interval is not None
    assert first.percent_interval.low <= first.percent_interval.high


def test_perfect_agreement_is_one_and_shuffled_is_nothing() -> None:
    chance = np.random.default_rng(5)
    truth = chance.integers(0, 3, 4_000)
    units = np.repeat(np.arange(4_000), 3)
    perfect = rating_counts(units, np.repeat(truth, 3), 3)
    shuffled = rating_counts(units, chance.permutation(np.repeat(truth, 3)), 3)
    assert krippendorff_alpha(perfect) == pytest.approx(1.0)
    assert gwet_ac1(perfect) == pytest.approx(1.0)
    found = agreement(shuffled, rounds=300)
    assert found is not None
    assert found.alpha_interval is not None
    assert found.alpha_interval.low < 0 < found.alpha_interval.high


def _patients() -> np.ndarray:
    cells = [row for line in PATIENTS.strip().splitlines() for row in line.split("|")]
    counts = np.zeros((len(cells), 5, 4))
    for patient, cell in enumerate(cells):
        for observer, answers in enumerate(cell.split()):
            for answer in answers:
                counts[patient, observer, int(answer) - 1] += 1
    return counts


def test_dawid_and_skenes_patients() -> None:
    counts = _patients()
    assert counts.shape == (45, 5, 4)
    found = dawid_skene(counts)
    assert found.has_converged
    assert found.marginals == pytest.approx([0.3996, 0.4220, 0.1118, 0.0667], abs=1e-4)
    assert found.log_likelihood == pytest.approx(-192.8909, abs=1e-4)
    published = [[0.89, 0.11, 0, 0], [0.07, 0.88, 0.05, 0], [0, 0.34, 0.66, 0], [0, 0, 0.56, 0.44]]
    assert found.confusion[0] == pytest.approx(np.array(published), abs=0.005)


def test_guessers_among_careful_people_are_found_out() -> None:
    chance = np.random.default_rng(7)
    truth = chance.integers(0, 2, 2_000)
    answers = np.where(chance.random((5, 2_000)) < 0.9, truth, 1 - truth)
    answers[3:] = chance.integers(0, 2, (2, 2_000))
    counts = np.stack([(answers == value).T for value in (0, 1)], axis=2)
    found = dawid_skene(counts)
    by_majority = np.mean((answers.mean(axis=0) > 0.5) == truth)
    assert np.mean(found.truth.argmax(axis=1) == truth) > by_majority + 0.02
    right = found.confusion[:, [0, 1], [0, 1]].mean(axis=1)
    assert right[:3] == pytest.approx([0.9] * 3, abs=0.03)
    assert right[3:] == pytest.approx([0.5] * 2, abs=0.05)


def test_units_without_an_answer_are_refused() -> None:
    with pytest.raises(ValueError, match="answer"):
        dawid_skene(np.zeros((2, 3, 2)))


def test_golden_items() -> None:
    assert golden_score(0, 0).accuracy == 0.5
    assert not golden_score(0, 0).is_alarm
    assert golden_score(8, 8).accuracy == pytest.approx(0.9)
    assert golden_score(10, 20).is_alarm
    assert not golden_score(17, 20).is_alarm
    with pytest.raises(ValueError, match="part"):
        golden_score(3, 2)
