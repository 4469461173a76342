"""Thresholds by target, capacity and cost, on reviews whose answers are known by hand."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import LabelThresholds
from core.metrics.intervals import wilson
from core.metrics.survey import Estimate
from core.metrics.thresholds import chow_band
from core.policies.judge import ScoreColumns
from core.usecases.choose_threshold import (
    by_capacity,
    by_cost,
    by_precision,
    by_recall,
    costs_read,
    cut_at,
    reviews_needed,
    with_band,
    with_reject_above,
    with_review_from,
)
from core.usecases.evidence import Evidence
from core.usecases.history import History
from core.usecases.score_quality import LabelQuality

LABEL = Label.TOXICITY
BOUNDS = LabelThresholds(approve_below=0.3, reject_above=0.9, cites=Label.SPAM)


def _quality(
    scores: Sequence[float], harmful: Sequence[bool], unreviewed: Sequence[float] = ()
) -> LabelQuality:
    """Every score of `scores` is reviewed and counts once; `unreviewed` are only scored."""
    values = np.array([*scores, *unreviewed], dtype=np.float32)
    count = len(scores)
    flags = np.array(harmful, dtype=np.bool_)
    history = History(
        ids=np.arange(values.size, dtype=np.int64),
        columns=ScoreColumns(scores=dict.fromkeys(SCORED_LABELS, values)),
        other=None, reviews=pl.DataFrame(), opened=pl.DataFrame(), drawn=None,
        selected=values.size, period=None,
    )  # fmt: skip
    strata = 1 if count else 0
    evidence = Evidence(
        rows=np.arange(count), stratum=np.zeros(count, dtype=np.intp),
        harmful=flags, reasons=pl.Series([[]] * count),
        weights=np.ones(strata), drawn=np.full(strata, float(count)), is_weighted=False,
        at_random=count, left_out=0, warning=None,
    )  # fmt: skip
    return LabelQuality(
        label=LABEL, history=history, evidence=evidence,
        scores=values[:count].astype(np.float64), harmful=flags,
        weights=np.ones(count), stratum=np.zeros(count, dtype=np.intp), items=np.arange(count),
    )  # fmt: skip


@pytest.fixture
def mixed() -> LabelQuality:
    """Of 40 at .9 nine in ten are harmful, of 40 at .5 half, of 20 at .1 none."""
    scores = [0.9] * 40 + [0.5] * 40 + [0.1] * 20
    harmful = [True] * 36 + [False] * 4 + [True] * 20 + [False] * 20 + [False] * 20
    return _quality(scores, harmful, unreviewed=[0.1] * 900)


def test_target_precision_takes_the_lowest_cut_that_reaches_it(mixed: LabelQuality) -> None:
    choice = by_precision(mixed, 0.85)
    assert choice.found is not None
    # Just above .5: float32 .9 is below .9, so the bucket of .895 holds it.
    assert choice.found.at == pytest.approx(0.505)
    assert choice.found.precision.value == pytest.approx(0.9)
    assert choice.found.precision.count == 40
    assert choice.found.recall.value == pytest.approx(36 / 56)
    assert choice.found.share == pytest.approx(40 / 1000)
    assert not choice.is_sure
    assert choice.surely is None


def test_more_reviews_are_as_many_as_wilson_needs(mixed: LabelQuality) -> None:
    choice = by_precision(mixed, 0.85)
    assert choice.more_reviews is not None
    enough = 40 + choice.more_reviews
    assert wilson(0.9 * enough, enough).low >= 0.85
    assert wilson(0.9 * (enough - 2), enough - 2).low < 0.85


def test_a_target_that_lies_on_the_share_can_never_be_settled(mixed: LabelQuality) -> None:
    choice = by_precision(mixed, 0.9)
    assert choice.found is not None
    assert choice.more_reviews is None
    assert not choice.is_sure


def test_a_precision_that_is_never_reached_tells_the_best(mixed: LabelQuality) -> None:
    choice = by_precision(mixed, 0.95)
    assert choice.found is None
    assert choice.best is not None
    assert choice.best.precision.value == pytest.approx(0.9)
    assert choice.best.precision.count == 40


def test_target_recall_takes_the_highest_cut_that_holds_it(mixed: LabelQuality) -> None:
    choice = by_recall(mixed, 0.9)
    assert choice.found is not None
    assert choice.found.at == pytest.approx(0.5)
    assert choice.found.recall.value == 1
    assert choice.is_sure
    assert choice.surely == pytest.approx(0.5)
    # The forty at .5 score exactly the cut.
    assert choice.found.exactly == 40


def test_a_cut_is_compared_in_double_precision() -> None:
    # float32(.145) is below the double .145; the policy says so too.
    found = _quality([0.145, 0.2], [True, False])
    assert cut_at(found, 0.145).share == 0.5
    assert cut_at(found, 0.145).exactly == 0


@pytest.mark.parametrize(
    ("scores", "harmful"),
    [([], []), ([0.2, 0.9], [False, False]), ([0.2, 0.9], [True, True]), ([0.5] * 4, [True, False] * 2)],
    ids=["nobody reviewed", "nothing harmful", "everything harmful", "one score only"],
)  # fmt: skip
def test_without_a_measure_there_is_no_target_but_capacity_and_cost(
    scores: list[float], harmful: list[bool]
) -> None:
    found = _quality(scores, harmful, unreviewed=[0.05] * 10 + [0.8] * 10)
    assert found.problem is not None
    for choose in (by_precision, by_recall):
        choice = choose(found, 0.9)
        assert (choice.found, choice.best, choice.more_reviews) == (None, None, None)
    fits = by_capacity(found, days=1, per_day=15, reject_above=None)
    assert fits.found is not None
    assert fits.reviewed_per_day <= 15
    if not any(harmful):
        assert not fits.found.recall.is_known
    cost = by_cost(found, missed=10, wrong=2, review=0.4)
    assert cost.calibration_error is None
    assert cost.review_share is not None


def test_an_empty_history_has_no_shares() -> None:
    found = _quality([], [])
    assert by_cost(found, missed=10, wrong=2, review=0.4).review_share is None
    choice = by_capacity(found, days=1, per_day=0, reject_above=None)
    assert choice.found is not None
    assert (choice.found.at, choice.found.share, choice.reviewed_per_day) == (0, 0, 0)


def test_capacity_takes_the_lowest_cut_that_fits(mixed: LabelQuality) -> None:
    choice = by_capacity(mixed, days=2, per_day=40, reject_above=None)
    assert choice.found is not None
    # 80 items in two days score above .1.
    assert choice.found.at == pytest.approx(0.105)
    assert choice.reviewed_per_day == 40
    assert choice.found.recall.value == 1
    smaller = by_capacity(mixed, days=2, per_day=39, reject_above=None)
    assert smaller.found is not None
    assert smaller.reviewed_per_day == 20


def test_what_is_rejected_takes_no_capacity(mixed: LabelQuality) -> None:
    choice = by_capacity(mixed, days=2, per_day=20, reject_above=0.8)
    assert choice.found is not None
    assert choice.found.at == pytest.approx(0.105)
    assert (choice.reviewed_per_day, choice.rejected_per_day) == (20, 20)
    assert choice.found.recall.value == 1


def test_a_capacity_of_nothing_leaves_nothing_between_the_bounds(mixed: LabelQuality) -> None:
    choice = by_capacity(mixed, days=1, per_day=0, reject_above=0.4)
    assert choice.found is not None
    assert choice.found.at == pytest.approx(0.105)
    assert choice.reviewed_per_day == 0
    tight = by_capacity(mixed, days=1, per_day=0, reject_above=0.7001)
    assert tight.found is not None
    assert tight.found.at <= 0.7001
    without = by_capacity(mixed, days=1, per_day=0, reject_above=None)
    assert without.found is not None
    assert without.found.share == 0


def test_the_cut_of_a_capacity_never_passes_the_bound_of_rejection() -> None:
    found = _quality([], [], unreviewed=[0.898] * 5 + [0.95] * 5)
    choice = by_capacity(found, days=1, per_day=0, reject_above=0.899)
    assert choice.found is not None
    assert choice.found.at == 0.899
    assert (choice.reviewed_per_day, choice.rejected_per_day) == (0, 5)


def test_no_cut_fits_when_too_much_scores_highest() -> None:
    found = _quality([], [], unreviewed=[1.0] * 50)
    choice = by_capacity(found, days=1, per_day=10, reject_above=None)
    assert choice.found is None
    assert choice.reviewed_per_day == 50


def test_costs_give_chows_band(mixed: LabelQuality) -> None:
    choice = by_cost(mixed, missed=10, wrong=2, review=0.4)
    assert (choice.band.approve_below, choice.band.reject_above) == pytest.approx((0.04, 0.8))
    assert choice.band.single == pytest.approx(1 / 6)
    assert choice.dearest_review == pytest.approx(5 / 3)
    assert choice.calibration_error is not None
    # Everything between .04 and .8: the 920 at .1 and the 40 at .5.
    assert choice.review_share == pytest.approx(960 / 1000)


def test_a_review_that_is_too_dear_leaves_one_cut(mixed: LabelQuality) -> None:
    choice = by_cost(mixed, missed=10, wrong=2, review=2)
    assert not choice.band.has_band
    offer = with_band(BOUNDS, choice.band)
    assert offer.bounds.approve_below == offer.bounds.reject_above == pytest.approx(0.1667)


def test_the_reference_rule_says_that_a_review_costs_three_tenths_of_a_mistake() -> None:
    read = costs_read(LabelThresholds(approve_below=0.3, reject_above=0.7))
    assert (read.of_missed, read.of_wrong) == pytest.approx((0.3, 0.3))
    assert costs_read(LabelThresholds(approve_below=0.3)).of_wrong is None


def test_an_offer_keeps_the_other_bound_and_the_reason() -> None:
    assert with_reject_above(BOUNDS, 0.8).bounds == BOUNDS.model_copy(update={"reject_above": 0.8})
    assert with_review_from(BOUNDS, 0.2).bounds == BOUNDS.model_copy(update={"approve_below": 0.2})
    people_only = LabelThresholds(approve_below=0.3)
    assert with_review_from(people_only, 0.95).bounds.reject_above is None
    assert with_reject_above(people_only, 0.95).bounds.reject_above == 0.95


def test_an_offer_moves_the_other_bound_only_to_stay_in_order() -> None:
    lower = with_reject_above(BOUNDS, 0.2)
    assert (lower.bounds.approve_below, lower.bounds.reject_above) == (0.2, 0.2)
    assert lower.moved == "approve_below"
    higher = with_review_from(BOUNDS, 0.95)
    assert (higher.bounds.approve_below, higher.bounds.reject_above) == (0.95, 0.95)
    assert higher.moved == "reject_above"
    assert higher.bounds.cites is Label.SPAM


@given(st.floats(0.01, 100), st.floats(0.01, 100), st.floats(0.01, 100))
def test_any_costs_give_bounds_in_order(missed: float, wrong: float, review: float) -> None:
    band = chow_band(missed, wrong, review)
    bounds = with_band(BOUNDS, band).bounds
    assert bounds.reject_above is not None
    assert bounds.approve_below <= bounds.reject_above


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0.05, 0.99))
def test_the_reviews_that_are_needed_are_enough(hits: int, misses: int, target: float) -> None:
    count = hits + misses
    share = hits / count
    found = Estimate(value=share, interval=wilson(hits, count), count=count)
    more = reviews_needed(found, target)
    if share <= target:
        assert more is None
    else:
        assert more is not None
        enough = count + more
        assert wilson(share * enough, enough).low >= target - 1e-6
