"""DeLong's test: R's pROC, the definition by all pairs, and properties."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.paired_ranking import delong
from core.metrics.ranking import auroc
from tests.core.experiments.subarachnoid import patients

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 8), st.integers(0, 8)), min_size=6, max_size=60
).filter(lambda rows: 2 <= sum(row[0] for row in rows) <= len(rows) - 2)


# pROC 1.19.1: roc.test(roc(outcome, s100b), roc(outcome, wfns), method="delong", paired=TRUE),
# var() and cov(); its manual prints Z = -2.209, p = 0.02718.
def test_delong_equals_proc() -> None:
    data = patients()
    found = delong(data.poor, data.wfns, data.s100b)
    assert found is not None
    assert (found.positives, found.negatives) == (41, 72)
    assert (found.auc_b, found.auc_a) == pytest.approx((0.73136856368563, 0.82367886178862))
    assert (found.variance_b, found.variance_a) == pytest.approx(
        (0.0026686824571724, 0.0014699147088236), rel=1e-10
    )
    assert found.covariance == pytest.approx(0.0011961556737675, rel=1e-10)
    assert (found.z, found.p) == pytest.approx((-2.2089835914409, 0.0271757822292), rel=1e-9)
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (-0.174214, -0.010406), abs=1e-6
    )


def test_delong_equals_proc_for_markers_that_do_not_differ() -> None:
    data = patients()
    found = delong(data.poor, data.ndka, data.s100b)
    assert found is not None
    assert found.auc_a == pytest.approx(0.61195799457995)
    assert (found.z, found.p) == pytest.approx((1.3907700257356, 0.1642951752231), rel=1e-9)
    assert found.covariance == pytest.approx(-0.00075616493805658, rel=1e-9)


def by_all_pairs(
    truth: npt.NDArray[np.int_], scores: list[npt.NDArray[np.float64]]
) -> tuple[list[float], npt.NDArray[np.float64]]:
    """AUCs and covariances from the matrix of all pairs, as DeLong et al. wrote it."""
    wins = []
    for score in scores:
        above, below = score[truth == 1][:, None], score[truth == 0][None, :]
        wins.append((above > below) + 0.5 * (above == below))
    rows = np.cov([win.mean(axis=1) for win in wins]) / wins[0].shape[0]
    columns = np.cov([win.mean(axis=0) for win in wins]) / wins[0].shape[1]
    return [float(win.mean()) for win in wins], rows + columns


@given(ROWS)
@settings(deadline=None)
def test_midranks_equal_all_pairs(rows: list[tuple[int, int, int]]) -> None:
    truth, a, b = (np.array(column) for column in zip(*rows, strict=True))
    found = delong(truth, a, b)
    assert found is not None
    areas, covariance = by_all_pairs(truth, [a, b])
    assert (found.auc_a, found.auc_b) == pytest.approx(areas)
    assert found.auc_a == pytest.approx(auroc(truth, a))
    assert (found.variance_a, found.variance_b, found.covariance) == pytest.approx(
        (covariance[0, 0], covariance[1, 1], covariance[0, 1]), abs=1e-12
    )


@given(ROWS)
@settings(deadline=None)
def test_swapping_arms_flips_the_sign_and_keeps_p(rows: list[tuple[int, int, int]]) -> None:
    truth, a, b = (np.array(column) for column in zip(*rows, strict=True))
    one, two = delong(truth, a, b), delong(truth, b, a)
    assert one is not None
    assert two is not None
    assert (one.difference, one.z) == pytest.approx((-two.difference, -two.z))
    assert one.p == pytest.approx(two.p)
    assert (one.interval.low, one.interval.high) == pytest.approx(
        (-two.interval.high, -two.interval.low)
    )


@given(ROWS)
@settings(deadline=None)
def test_the_order_of_items_and_the_scale_of_scores_are_indifferent(
    rows: list[tuple[int, int, int]],
) -> None:
    truth, a, b = (np.array(column) for column in zip(*rows, strict=True))
    turned = np.random.default_rng(len(rows)).permutation(truth.size)
    one = delong(truth, a, b)
    two = delong(truth[turned], np.exp(a[turned] / 3), b[turned] ** 3 - 5)
    assert one is not None
    assert two is not None
    assert (one.difference, one.p) == pytest.approx((two.difference, two.p))


@given(ROWS)
@settings(deadline=None)
def test_a_against_a_differs_by_exactly_0(rows: list[tuple[int, int, int]]) -> None:
    truth, a, _ = (np.array(column) for column in zip(*rows, strict=True))
    found = delong(truth, a, np.exp(a))
    assert found is not None
    assert (found.difference, found.z, found.p) == (0, 0, 1)
    assert (found.interval.low, found.interval.high) == (0, 0)


def test_too_few_of_a_class_say_nothing() -> None:
    assert delong([1, 1, 1], [0.1, 0.2, 0.3], [0.3, 0.2, 0.1]) is None
    assert delong([0, 0, 1], [0.1, 0.2, 0.3], [0.3, 0.2, 0.1]) is None
    assert delong([], [], []) is None


def test_a_difference_without_variance_is_not_called_certain() -> None:
    found = delong([0, 0, 1, 1], [1, 2, 3, 4], [4, 3, 2, 1])
    assert found is not None
    assert (found.difference, found.p) == (-1, 1)
    assert (found.interval.low, found.interval.high) == (-1, 1)
