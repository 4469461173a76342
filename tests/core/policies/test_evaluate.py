import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import LabelThresholds, Rule, ThresholdRule
from core.domain.verdict import VerdictKind
from core.policies.builtin import WEIGHTED_BASELINE, default_rule
from core.policies.evaluate import evaluate
from core.policies.evaluate_frame import evaluate_frame

float32 = st.floats(0, 1, width=32)
scores = st.fixed_dictionaries({label: st.none() | float32 for label in SCORED_LABELS})


@st.composite
def threshold_rules(draw: st.DrawFn) -> ThresholdRule:
    labels = draw(st.lists(st.sampled_from(SCORED_LABELS), min_size=1, unique=True))
    rule = {}
    for label in labels:
        low = draw(float32)
        high = draw(st.none() | st.floats(low, 1, width=32))
        rule[label] = LabelThresholds(approve_below=low, reject_above=high)
    return ThresholdRule(thresholds=rule)


rules = st.just(WEIGHTED_BASELINE) | threshold_rules()


@given(st.lists(scores, min_size=1, max_size=8), rules)
def test_frame_evaluation_equals_single_evaluation(
    rows: list[dict[Label, float | None]], rule: Rule
) -> None:
    frame = pl.DataFrame(
        [{label.value: row[label] for label in SCORED_LABELS} for row in rows],
        schema={label.value: pl.Float32 for label in SCORED_LABELS},
    )
    for row, got in zip(rows, evaluate_frame(frame, rule).iter_rows(named=True), strict=True):
        wanted = evaluate(row, rule)
        assert got["verdict"] == wanted.kind.value
        assert got["reasons"] == [reason.value for reason in wanted.reasons]
        assert got["overall"] == wanted.overall
        assert got["distance"] == wanted.distance


@given(scores, threshold_rules(), st.floats(0, 1))
def test_a_stricter_policy_never_approves_more(
    row: dict[Label, float | None], rule: ThresholdRule, factor: float
) -> None:
    stricter = ThresholdRule(
        thresholds={
            label: LabelThresholds(
                approve_below=bounds.approve_below * factor,
                reject_above=None if bounds.reject_above is None else bounds.reject_above * factor,
            )
            for label, bounds in rule.thresholds.items()
        }
    )
    if evaluate(row, stricter).kind is VerdictKind.APPROVE:
        assert evaluate(row, rule).kind is VerdictKind.APPROVE


def _scores(**values: float) -> dict[Label, float | None]:
    return {label: values.get(label.value, 0.0) for label in SCORED_LABELS}


@pytest.mark.parametrize(
    ("values", "overall", "kind"),
    [
        ({"hate_speech": 1.0}, 0.2, VerdictKind.APPROVE),
        ({"toxicity": 1.0}, 0.4, VerdictKind.REVIEW),
        ({"toxicity": 1.0, "spam": 1.0}, 0.6, VerdictKind.REVIEW),
        ({"toxicity": 1.0, "spam": 1.0, "hate_speech": 1.0}, 0.8, VerdictKind.REJECT),
        ({"sentiment": 1.0, "toxicity": 1.0, "spam": 1.0, "hate_speech": 1.0}, 1.0, VerdictKind.REJECT),
        ({"violence": 1.0}, 0.0, VerdictKind.APPROVE),
    ],
)  # fmt: skip
def test_the_weighted_baseline_is_exact(
    values: dict[str, float], overall: float, kind: VerdictKind
) -> None:
    verdict = evaluate(_scores(**values), WEIGHTED_BASELINE)
    assert verdict.overall == pytest.approx(overall)
    assert verdict.kind is kind


def test_agreement_is_one_minus_the_variance_and_full_when_all_scores_say_half() -> None:
    same = evaluate(dict.fromkeys(SCORED_LABELS, 0.5), WEIGHTED_BASELINE)
    assert same.agreement == 1.0
    split = evaluate(_scores(toxicity=1.0, spam=1.0), WEIGHTED_BASELINE)
    assert split.agreement == pytest.approx(0.75)


def test_a_missing_score_asks_for_review_and_never_approves() -> None:
    rule = default_rule({Label.SPAM: LabelThresholds(approve_below=0.5)})
    assert evaluate({Label.SPAM: None}, rule).kind is VerdictKind.REVIEW
    partial = {label: None if label is Label.SPAM else 0.0 for label in SCORED_LABELS}
    assert evaluate(partial, WEIGHTED_BASELINE).kind is VerdictKind.REVIEW


def test_sentiment_is_never_a_reason_of_the_default_policy() -> None:
    rule = default_rule({label: LabelThresholds(approve_below=0.5) for label in SCORED_LABELS})
    assert Label.SENTIMENT not in rule.thresholds
