"""Known answers (published or by hand), scikit-learn as an oracle, and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from core.metrics.bootstrap import bootstrap
from core.metrics.calibration import brier, expected_calibration_error, reliability
from core.metrics.classification import confusion, macro_recall
from core.metrics.intervals import wilson
from core.metrics.ranking import Ranked, auroc, average_precision
from core.metrics.subgroups import bias_score, mentions, power_mean, subgroup_bias

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 20).map(lambda n: n / 20), st.integers(1, 3)),
    min_size=2,
    max_size=60,
)


@pytest.mark.parametrize(
    ("successes", "count", "low", "high"),
    [(15, 148, 0.062386, 0.160487), (81, 263, 0.255289, 0.366210), (0, 20, 0.0, 0.161125)],
)
def test_wilson_equals_newcombes_table(successes: int, count: int, low: float, high: float) -> None:
    found = wilson(successes, count)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)


def test_nothing_seen_means_everything_is_possible() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def test_ranking_known_answers() -> None:
    truth, scores = np.array([0, 0, 1, 1]), [0.1, 0.4, 0.35, 0.8]
    assert auroc(truth, scores) == pytest.approx(0.75)
    assert average_precision(truth, scores) == pytest.approx(0.833333, abs=1e-6)


def test_one_class_has_no_ranking() -> None:
    assert auroc(np.array([1, 1]), [0.1, 0.2]) is None
    assert average_precision(np.array([0, 0]), [0.1, 0.2]) is None
    assert auroc(np.array([], dtype=int), []) is None


@given(ROWS)
@settings(deadline=None)
def test_ranking_equals_scikit_learn(rows: list[tuple[int, float, int]]) -> None:
    truth, scores, weights = (np.array(column) for column in zip(*rows, strict=True))
    if 0 < truth.sum() < truth.size:
        assert auroc(truth, scores, weights) == pytest.approx(
            roc_auc_score(truth, scores, sample_weight=weights)
        )
        assert average_precision(truth, scores, weights) == pytest.approx(
            average_precision_score(truth, scores, sample_weight=weights)
        )


@given(ROWS)
@settings(deadline=None)
def test_ranking_sees_the_order_only_and_weights_are_copies(
    rows: list[tuple[int, float, int]],
) -> None:
    truth, scores, weights = (np.array(column) for column in zip(*rows, strict=True))
    area = auroc(truth, scores)
    assert area == auroc(truth, np.exp(3 * scores))
    if area is not None:
        assert auroc(1 - truth, scores) == pytest.approx(1 - area)
    assert auroc(truth, scores, weights) == pytest.approx(
        auroc(np.repeat(truth, weights), np.repeat(scores, weights))
    )


def test_f_beta_known_answers() -> None:
    found = confusion([0, 1, 1, 0, 1], [0, 1, 0, 0, 1])
    assert found.f_beta() == pytest.approx(0.8)
    assert found.f_beta(2) == pytest.approx(0.714286, abs=1e-6)
    assert (found.precision, found.recall) == (1.0, pytest.approx(2 / 3))


def test_confusion_of_the_jigsaw_repository() -> None:
    scores = np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95])
    found = confusion([1, 0, 0, 0, 0, 0, 1, 1, 1, 1], scores >= 0.5)
    assert tuple(found.model_dump().values()) == (4, 3, 1, 2)


@given(ROWS)
@settings(deadline=None)
def test_macro_f1_equals_scikit_learn(rows: list[tuple[int, float, int]]) -> None:
    truth, scores, _ = (np.array(column) for column in zip(*rows, strict=True))
    expected = f1_score(truth, scores >= 0.5, average="macro", labels=[0, 1], zero_division=0)
    assert confusion(truth, scores >= 0.5).macro_f1 == pytest.approx(expected)


def test_macro_recall_counts_classes_alike() -> None:
    assert macro_recall([-1, -1, -1, 0, 1], [-1, -1, 0, 0, 0]) == pytest.approx((2 / 3 + 1) / 3)
    assert macro_recall([], []) is None


def test_calibration_known_answers() -> None:
    assert brier([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]) == pytest.approx(0.0375)
    truth = [0] * 4 + [1] * 5
    scores = [0.1, 0.2, 0.3, 0.4, 0.65, 0.7, 0.8, 0.9, 1.0]
    found = reliability(truth, scores, bins=3)
    assert [each.observed for each in found] == pytest.approx([0, 0.5, 1])
    assert [each.mean_score for each in found] == pytest.approx([0.2, 0.525, 0.85])
    assert expected_calibration_error(truth, scores, bins=3) == pytest.approx(0.1388889)
    assert expected_calibration_error(
        [0, 0, 1, 1, 1], [0.25, 0.25, 0.55, 0.75, 0.75], bins=2
    ) == pytest.approx(0.29)


@given(ROWS)
@settings(deadline=None)
def test_bins_of_any_kind_hold_every_row(rows: list[tuple[int, float, int]]) -> None:
    truth, scores, weights = (np.array(column) for column in zip(*rows, strict=True))
    for equal_mass in (False, True):
        found = reliability(truth, scores, weights, equal_mass=equal_mass)
        assert sum(each.count for each in found) == pytest.approx(weights.sum())
        assert 0 <= expected_calibration_error(truth, scores, equal_mass=equal_mass) <= 1


def test_subgroup_aucs_of_the_jigsaw_repository() -> None:
    background_bad, group_bad = [0.5, 0.8, 0.9], [0.4, 0.6, 0.71]
    background_fine, group_fine = [0.1, 0.2, 0.3], [0.21, 0.31, 0.55]
    scores = np.array(background_fine + group_fine + background_bad + group_bad)
    truth = np.array([0] * 6 + [1] * 6)
    group = np.array([0, 0, 0, 1, 1, 1] * 2)
    found = subgroup_bias(truth, scores, group, 0.5)
    assert (found.subgroup_auc, found.bpsn_auc, found.bnsp_auc) == pytest.approx(
        (0.888889, 0.888889, 1.0), abs=1e-6
    )
    overall = auroc(truth, scores)
    assert overall == pytest.approx(0.944444, abs=1e-6)
    assert bias_score(overall, [found]) == pytest.approx(0.930556, abs=1e-6)
    assert (found.false_positive_rate, found.false_negative_rate) == pytest.approx((1 / 3, 1 / 3))


def test_the_power_mean_leans_to_the_worst() -> None:
    assert power_mean([0.9, 0.8, 0.7]) == pytest.approx(0.7755088, abs=1e-6)


def test_terms_are_whole_words_in_any_case() -> None:
    assert mentions(["A GAY man", "gayety", "none"], ["gay", "lesbian"]).tolist() == [1, 0, 0]


def test_the_bootstrap_covers_at_about_its_rate() -> None:
    chance = np.random.default_rng(1)
    covered = 0
    for number in range(60):
        truth = chance.random(150) < 0.4
        scores = truth + chance.normal(size=150)
        # P(N(1, 1) > N(0, 1)) = Phi(1 / sqrt 2)
        found = bootstrap(Ranked(truth, scores).auroc, 150, rounds=200, seed=number)
        assert found is not None
        covered += found.low <= 0.7602 <= found.high
    assert covered >= 50


def test_rows_of_one_group_are_no_independent_evidence() -> None:
    chance = np.random.default_rng(2)
    truth = np.repeat(chance.random(30) < 0.5, 20)
    scores = np.repeat(truth[::20] + chance.normal(size=30), 20)
    metric = Ranked(truth, scores).auroc
    alone, together = (
        bootstrap(metric, 600, groups=groups) for groups in (None, np.repeat(np.arange(30), 20))
    )
    assert alone is not None
    assert together is not None
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_a_metric_that_hardly_exists_has_no_interval() -> None:
    assert bootstrap(lambda weights: None, 5) is None
    assert bootstrap(lambda weights: 1.0, 0) is None
