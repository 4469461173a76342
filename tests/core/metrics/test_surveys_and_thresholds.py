"""Known answers of samples by design, thresholds and drift, from R, papers and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from core.metrics.calibration import (
    brier,
    calibration_error,
    expected_calibration_error,
    reliability,
)
from core.metrics.classification import confusion
from core.metrics.drift import (
    drift,
    jensen_shannon,
    kolmogorov_smirnov,
    psi,
    psi_by_chance,
    wasserstein,
)
from core.metrics.intervals import clopper_pearson, newcombe_difference, wilson
from core.metrics.prevalence import bucket_prevalence, prediction_powered_mean, rogan_gladen
from core.metrics.ratio import stratified_ratio, stratified_ratios
from core.metrics.survey import (
    StratumSample,
    hajek,
    hansen_hurwitz,
    horvitz_thompson,
    kish,
    korn_graubard,
    logit_interval,
    neyman,
    stratified,
)
from core.metrics.thresholds import chow_band, curves

#: The stratified sample of Californian schools that R's survey package documents.
SCHOOLS = [
    StratumSample(size=4421, drawn=100, positives=91),
    StratumSample(size=755, drawn=50, positives=26),
    StratumSample(size=1018, drawn=50, positives=35),
]


@pytest.mark.parametrize(
    ("successes", "count", "low", "high"),
    [(15, 148, 0.057844, 0.161650), (81, 263, 0.252737, 0.367622), (0, 20, 0.0, 0.168433)],
)
def test_clopper_pearson_equals_r(successes: int, count: int, low: float, high: float) -> None:
    found = clopper_pearson(successes, count)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)


def test_newcombe_difference() -> None:
    found = newcombe_difference(56, 70, 48, 80)
    assert (found.low, found.high) == pytest.approx((0.0524315, 0.3338727), abs=1e-6)


def test_stratified_share_equals_rs_survey() -> None:
    found = stratified(SCHOOLS)
    assert found.value == pytest.approx(0.82794801, abs=1e-8)
    assert found.standard_error == pytest.approx(0.024345, abs=1e-6)
    assert stratified(SCHOOLS, corrected=False).standard_error == pytest.approx(0.024757, abs=1e-6)


def test_logit_interval_equals_rs_survey() -> None:
    found = stratified(SCHOOLS).interval
    assert (found.low, found.high) == pytest.approx((0.774540, 0.870815), abs=1e-6)
    assert logit_interval(0.82794801, 0.024345, 197).low == pytest.approx(0.774540, abs=1e-5)


def test_korn_graubard_equals_rs_survey() -> None:
    design = stratified(SCHOOLS)
    assert design.value is not None
    assert design.standard_error is not None
    found = korn_graubard(design.value, design.standard_error, 200, 197)
    assert (found.low, found.high) == pytest.approx((0.774171, 0.873432), abs=1e-6)


def test_horvitz_thompson_and_hajek() -> None:
    assert horvitz_thompson((1, 0, 1), (0.5, 0.25, 0.1), 100) == pytest.approx(0.12)
    assert hajek((1, 0, 1), (0.5, 0.25, 0.1)) == pytest.approx(0.75)


def test_hansen_hurwitz_and_kish() -> None:
    draws = np.array([0.02, 0.005, 0.01, 0.04])
    assert hansen_hurwitz((1, 0, 1, 1), draws, 100) == pytest.approx((0.4375, 0.213478), abs=1e-6)
    assert kish(1 / draws) == pytest.approx(2.6471, abs=1e-4)


def test_rogan_gladen() -> None:
    assert rogan_gladen(0.1, 0.9, 0.95) == pytest.approx(0.0588235, abs=1e-7)
    assert rogan_gladen(0.1, 0.4, 0.5) is None


def test_prediction_powered_mean() -> None:
    value, interval = prediction_powered_mean(
        (0.9, 0.1, 0.8, 0.2, 0.7, 0.3), (1, 0, 1, 0, 0, 1),
        (0.2, 0.4, 0.6, 0.8, 0.1, 0.1, 0.9, 0.5),
    )  # fmt: skip
    assert value == pytest.approx(0.45)
    assert (interval.low, interval.high) == pytest.approx((0.056479, 0.843521), abs=1e-6)


def test_bucket_prevalence() -> None:
    rates = (0.001, 0.05, 0.6)
    assert bucket_prevalence((0.9, 0.08, 0.02), rates) == pytest.approx(0.0169)
    assert bucket_prevalence((0.92, 0.07, 0.01), rates) == pytest.approx(0.01042)


def test_brier() -> None:
    assert brier([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]) == pytest.approx(0.0375)


def test_calibration_curve_and_its_error() -> None:
    truth, scores = [0] * 4 + [1] * 5, [0.1, 0.2, 0.3, 0.4, 0.65, 0.7, 0.8, 0.9, 1.0]
    bins = reliability(truth, scores, bins=3)
    assert [each.observed for each in bins] == pytest.approx([0, 0.5, 1])
    assert [each.mean_score for each in bins] == pytest.approx([0.2, 0.525, 0.85])
    assert expected_calibration_error(truth, scores, bins=3) == pytest.approx(0.1388889, abs=1e-7)


def test_calibration_error_by_its_norms() -> None:
    bins = reliability([0, 0, 1, 1, 1], [0.25, 0.25, 0.55, 0.75, 0.75], bins=2)
    found = [calibration_error(bins, norm) for norm in ("l1", "l2", "max")]  # type: ignore[arg-type]
    assert found == pytest.approx([0.29, 0.291833, 0.316667], abs=1e-6)


def test_f_beta() -> None:
    found = confusion([0, 1, 1, 0, 1], [0, 1, 0, 0, 1])
    assert found.f_beta(1) == pytest.approx(0.8)
    assert found.f_beta(2) == pytest.approx(0.714286, abs=1e-6)


def test_confusion_at_a_half() -> None:
    scores = np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95])
    found = confusion([1, 0, 0, 0, 0, 0, 1, 1, 1, 1], scores > 0.5)
    counts = (
        found.true_positives, found.false_positives, found.false_negatives, found.true_negatives
    )  # fmt: skip
    assert counts == (4, 3, 1, 2)


def test_chow_band() -> None:
    found = chow_band(10, 2, 0.4)
    assert (found.approve_below, found.reject_above) == pytest.approx((0.04, 0.80))
    assert found.single == pytest.approx(1 / 6)
    assert found.has_band
    # Read backwards: with mistakes of cost 1, bounds of .3 and .7 say that a review costs .3.
    plain = chow_band(1, 1, 0.3)
    assert (plain.approve_below, plain.reject_above) == pytest.approx((0.3, 0.7))


def test_reviews_that_cost_too_much_leave_no_band() -> None:
    found = chow_band(1, 1, 0.5)
    assert not found.has_band
    assert found.approve_below == found.single == 0.5
    with pytest.raises(ValueError, match="above 0"):
        chow_band(0, 1, 1)


def test_psi_and_its_null_distribution() -> None:
    assert psi([0.25] * 4, [0.1, 0.2, 0.3, 0.4]) == pytest.approx(0.2282174, abs=1e-6)
    chance = np.random.default_rng(3)
    n, m, bins = 2_000, 1_000, 10
    drawn = [
        psi(chance.multinomial(n, [0.1] * bins), chance.multinomial(m, [0.1] * bins))
        for _ in range(2_000)
    ]
    expected = chi2.ppf(0.95, bins - 1) * (1 / n + 1 / m)
    assert np.quantile(drawn, 0.95) == pytest.approx(expected, rel=0.08)
    assert psi_by_chance(bins, n, m, 0.95) == pytest.approx(expected)


def test_a_small_batch_without_drift_raises_no_alarm() -> None:
    chance = np.random.default_rng(5)
    alarms = folklore = 0
    for _ in range(400):
        found = drift(chance.multinomial(100, [0.1] * 10), chance.multinomial(100, [0.1] * 10))
        assert found is not None
        alarms += found.is_alarm
        folklore += found.psi > 0.1
    assert folklore > 200
    assert alarms <= 16
    assert drift([0, 0], [1, 2]) is None


def test_distances_of_distributions() -> None:
    assert jensen_shannon([1, 0], [0.5, 0.5]) == pytest.approx(0.4645014, abs=1e-7)
    assert jensen_shannon([1, 0, 0], [0, 1, 0], base=2) == pytest.approx(1.0)
    found = kolmogorov_smirnov((0.1, 0.2, 0.3, 0.4), (0.3, 0.4, 0.5, 0.6))
    assert found == pytest.approx((0.5, 0.7714286), abs=1e-6)
    assert wasserstein((0, 1, 3), (5, 6, 8)) == pytest.approx(5.0)


def test_one_stratum_is_a_simple_sample() -> None:
    found = stratified_ratio([20.0], [148], [148], [15])
    plain = wilson(15, 148)
    assert found.value == pytest.approx(15 / 148)
    assert found.interval.low == pytest.approx(plain.low)
    assert found.interval.high == pytest.approx(plain.high)


def test_a_ratio_over_strata_equals_the_stratified_share() -> None:
    weights = [each.size / each.drawn for each in SCHOOLS]
    drawn = [each.drawn for each in SCHOOLS]
    found = stratified_ratio(weights, drawn, drawn, [each.positives for each in SCHOOLS])
    expected = stratified(SCHOOLS, corrected=False)
    assert expected.value is not None
    assert expected.standard_error is not None
    assert found.value == pytest.approx(expected.value)
    interval = korn_graubard(expected.value, expected.standard_error, 200, 197)
    assert found.interval.low == pytest.approx(interval.low, abs=1e-9)
    assert found.interval.high == pytest.approx(interval.high, abs=1e-9)


def test_intervals_of_weighted_recall_cover_the_truth() -> None:
    """Recall of a stratified sample: 95 % intervals must hold in about 95 of 100 samples."""
    chance = np.random.default_rng(11)
    scores = chance.beta(1, 6, 60_000)
    harmful = chance.random(scores.size) < scores**1.5
    flagged = scores > 0.4
    recall = harmful[flagged].sum() / harmful.sum()
    held = 0
    for _ in range(200):
        high = chance.choice(np.flatnonzero(flagged), 300, replace=False)
        low = chance.choice(np.flatnonzero(~flagged), 300, replace=False)
        counts = harmful[high].sum(), harmful[low].sum()
        found = stratified_ratio(
            [flagged.sum() / 300, (~flagged).sum() / 300], [300, 300], counts, [counts[0], 0]
        )
        held += found.interval.low <= recall <= found.interval.high
    assert held >= 182


def test_no_domain_has_no_ratio() -> None:
    assert not stratified_ratio([1.0], [10], [0], [0]).is_known
    assert not stratified_ratio([], [], [], []).is_known
    found = stratified_ratios([1.0, 2.0], [5, 5], [[0, 3], [0, 2]], [[0, 1], [0, 2]])
    assert np.isnan(found.value[0])
    assert found.value[1] == pytest.approx(5 / 7)


@given(
    st.lists(st.integers(1, 5_000), min_size=1, max_size=8),
    st.lists(st.floats(0, 0.5), min_size=8, max_size=8),
    st.integers(1, 3_000),
)
@settings(deadline=None)
def test_neyman_gives_out_what_there_is(sizes: list[int], spreads: list[float], count: int) -> None:
    given_out = neyman(sizes, spreads[: len(sizes)], count)
    assert sum(given_out) == min(count, sum(sizes))
    assert all(0 <= part <= size for part, size in zip(given_out, sizes, strict=True))


def test_neyman_prefers_where_it_is_uncertain() -> None:
    assert neyman([1_000, 1_000], [0.5, 0.05], 220, floor=20) == [184, 36]


def test_curves_choose_thresholds() -> None:
    positives = np.array([[1, 1, 2, 6]])
    negatives = np.array([[70, 15, 4, 1]])
    found = curves([1.0], positives, negatives, (positives + negatives)[0])
    assert found.cuts.tolist() == [0, 0.25, 0.5, 0.75]
    assert found.precision.value.tolist() == pytest.approx([10 / 100, 9 / 29, 8 / 13, 6 / 7])
    assert found.recall.value.tolist() == pytest.approx([1, 0.9, 0.8, 0.6])
    assert found.volume.tolist() == pytest.approx([1, 0.29, 0.13, 0.07])
    assert found.for_precision(0.6) == 2
    assert found.for_precision(0.95) is None
    assert found.for_recall(0.8) == 2
    assert found.for_volume(0.1) == 3


def test_a_bins_interval_rests_on_its_rows_and_not_on_what_they_stand_for() -> None:
    truth, scores = [0, 1, 1, 0, 1] * 8, [0.45] * 40
    [alone] = reliability(truth, scores)
    [expanded] = reliability(truth, scores, [50.0] * 40)
    assert expanded.count == 2000
    assert expanded.interval.low == pytest.approx(alone.interval.low)
    [uneven] = reliability(truth, scores, [1.0, 99.0] * 20)
    assert uneven.interval.width > alone.interval.width
