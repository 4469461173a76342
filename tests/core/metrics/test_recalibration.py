"""Fitted maps: known answers, and what holds for any reviews."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from core.domain.score_map import NEAREST, ScoreMap, logits, sigmoid
from core.errors import RecalibrationError
from core.metrics.calibration import expected_calibration_error
from core.metrics.ranking import auroc
from core.metrics.recalibration import fit_score_map, out_of_fold, stratified_folds

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def _simulated(count: int, slope: float, shift: float, seed: int = 0) -> tuple[Flags, Floats]:
    """Decisions whose log odds are slope x logit(score) + shift."""
    rng = np.random.default_rng(seed)
    scores = sigmoid(rng.normal(-1, 2, count))
    return rng.random(count) < ScoreMap(slope=slope, shift=shift).of(scores), scores


@pytest.mark.parametrize(("slope", "shift"), [(0.5, 1.0), (1.0, -1.5), (2.0, 0.3), (1.0, 0.0)])
def test_the_parameters_of_simulated_decisions_are_found(slope: float, shift: float) -> None:
    found = fit_score_map(*_simulated(40_000, slope, shift))
    assert found.slope == pytest.approx(slope, abs=0.06)
    assert found.shift == pytest.approx(shift, abs=0.06)


def test_calibrated_scores_stay_where_they_are() -> None:
    truth, scores = _simulated(40_000, 1, 0)
    moved = fit_score_map(truth, scores).of(scores)
    assert float(np.abs(moved - scores).max()) < 0.02


def test_the_fit_is_the_maximum_of_the_weighted_likelihood() -> None:
    truth, scores = _simulated(600, 0.6, 0.8)
    raw = np.random.default_rng(1).exponential(1, truth.size)
    weights = raw * truth.size / raw.sum()
    hits, misses = weights[truth].sum(), weights[~truth].sum()
    targets = np.where(truth, (hits + 1) / (hits + 2), 1 / (misses + 2))
    values = logits(scores)[:, None]
    oracle = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(
        np.concatenate([values, values]),
        np.repeat([1, 0], truth.size),
        np.concatenate([weights * targets, weights * (1 - targets)]),
    )
    found = fit_score_map(truth, scores, raw)
    assert found.slope == pytest.approx(float(oracle.coef_[0, 0]), abs=1e-4)
    assert found.shift == pytest.approx(float(oracle.intercept_[0]), abs=1e-4)


def test_equal_weights_are_no_weights() -> None:
    truth, scores = _simulated(200, 0.6, 0.8)
    plain = fit_score_map(truth, scores)
    assert fit_score_map(truth, scores, np.ones(200)) == plain
    assert fit_score_map(truth, scores, np.full(200, 8.0)) == plain


def test_weights_undo_that_high_scores_were_reviewed_more_often() -> None:
    rng = np.random.default_rng(3)
    truth, scores = _simulated(60_000, 1, 0)
    # Not logistic in the score: then what was reviewed decides what is fitted.
    truth = truth & (rng.random(truth.size) < np.where(scores > 0.5, 0.4, 1))
    chance = np.where(scores > 0.5, 1, 0.1)
    drawn = rng.random(truth.size) < chance
    everything = fit_score_map(truth, scores).of(scores)
    weighted = fit_score_map(truth[drawn], scores[drawn], 1 / chance[drawn]).of(scores)
    unweighted = fit_score_map(truth[drawn], scores[drawn]).of(scores)
    assert np.abs(weighted - everything).mean() < 0.2 * np.abs(unweighted - everything).mean()


@settings(max_examples=60, deadline=None)
@given(
    slope=st.floats(0.05, 3), shift=st.floats(-4, 4),
    scores=st.lists(st.floats(2**-10, 1 - 2**-10, width=32), min_size=2, max_size=30),
)  # fmt: skip
def test_a_map_keeps_order_and_range(slope: float, shift: float, scores: list[float]) -> None:
    values = np.array(scores, dtype=np.float32)
    moved = ScoreMap(slope=slope, shift=shift).of(values)
    assert bool(((moved >= 0) & (moved <= 1)).all())
    order = np.argsort(values, kind="stable")
    assert bool((np.diff(moved[order]) >= 0).all())
    assert np.unique(moved).size == np.unique(values).size


def test_the_ranking_and_with_it_the_auc_does_not_change() -> None:
    truth, scores = _simulated(2_000, 0.5, 1)
    assert auroc(truth, fit_score_map(truth, scores).of(scores)) == auroc(truth, scores)


def test_a_map_gives_each_score_the_same_bits_wherever_it_stands() -> None:
    scores = np.random.default_rng(2).random(97).astype(np.float32)
    score_map = ScoreMap(slope=0.7312, shift=-0.41)
    alone = np.array([score_map.of(scores[row : row + 1])[0] for row in range(97)])
    for start in range(9):
        for end in range(start + 1, 97):
            assert bool((score_map.of(scores[start:end]) == alone[start:end]).all())
    table = np.zeros((97, 6), dtype=np.float32)
    table[:, 3] = scores
    assert bool((score_map.of(table[:, 3]) == alone).all())


def test_the_ends_are_mapped_to_finite_numbers_and_what_is_missing_stays_missing() -> None:
    moved = ScoreMap(slope=1, shift=0).of([0.0, 1.0, float("nan")])
    assert moved[:2] == pytest.approx([NEAREST, 1 - NEAREST])
    assert np.isnan(moved[2])


def test_decisions_that_can_be_told_apart_completely_still_have_an_answer() -> None:
    scores = np.linspace(0.01, 0.99, 100)
    found = fit_score_map(scores > 0.5, scores)
    assert found.slope > 1
    low, high = found.of([0.01, 0.99])
    assert low < 0.05
    assert high > 0.95


@pytest.mark.parametrize(
    ("harmful", "count", "message"),
    [(20, 49, "too few"), (9, 100, "9 of 100 reviews found harm"), (91, 100, "9 of 100 .* none")],
)
def test_too_few_reviews_say_what_is_missing(harmful: int, count: int, message: str) -> None:
    scores = np.linspace(0.01, 0.99, count)
    with pytest.raises(RecalibrationError, match=message):
        fit_score_map(np.arange(count) >= count - harmful, scores)


def test_scores_that_do_not_rise_with_harm_are_refused() -> None:
    truth, scores = _simulated(400, 1, 0)
    with pytest.raises(RecalibrationError, match="do not rise"):
        fit_score_map(truth, 1 - scores)
    with pytest.raises(RecalibrationError, match="same score"):
        fit_score_map(truth, np.full(400, 0.3))


def test_folds_are_equal_in_size_and_in_harm_and_depend_on_the_lots_alone() -> None:
    truth, _ = _simulated(503, 1, 0)
    lots = np.random.default_rng(5).random(503)
    folds = stratified_folds(truth, lots)
    assert np.ptp(np.bincount(folds)) <= 1
    assert np.ptp(np.bincount(folds[truth])) <= 1
    shuffled = np.random.default_rng(6).permutation(503)
    assert bool((stratified_folds(truth[shuffled], lots[shuffled]) == folds[shuffled]).all())


def test_what_is_measured_out_of_fold_is_mapped_by_the_others() -> None:
    truth, scores = _simulated(400, 0.5, 1)
    folds = stratified_folds(truth, np.arange(400))
    mapped = out_of_fold(truth, scores, folds)
    others = folds != 2
    assert mapped[~others] == pytest.approx(
        fit_score_map(truth[others], scores[others]).of(scores[~others])
    )
    assert expected_calibration_error(truth, mapped) < expected_calibration_error(truth, scores)


def test_a_fold_that_cannot_be_fitted_keeps_its_scores() -> None:
    truth, scores = _simulated(200, 1, 0)
    folds = stratified_folds(truth, np.arange(200))
    assert (out_of_fold(truth, 1 - scores, folds) == 1 - scores).all()
