"""The paired bootstrap: exact values, independent formulas for its spread, and properties."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.paired_bootstrap import PairedMetric, interval_of, paired_bootstrap
from core.experiments.paired_ranking import delong
from core.experiments.resampling import replicate_sums
from core.experiments.score_steps import STEPS, score_steps
from core.metrics.classification import confusion
from core.metrics.ranking import Ranked, auroc, average_precision

Floats = npt.NDArray[np.float64]
METRICS = ("precision", "recall", "f1", "error_rate", "flagged_share", "auc", "average_precision")
ROWS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 6), st.integers(1, 3)),
    min_size=1,
    max_size=40,
)


def two_models(
    count: int, seed: int = 0, rate: float = 0.15
) -> tuple[npt.NDArray[np.bool_], Floats, Floats]:
    """Truth and two scores of it, the second the better one."""
    chance = np.random.default_rng(seed)
    harmful = chance.random(count) < rate
    seen = chance.normal(size=count) + 1.5 * harmful
    a, b = seen + chance.normal(size=count), seen + 0.6 * chance.normal(size=count)
    return harmful, a, b


@given(ROWS)
@settings(deadline=None, max_examples=60)
def test_values_are_those_of_the_plain_metrics(
    rows: list[tuple[bool, int, int, int]],
) -> None:
    truth, a, b, weights = (np.array(column) for column in zip(*rows, strict=True))
    found = paired_bootstrap(truth, a > 3, b > 3, a, b, weights, rounds=20)
    for arm, scores in (("a", a), ("b", b)):
        cells = confusion(truth, scores > 3, weights)
        assert getattr(found.precision, arm).value == pytest.approx(cells.precision)
        assert getattr(found.recall, arm).value == pytest.approx(cells.recall)
        wrong = cells.false_positives + cells.false_negatives
        assert getattr(found.error_rate, arm).value == pytest.approx(wrong / weights.sum())
        if getattr(found.f1, arm).value is not None:
            assert getattr(found.f1, arm).value == pytest.approx(cells.f_beta())
        assert found.auc is not None
        assert found.average_precision is not None
        assert getattr(found.auc, arm).value == pytest.approx(auroc(truth, scores, weights))
        assert getattr(found.average_precision, arm).value == pytest.approx(
            average_precision(truth, scores, weights)
        )


def test_a_against_a_differs_by_exactly_0() -> None:
    harmful, a, _ = two_models(3000)
    stratum, weights = (a > 0.5).astype(int), np.where(a > 0.5, 1.0, 7.3)
    found = paired_bootstrap(harmful, a > 1, a > 1, a, a, weights, None, stratum, rounds=200)
    for name in METRICS:
        difference = getattr(found, name).difference
        assert difference.value == 0
        assert (difference.interval.low, difference.interval.high) == (0, 0)


def test_swapping_arms_flips_every_sign() -> None:
    harmful, a, b = two_models(800)
    one = paired_bootstrap(harmful, a > 1, b > 1, a, b, rounds=300)
    two = paired_bootstrap(harmful, b > 1, a > 1, b, a, rounds=300)
    for name in METRICS:
        first, second = getattr(one, name), getattr(two, name)
        assert first.a == second.b
        assert first.difference.value == pytest.approx(-second.difference.value)
        assert first.difference.interval.low == pytest.approx(-second.difference.interval.high)
        assert first.difference.count == second.difference.count


def test_weights_of_1_are_no_weights_and_their_scale_is_indifferent() -> None:
    harmful, a, b = two_models(500)
    plain = paired_bootstrap(harmful, a > 1, b > 1, a, b, rounds=100)
    ones = paired_bootstrap(harmful, a > 1, b > 1, a, b, np.ones(500), rounds=100)
    eights = paired_bootstrap(harmful, a > 1, b > 1, a, b, np.full(500, 8.0), rounds=100)
    assert plain == ones
    assert eights.auc is not None
    assert plain.auc is not None
    assert eights.auc.difference.interval.low == pytest.approx(plain.auc.difference.interval.low)


def test_the_seed_decides_and_nothing_else() -> None:
    harmful, a, b = two_models(500)
    one, two, other = (
        paired_bootstrap(harmful, a > 1, b > 1, rounds=100, seed=seed) for seed in (1, 1, 2)
    )
    assert one == two
    assert one != other
    assert one.auc is None


def test_numbers_of_rows_behind_each_metric() -> None:
    harmful = [1, 1, 0, 0, 0]
    found = paired_bootstrap(harmful, [1, 0, 1, 0, 0], [1, 0, 0, 1, 1], rounds=50)

    def counts(metric: PairedMetric) -> tuple[float, float, float]:
        return metric.a.count, metric.b.count, metric.difference.count

    assert counts(found.precision) == (2, 3, 4)
    assert counts(found.recall) == (2, 2, 2)
    assert counts(found.f1) == (3, 4, 5)
    assert counts(found.error_rate) == (5, 5, 5)


def test_undefined_metrics_have_no_value_and_say_so() -> None:
    nothing_flagged = paired_bootstrap([1, 0, 0], [0, 0, 0], [1, 0, 0], rounds=50)
    assert nothing_flagged.precision.a.value is None
    assert nothing_flagged.precision.difference.value is None
    assert nothing_flagged.precision.difference.interval.low == -1
    one_class = paired_bootstrap([0, 0], [0, 1], [1, 1], [0.1, 0.2], [0.2, 0.1], rounds=50)
    assert one_class.auc is not None
    assert one_class.auc.difference.value is None
    assert one_class.recall.a.value is None
    empty = paired_bootstrap([], [], [], [], [], rounds=50)
    assert empty.error_rate.a.value is None
    assert empty.clusters == 0


def test_one_cluster_is_no_evidence() -> None:
    harmful, a, b = two_models(50)
    found = paired_bootstrap(harmful, a > 1, b > 1, a, b, cluster=["same"] * 50, rounds=50)
    assert found.clusters == 1
    assert found.error_rate.difference.value is not None
    assert (found.error_rate.difference.interval.low, found.error_rate.a.interval.low) == (-1, 0)


def test_the_spread_of_the_error_rates_is_the_formula_of_paired_shares() -> None:
    harmful, a, b = two_models(4000)
    found = paired_bootstrap(harmful, a > 1, b > 1, rounds=4000)
    wrong_a, wrong_b = (a > 1) != harmful, (b > 1) != harmful
    apart = wrong_b.astype(float) - wrong_a
    # The standard error of a standard deviation of 4,000 draws is 1.1 %.
    assert found.error_rate.difference.standard_error == pytest.approx(
        apart.std() / 4000**0.5, rel=0.045
    )
    assert found.error_rate.a.standard_error == pytest.approx(wrong_a.std() / 4000**0.5, rel=0.045)


def test_the_spread_of_the_auc_is_delongs() -> None:
    harmful, a, b = two_models(3000)
    found, known = paired_bootstrap(harmful, a > 1, b > 1, a, b), delong(harmful, a, b)
    assert found.auc is not None
    assert known is not None
    error = (known.variance_a + known.variance_b - 2 * known.covariance) ** 0.5
    assert found.auc.difference.value == pytest.approx(known.difference)
    assert found.auc.difference.standard_error == pytest.approx(error, rel=0.06)
    assert found.auc.a.standard_error == pytest.approx(known.variance_a**0.5, rel=0.06)


# Of few and of many clusters: drawn exactly, or by Poisson weights.
@pytest.mark.parametrize("sizes", [(20, 30), (400, 900)])
def test_strata_are_drawn_from_separately(sizes: tuple[int, int]) -> None:
    chance = np.random.default_rng(1)
    stratum = np.repeat([0, 1], sizes)
    # Strata that differ much: without them the spread would be three times as large.
    values = chance.normal(size=stratum.size) + 6 * stratum
    sums = replicate_sums(
        np.arange(stratum.size), values[:, None], stratum=stratum, rounds=6000, seed=1
    )
    variance = sum(n * values[stratum == h].var(ddof=1) for h, n in enumerate(sizes))
    assert sums.std() == pytest.approx(variance**0.5, rel=0.04)
    assert sums.mean() == pytest.approx(values.sum(), abs=4 * variance**0.5 / 6000**0.5)


def test_rows_of_a_cluster_are_drawn_together() -> None:
    chance = np.random.default_rng(2)
    cluster = np.repeat(np.arange(300), 5)
    values = np.repeat(chance.normal(size=300), 5)
    sums = replicate_sums(cluster, values[:, None], rounds=4000)
    # As if there were 300 values, each five times as large.
    assert sums.std() == pytest.approx(5 * values[::5].std() * 300**0.5, rel=0.05)


def test_clusters_that_span_strata_are_drawn_whole() -> None:
    cluster = ["a", "a", "b", "b", "c", "d", "e", "f", "g"]
    stratum = [0, 1, 0, 1, 0, 0, 1, 1, 2]
    own = np.eye(9)
    sums = replicate_sums(cluster, own, stratum=stratum, rounds=400)
    assert (sums[:, 0] == sums[:, 1]).all()
    assert (sums[:, 2] == sums[:, 3]).all()
    # a, b and the lone g of stratum 2 are a stratum of three clusters, and so on.
    for members in ([0, 2, 8], [4, 5], [6, 7]):
        assert sums[:, members].sum(axis=1) == pytest.approx(np.full(400, len(members)))


def test_a_lone_cluster_joins_the_smallest_stratum() -> None:
    sums = replicate_sums(np.arange(6), np.eye(6), stratum=[0, 0, 0, 1, 1, 2], rounds=400)
    assert sums[:, 3:].sum(axis=1) == pytest.approx(np.full(400, 3.0))
    assert sums[:, 5].std() > 0.5


def test_equal_columns_have_exactly_equal_sums() -> None:
    values = np.random.default_rng(3).normal(size=(5000, 1))
    sums = replicate_sums(np.arange(5000) // 3, values.repeat(4, axis=1), rounds=100)
    assert (sums == sums[:, :1]).all()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=30))
@settings(deadline=None, max_examples=50)
def test_any_clusters_in_any_strata_keep_their_total_on_average(
    rows: list[tuple[int, int]],
) -> None:
    cluster, stratum = zip(*rows, strict=True)
    count = len(set(cluster))
    own = np.array([[each == other for other in sorted(set(cluster))] for each in cluster], float)
    own /= own.sum(axis=0)
    sums = replicate_sums(cluster, own, stratum=stratum, rounds=50)
    assert sums.sum(axis=1) == pytest.approx(np.full(50, count))
    assert (sums >= 0).all()


@pytest.mark.parametrize(("count", "rate"), [(900, 0.3), (8000, 0.02), (8000, 0.4)])
def test_metrics_by_steps_are_those_by_rows(count: int, rate: float) -> None:
    harmful, scores, _ = two_models(count, rate=rate)
    steps, ranked = score_steps(harmful, scores), Ranked(harmful, scores)
    assert steps.count <= STEPS + 1
    weights = np.random.default_rng(1).poisson(1.0, size=(5, count)).astype(float)
    sums = np.stack([steps.contributions(each).sum(axis=0) for each in weights], axis=1)
    auc, precision = steps.measured(sums)
    # Up to 1,024 different scores, or 511 of positives, nothing is lost.
    is_exact = count <= STEPS or 2 * harmful.sum() < STEPS
    bound = 1e-12 if is_exact else 1 / 2048
    for place, each in enumerate(weights):
        assert auc[place] == pytest.approx(ranked.auroc(each), abs=bound)
        assert precision[place] == pytest.approx(
            ranked.average_precision(each), abs=1e-12 if is_exact else 3e-3
        )


def test_steps_do_not_change_intervals() -> None:
    harmful, a, b = two_models(6000, rate=0.4)
    fine = paired_bootstrap(harmful, a > 1, b > 1, a, b, rounds=300)
    # Rounded to 900 different scores: exact, and hardly different scores.
    coarse_a, coarse_b = (np.round(np.argsort(np.argsort(s)) * 900 / 6000) for s in (a, b))
    coarse = paired_bootstrap(harmful, a > 1, b > 1, coarse_a, coarse_b, rounds=300)
    for one, two in ((fine.auc, coarse.auc), (fine.average_precision, coarse.average_precision)):
        assert one is not None
        assert two is not None
        assert one.difference.interval.low == pytest.approx(two.difference.interval.low, abs=1e-3)
        assert one.difference.interval.high == pytest.approx(two.difference.interval.high, abs=1e-3)


def test_the_better_model_is_found_better() -> None:
    harmful, a, b = two_models(4000)
    found = paired_bootstrap(harmful, a > 1, b > 1, a, b, rounds=400)
    assert found.auc is not None
    assert found.auc.difference.interval.low > 0
    assert found.error_rate.difference.interval.high < 0


def test_intervals_of_replicates() -> None:
    assert interval_of(np.full(10, np.nan)) is None
    assert interval_of([]) is None
    assert interval_of([np.nan] * 6 + [1.0] * 4) is None
    half = interval_of([np.nan] * 5 + [1.0] * 5)
    assert half is not None
    assert half.low == half.high == 1.0
    found = interval_of(np.arange(1001), confidence=0.9)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((50, 950))
