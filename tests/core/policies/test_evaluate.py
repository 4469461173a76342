import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import LabelThresholds, Override, Place, Rule, ThresholdRule, WeightedRule
from core.domain.verdict import VerdictKind
from core.policies.builtin import WEIGHTED_BASELINE, default_rule
from core.policies.evaluate import evaluate
from core.policies.evaluate_frame import evaluate_frame
from tests.rules import LANGUAGES, TENANTS, rules, scores, threshold_rules

places = st.builds(Place, tenant=st.sampled_from(TENANTS), language=st.sampled_from(LANGUAGES))


@given(st.lists(st.tuples(scores, places), min_size=1, max_size=8), rules)
def test_frame_evaluation_equals_single_evaluation(
    rows: list[tuple[dict[Label, float | None], Place]], rule: Rule
) -> None:
    frame = pl.DataFrame(
        [{label.value: row[label] for label in SCORED_LABELS} for row, _ in rows],
        schema={label.value: pl.Float32 for label in SCORED_LABELS},
    ).with_columns(
        tenant_id=pl.Series([place.tenant for _, place in rows], dtype=pl.String),
        language=pl.Series([place.language for _, place in rows], dtype=pl.String),
    )
    got_rows = evaluate_frame(frame, rule).iter_rows(named=True)
    for (row, place), got in zip(rows, got_rows, strict=True):
        wanted = evaluate(row, rule, place)
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


def test_the_last_matching_override_wins_and_cites_what_it_says() -> None:
    rule = ThresholdRule(
        thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.5, reject_above=0.9)},
        overrides=(
            Override(
                language="de", thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.8)}
            ),
            Override(
                tenant="north",
                thresholds={
                    Label.TOXICITY: LabelThresholds(approve_below=0.2, cites=Label.HATE_SPEECH)
                },
            ),
        ),
    )
    row: dict[Label, float | None] = {Label.TOXICITY: 0.6}
    assert evaluate(row, rule).reasons == (Label.TOXICITY,)
    assert evaluate(row, rule, Place(language="de")).kind is VerdictKind.APPROVE
    north = evaluate(row, rule, Place(tenant="north", language="de"))
    assert north.kind is VerdictKind.REVIEW
    assert north.reasons == (Label.HATE_SPEECH,)


@pytest.mark.parametrize(
    ("kind", "values", "sentence"),
    [
        (WeightedRule, {"weights": {"spam": 0.0}, "approve_below": 0.3, "reject_above": 0.7}, "sum to 0"),
        (WeightedRule, {"weights": {"spam": 0.9, "toxicity": 0.9}, "approve_below": 0.3, "reject_above": 0.7}, "at most 1"),
        (WeightedRule, {"weights": {"spam": 1.0}, "approve_below": 0.7, "reject_above": 0.3}, "must not be below"),
        (WeightedRule, {"weights": {"spam": 1.0}, "approve_below": -0.1, "reject_above": 0.3}, "greater than or equal to 0"),
        (ThresholdRule, {"thresholds": {}}, "no label has a bound"),
        (ThresholdRule, {"thresholds": {"spam": {"approve_below": 0.7, "reject_above": 0.3}}}, "must not be below"),
        (ThresholdRule, {"thresholds": {"spam": {"approve_below": 1.3}}}, "less than or equal to 1"),
        (ThresholdRule, {"thresholds": {"misinformation": {"approve_below": 0.3}}}, "has no score"),
        (ThresholdRule, {"thresholds": {"spam": {"approve_below": 0.3}}, "overrides": [{"thresholds": {}}]}, "needs a tenant or a language"),
        (ThresholdRule, {"thresholds": {"spam": {"approve_below": 0.3}}, "overrides": [{"language": "de", "thresholds": {"toxicity": {"approve_below": 0.3}}}]}, "leaves out"),
    ],
)  # fmt: skip
def test_rules_that_make_no_sense_are_refused(
    kind: type[WeightedRule] | type[ThresholdRule], values: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        kind.model_validate(values)
