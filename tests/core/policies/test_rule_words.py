"""Rules and their differences, as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.label import CITABLE_LABELS, SCORED_LABELS, Label
from core.domain.policy import LabelThresholds, Override, Rule, ThresholdRule, WeightedRule
from core.policies.builtin import WEIGHTED_BASELINE
from core.policies.rule_words import rule_differences, rule_words


def _bounds(low: float, high: float | None = None, cites: Label | None = None) -> LabelThresholds:
    return LabelThresholds(approve_below=low, reject_above=high, cites=cites)


def _rule(*overrides: Override, **labels: LabelThresholds) -> ThresholdRule:
    return ThresholdRule(
        thresholds={Label(name): bounds for name, bounds in labels.items()}, overrides=overrides
    )


PLAIN = _rule(toxicity=_bounds(0.3, 0.9))
GERMAN = Override(language="de", thresholds={Label.TOXICITY: _bounds(0.4, 0.9)})
ACME = Override(tenant="acme", thresholds={Label.TOXICITY: _bounds(0.5)})


def test_a_weighted_rule_says_its_sum_and_its_bounds() -> None:
    assert rule_words(WEIGHTED_BASELINE) == [
        "The overall score is the weighted sum of "
        "toxicity 0.4, hate speech 0.2, spam 0.2, sentiment 0.2.",
        "It approves below 0.30 and rejects above 0.70; what lies between goes to review.",
    ]


def test_a_rule_of_bounds_says_one_label_a_line_in_the_order_of_every_table() -> None:
    rule = _rule(
        Override(
            tenant="acme", language="de", thresholds={Label.SPAM: _bounds(0.125, 0.95)}
        ),
        spam=_bounds(0.2), toxicity=_bounds(0.3, 0.9, Label.HATE_SPEECH),
    )  # fmt: skip
    assert rule_words(rule) == [
        "Toxicity: to review from 0.30, rejected above 0.90, cited as hate speech.",
        "Spam: to review from 0.20, only people reject.",
        "For acme in the language “de”, spam: to review from 0.125, rejected above 0.95.",
    ]


@pytest.mark.parametrize("rule", [WEIGHTED_BASELINE, PLAIN, _rule(GERMAN, spam=_bounds(0.1),
                                  toxicity=_bounds(0.3))])  # fmt: skip
def test_a_rule_does_not_differ_from_itself(rule: Rule) -> None:
    assert rule_differences(rule, rule) == []


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (_rule(toxicity=_bounds(0.2, 0.9)),
         "Toxicity goes to review from 0.20 instead of 0.30: more is flagged."),
        (_rule(toxicity=_bounds(0.305, 0.9)),
         "Toxicity goes to review from 0.305 instead of 0.30: less is flagged."),
        (_rule(toxicity=_bounds(0.3, 0.8)),
         "Toxicity is rejected above 0.80 instead of 0.90: more is rejected without a person."),
        (_rule(toxicity=_bounds(0.3, 0.95)),
         "Toxicity is rejected above 0.95 instead of 0.90: less is rejected without a person."),
        (_rule(toxicity=_bounds(0.3)),
         "Toxicity is rejected by people only; it was above 0.90."),
        (_rule(toxicity=_bounds(0.3, 0.9, Label.MISINFORMATION)),
         "Toxicity cites misinformation instead of toxicity."),
        (_rule(toxicity=_bounds(0.3, 0.9), hate_speech=_bounds(0.1)),
         "Hate speech is looked at now: to review from 0.10, only people reject."),
        (_rule(GERMAN, toxicity=_bounds(0.3, 0.9)),
         "For the language “de”, toxicity is looked at now: to review from 0.40, rejected above "
         "0.90."),
    ],
)  # fmt: skip
def test_a_change_is_one_sentence(after: ThresholdRule, words: str) -> None:
    assert rule_differences(PLAIN, after) == [words]


def test_the_way_back_is_said_too() -> None:
    people_only = _rule(toxicity=_bounds(0.3))
    assert rule_differences(people_only, PLAIN) == [
        "Toxicity is rejected above 0.90; only people did before."
    ]
    two = _rule(toxicity=_bounds(0.3, 0.9), spam=_bounds(0.2))
    assert rule_differences(two, PLAIN) == ["Spam is not looked at any more."]
    assert rule_differences(_rule(GERMAN, toxicity=_bounds(0.3, 0.9)), PLAIN) == [
        "For the language “de” the general bounds apply again."
    ]


def test_a_changed_override_names_its_place() -> None:
    milder = Override(language="de", thresholds={Label.TOXICITY: _bounds(0.45, 0.95)})
    before, after = (_rule(each, toxicity=_bounds(0.3, 0.9)) for each in (GERMAN, milder))
    assert rule_differences(before, after) == [
        "For the language “de”, toxicity goes to review from 0.45 instead of 0.40: less is "
        "flagged.",
        "For the language “de”, toxicity is rejected above 0.95 instead of 0.90: less is rejected "
        "without a person.",
    ]


def test_a_reason_spelled_out_is_no_change() -> None:
    spelled = _rule(toxicity=_bounds(0.3, 0.9, Label.TOXICITY))
    assert rule_differences(PLAIN, spelled) == rule_differences(spelled, PLAIN) == []


def test_the_order_of_overrides_that_meet_is_a_change() -> None:
    before, after = (
        _rule(*order, toxicity=_bounds(0.3, 0.9)) for order in ((ACME, GERMAN), (GERMAN, ACME))
    )
    assert rule_differences(before, after) == [
        "For acme in the language “de”, toxicity goes to review from 0.50 instead of 0.40: less "
        "is flagged.",
        "For acme in the language “de”, toxicity is rejected by people only; it was above 0.90.",
    ]


def test_the_order_of_overrides_that_never_meet_is_none() -> None:
    zoo = Override(tenant="zoo", thresholds={Label.TOXICITY: _bounds(0.1)})
    before, after = (
        _rule(*order, toxicity=_bounds(0.3, 0.9)) for order in ((ACME, zoo), (zoo, ACME))
    )
    assert rule_differences(before, after) == []


def test_weights_and_bounds_of_a_sum_are_compared() -> None:
    after = WeightedRule(
        weights={Label.TOXICITY: 0.5, Label.SPAM: 0.2, Label.VIOLENCE: 0.1},
        approve_below=0.25, reject_above=0.7,
    )  # fmt: skip
    assert rule_differences(WEIGHTED_BASELINE, after) == [
        "Toxicity weighs 0.5 instead of 0.4.",
        "Hate speech weighs 0 instead of 0.2.",
        "Sentiment weighs 0 instead of 0.2.",
        "Violence weighs 0.1 instead of 0.",
        "Approves below 0.25 instead of 0.30.",
    ]


def test_another_kind_of_rule_is_told_whole() -> None:
    first, *rest = rule_differences(WEIGHTED_BASELINE, PLAIN)
    assert first == "It is another kind of rule: bounds for each label instead of a weighted sum."
    assert rest == rule_words(PLAIN)
    first, *rest = rule_differences(PLAIN, WEIGHTED_BASELINE)
    assert first == "It is another kind of rule: a weighted sum instead of bounds for each label."
    assert rest == rule_words(WEIGHTED_BASELINE)


_thousandths = st.integers(0, 1000).map(lambda number: number / 1000)
_pairs = st.tuples(_thousandths, _thousandths).map(sorted)


@st.composite
def _threshold_rules(draw: st.DrawFn) -> ThresholdRule:
    thresholds = {}
    for label in draw(st.sets(st.sampled_from(SCORED_LABELS), min_size=1, max_size=3)):
        low, high = draw(_pairs)
        others = [each for each in CITABLE_LABELS if each is not label]
        thresholds[label] = _bounds(
            low, draw(st.sampled_from([high, None])), draw(st.sampled_from([None, *others]))
        )
    return ThresholdRule(thresholds=thresholds)


@st.composite
def _weighted_rules(draw: st.DrawFn) -> WeightedRule:
    labels = draw(st.lists(st.sampled_from(SCORED_LABELS), min_size=1, max_size=3, unique=True))
    weights = {label: draw(st.integers(1, 300)) / 1000 for label in labels}
    low, high = draw(_pairs)
    return WeightedRule(weights=weights, approve_below=low, reject_above=high)


@given(_threshold_rules() | _weighted_rules(), _threshold_rules() | _weighted_rules())
def test_nothing_is_said_only_of_equal_rules(first: Rule, second: Rule) -> None:
    assert rule_differences(first, first) == []
    assert (rule_differences(first, second) == []) == (first == second)


@given(_threshold_rules(), st.sampled_from(SCORED_LABELS), st.data())
def test_a_label_that_moved_is_the_only_one_named(
    rule: ThresholdRule, label: Label, data: st.DataObject
) -> None:
    low, high = data.draw(_pairs)
    moved = rule.model_copy(update={"thresholds": {**rule.thresholds, label: _bounds(low, high)}})
    assert all(line.startswith(label.words) for line in rule_differences(rule, moved))
