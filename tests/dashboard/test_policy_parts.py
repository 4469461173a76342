"""The threshold helper of the Policies page."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.domain.decision import Outcome
from core.domain.label import Label
from core.domain.policy import LabelThresholds, Override, Rule, ThresholdRule
from core.policies.builtin import WEIGHTED_BASELINE
from core.store.job_handle import NoJob
from core.usecases.review_item import decide
from data.bootstrap import Workbench
from tests.builders import a_draft
from tests.dashboard.word_workbench import draw, saved, texts, word_workbench


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    with word_workbench(tmp_path) as opened:
        yield opened


@pytest.fixture
def scored(workbench: Workbench, tmp_path: Path) -> Workbench:
    """Toxicity .05 for sixty, .55 for forty, .95 for twenty."""
    texts = [
        *(f"lunch at {number}" for number in range(60)),
        *(f"idiot number {number}" for number in range(40)),
        *(f"idiot and idiot {number}" for number in range(20)),
    ]
    path = tmp_path / "items.parquet"
    pl.DataFrame({"id": [str(n) for n in range(120)], "text": texts}).with_columns(
        language=pl.lit("en")
    ).write_parquet(path)
    workbench.import_file(path, mapping=[], job=NoJob())
    workbench.score(NoJob())
    return workbench


@pytest.fixture
def reviewed(scored: Workbench) -> Workbench:
    """Every item is decided: people reject all at .95, half at .55 and none at .05."""
    with scored.space.store.reading() as parts:
        first = parts.items.newest_id() - 119
    ids = range(first, first + 120)
    drafts = [
        a_draft(item, outcome=Outcome.REJECT, reasons=(Label.TOXICITY,))
        if number >= 100 or (number >= 60 and number % 2)
        else a_draft(item)
        for number, item in enumerate(ids)
    ]
    receipts = decide(scored.space, scored.operator, drafts, policy_version_id=None)
    assert len(receipts) == 120
    return scored


def _page() -> None:
    from core.domain.item_filter import ItemFilter
    from dashboard.policies.threshold_helper import show_helper

    show_helper(ItemFilter())


def _helper(**widgets: object) -> AppTest:
    return draw(_page, widgets)


def _draft_rule(app: AppTest) -> Rule:
    rule: Rule = app.session_state["kept_policy_draft"].rule
    return rule


WAYS = ["Target precision", "Target recall", "Review capacity", "Cost"]


@pytest.mark.parametrize("way", WAYS)
def test_the_helper_opens_on_an_empty_store(workbench: Workbench, way: str) -> None:
    app = _helper(helper_way=way)
    assert "No item of this selection has scores" in texts(app)
    # Costs need no history.
    assert bool(app.button) == (way == "Cost")


@pytest.mark.parametrize("way", WAYS)
def test_the_helper_says_that_nobody_has_decided(scored: Workbench, way: str) -> None:
    app = _helper(helper_way=way)
    assert "Nobody has decided on these items yet" in texts(app)
    # What comes in a day and what a mistake costs is known without reviews.
    assert bool(app.button) == (way in ("Review capacity", "Cost"))


@pytest.mark.parametrize("way", WAYS)
def test_the_helper_draws_the_curves_and_what_must_be_known_of_them(
    reviewed: Workbench, way: str
) -> None:
    app = _helper(helper_way=way)
    assert app.get("plotly_chart")
    assert "nobody knows how their items were chosen" in texts(app)


def test_a_target_precision_becomes_the_drafts_bound_of_rejection(reviewed: Workbench) -> None:
    app = _helper(helper_precision=95.0)
    said = texts(app)
    assert "From **0.555** on, precision reaches 95 %" in said
    assert "n = 20" in said
    assert "the lower end of the interval is 83.9 %: " in said
    assert "more reviews at or above the cut would narrow it to the target" in said
    assert "Sets toxicity in the draft to review from 0.30, reject above 0.555" in said
    app.button(key="helper_use").click().run()
    assert not app.exception
    rule = _draft_rule(app)
    assert isinstance(rule, ThresholdRule)
    assert rule.thresholds[Label.TOXICITY] == LabelThresholds(approve_below=0.3, reject_above=0.555)
    assert "see in the lab what it changes" in app.toast[0].value
    assert "The draft has these bounds already." in texts(app)
    assert app.button(key="helper_use").disabled


def test_a_precision_that_is_never_reached_is_said_and_not_offered(scored: Workbench) -> None:
    with scored.space.store.reading() as parts:
        newest = parts.items.newest_id()
    drafts = [
        a_draft(newest - n, outcome=Outcome.REJECT, reasons=(Label.TOXICITY,))
        if n % 2
        else a_draft(newest - n)
        for n in range(110)
    ]
    decide(scored.space, scored.operator, drafts, policy_version_id=None)
    app = _helper(helper_precision=90.0)
    assert "Precision never reaches **90 %**. The best is **50.0%" in texts(app)
    assert not app.button


def test_a_target_recall_becomes_the_drafts_bound_of_review(reviewed: Workbench) -> None:
    app = _helper(helper_way="Target recall", helper_recall=100.0)
    assert "Up to **0.55**, recall holds 100 %" in texts(app)
    app.button(key="helper_use").click().run()
    rule = _draft_rule(app)
    assert isinstance(rule, ThresholdRule)
    assert rule.thresholds[Label.TOXICITY].approve_below == pytest.approx(0.55)
    assert rule.thresholds[Label.TOXICITY].reject_above == 0.9


def test_a_capacity_counts_only_what_the_draft_does_not_reject(reviewed: Workbench) -> None:
    # All came within a moment, which counts as a day; forty score .55, twenty above .9.
    app = _helper(helper_way="Review capacity", helper_capacity=41)
    said = texts(app)
    assert "From **0.055** on, **40.0 items a day** go to people" in said
    assert "20.0 a day score above 0.90, where the draft rejects" in said
    assert "Recall there: **100.0%" in said


def test_a_capacity_of_nothing_is_said_in_words(reviewed: Workbench) -> None:
    app = _helper(helper_way="Review capacity", helper_capacity=0)
    assert "With 0 a day nobody reviews" in texts(app)


def test_costs_are_explained_both_ways(reviewed: Workbench) -> None:
    app = _helper(helper_way="Cost")
    said = texts(app)
    assert "approve below **0.04**, reject above **0.80**" in said
    assert "a review costs 30 % of a mistake" in said
    assert "a review costs 30 % of harm left up and 10 % of a wrong removal" in said
    assert "The calibration error (ECE) of toxicity here is" in said
    app.button(key="helper_use").click().run()
    rule = _draft_rule(app)
    assert isinstance(rule, ThresholdRule)
    assert rule.thresholds[Label.TOXICITY] == LabelThresholds(approve_below=0.04, reject_above=0.8)


def test_a_review_that_is_too_dear_is_said(reviewed: Workbench) -> None:
    said = texts(_helper(helper_way="Cost", helper_review=5.0))
    assert "There is **no band**" in said
    assert "Reviewing pays below 1.67 only" in said
    assert "**0.1667**" in said


def test_without_reviews_calibration_is_not_known(scored: Workbench) -> None:
    assert "is not known: no reviews tell" in texts(_helper(helper_way="Cost"))


def test_bounds_move_along_to_stay_in_order(reviewed: Workbench) -> None:
    app = _helper(helper_way="Cost", helper_review=2.0, helper_label="hate_speech")
    # Costs set both bounds, so nothing has to move.
    assert "moves along" not in texts(app)
    strict = ThresholdRule(
        thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.8, cites=Label.HATE_SPEECH)},
        overrides=(
            Override(
                language="de", thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.1)}
            ),
        ),
    )
    version = saved(reviewed, "strict", strict)
    app = draw(_page, {"helper_precision": 95.0}, base=str(version.policy_version_id))
    said = texts(app)
    assert "The other bound moves along, to stay in order" in said
    assert "Overrides for this label keep their own bounds" in said
    app.button(key="helper_use").click().run()
    rule = _draft_rule(app)
    assert isinstance(rule, ThresholdRule)
    assert rule.thresholds[Label.TOXICITY] == LabelThresholds(
        approve_below=0.555, reject_above=0.555, cites=Label.HATE_SPEECH
    )
    assert rule.overrides == strict.overrides


def test_a_label_that_the_draft_lacks_is_not_set(reviewed: Workbench) -> None:
    app = _helper(helper_way="Cost", helper_label="sentiment")
    assert app.button(key="helper_use").disabled
    assert "The draft has no bounds for sentiment" in texts(app)
    assert "has no bounds of its own for sentiment" in texts(app)


def test_a_weighted_draft_has_no_bounds_to_set(reviewed: Workbench) -> None:
    weighted = next(each for each in reviewed.catalogue.policies if each.rule == WEIGHTED_BASELINE)
    app = draw(_page, {"helper_way": "Review capacity"}, base=str(weighted.policy_version_id))
    assert app.button(key="helper_use").disabled
    assert "The draft is a weighted rule" in texts(app)
