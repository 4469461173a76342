"""What is said of one text under two policies or models."""

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import (
    LabelThresholds,
    Override,
    Place,
    PolicyMode,
    PolicyVersion,
    Rule,
    ThresholdRule,
    WeightedRule,
)
from core.domain.verdict import VerdictKind
from core.engine.classifier import Classifier
from core.policies.builtin import WEIGHTED_BASELINE
from core.policies.evaluate import evaluate
from core.usecases.compare_texts import text_difference
from core.usecases.try_text import TriedText, try_text
from tests.builders import NOON, WordClassifier
from tests.rules import rules


class TwoLabels(WordClassifier):
    """Scores toxicity and spam only."""

    name = "few-1"
    digest = "cd" * 32
    labels = (Label.TOXICITY, Label.SPAM)
    WORDS: ClassVar = {"idiot": Label.TOXICITY, "pills": Label.SPAM}


def _policy(rule: Rule) -> PolicyVersion:
    return PolicyVersion(
        policy_version_id=1, name="p", number=1, mode=PolicyMode.DRAFT, model_version_id=1,
        rule=rule, author="ann", created_at=NOON,
    )  # fmt: skip


def _bounds(low: float, high: float | None = None, **others: LabelThresholds) -> ThresholdRule:
    named = {Label(name): bounds for name, bounds in others.items()}
    first = {Label.TOXICITY: LabelThresholds(approve_below=low, reject_above=high)}
    return ThresholdRule(thresholds=first | named)


def _try(
    rule: Rule, text: str, classifier: Classifier | None = None, place: Place | None = None
) -> TriedText:
    return try_text(classifier or WordClassifier(), _policy(rule), text, place or Place())


def test_a_reject_bound_that_is_crossed_on_one_side_only() -> None:
    said = text_difference(
        _try(_bounds(0.3, 0.9), "idiot idiot"), _try(_bounds(0.3, 0.96), "idiot idiot")
    )
    assert said == (
        "A rejects and B sends to review: toxicity scores 0.950, above A's reject bound 0.90; "
        "in B toxicity scores 0.950, not above the reject bound 0.96."
    )


def test_a_review_bound_that_is_crossed_on_one_side_only_whichever_it_is() -> None:
    said = text_difference(_try(_bounds(0.6), "idiot"), _try(_bounds(0.5), "idiot"))
    assert said == (
        "A approves and B sends to review: toxicity scores 0.550, at or above B's review bound "
        "0.50; in A toxicity scores 0.550, below the review bound 0.60."
    )


def test_a_label_that_the_other_side_does_not_look_at() -> None:
    spam = LabelThresholds(approve_below=0.3)
    said = text_difference(_try(_bounds(0.3, spam=spam), "pills"), _try(_bounds(0.3), "pills"))
    assert said.endswith("B has no bounds for spam.")


def test_a_label_for_which_only_people_reject() -> None:
    said = text_difference(_try(_bounds(0.3, 0.5), "idiot"), _try(_bounds(0.3), "idiot"))
    assert said.endswith("in B only people reject for toxicity.")


def test_other_scores_of_another_model_are_told_apart() -> None:
    class Mild(WordClassifier):
        WORDS: ClassVar = {"nothing": Label.TOXICITY}

    said = text_difference(_try(_bounds(0.3), "idiot"), _try(_bounds(0.3), "idiot", Mild()))
    assert "toxicity scores 0.550, at or above A's review bound 0.30" in said
    assert said.endswith("in B toxicity scores 0.050, below the review bound 0.30.")


def test_a_weighted_sum_against_bounds() -> None:
    bounds, weighted = (
        _try(_bounds(0.3, 0.9), "idiot idiot"),
        _try(WEIGHTED_BASELINE, "idiot idiot"),
    )
    said = text_difference(bounds, weighted)
    assert said.startswith("A rejects and B sends to review: toxicity scores 0.950")
    assert said.endswith("; B's weighted sum is 0.410, between 0.30 and 0.70.")
    back = text_difference(_try(_bounds(0.96), "idiot idiot"), weighted)
    assert back == (
        "A approves and B sends to review: B's weighted sum is 0.410, between 0.30 and 0.70; "
        "in A toxicity scores 0.950, below the review bound 0.96."
    )


def test_a_missing_score_is_the_reason() -> None:
    violence = LabelThresholds(approve_below=0.3)
    rule = _bounds(0.3, violence=violence)
    tried = _try(rule, "hello", TwoLabels())
    assert tried.missing == (Label.VIOLENCE,)
    said = text_difference(tried, _try(rule, "hello"))
    assert said.startswith(
        "A sends to review and B approves: A lacks a score of violence, and without it never "
        "approves; in B "
    )
    weighted = _try(WEIGHTED_BASELINE, "hello", TwoLabels())
    assert weighted.verdict.overall is None
    assert "B lacks a score of hate speech, sentiment" in text_difference(
        _try(_bounds(0.3, 0.5), "idiot"), weighted
    )


def test_agreement_is_said_with_what_differs_nevertheless() -> None:
    rule = _bounds(0.3)
    assert text_difference(_try(rule, "idiot"), _try(rule, "idiot")) == (
        "A and B agree: both send to review, on the same scores and the same rule."
    )
    cites = LabelThresholds(approve_below=0.3, cites=Label.HATE_SPEECH)
    other = ThresholdRule(thresholds={Label.TOXICITY: cites})
    assert text_difference(_try(rule, "idiot"), _try(other, "idiot")) == (
        "A and B agree: both send to review, A citing toxicity and B hate speech."
    )


def test_a_score_is_shown_exactly_enough_to_differ_from_its_bound() -> None:
    class Close(WordClassifier):
        def score(self, texts):  # type: ignore[no-untyped-def]
            return np.full((len(texts), len(self.labels)), 0.90004, dtype=np.float32)

    said = text_difference(
        _try(_bounds(0.3, 0.9), "x", Close()), _try(_bounds(0.3, 0.95), "x", Close())
    )
    assert "scores 0.90004, above A's reject bound 0.90" in said


def test_a_text_is_judged_by_the_bounds_of_its_place() -> None:
    strict = {Label.TOXICITY: LabelThresholds(approve_below=0.1, reject_above=0.5)}
    rule = _bounds(0.6).model_copy(
        update={"overrides": (Override(language="de", thresholds=strict),)}
    )
    assert _try(rule, "idiot").verdict.kind is VerdictKind.APPROVE
    there = _try(rule, "idiot", place=Place(language="de"))
    assert there.verdict.kind is VerdictKind.REJECT
    assert there.bounds == strict


def test_parts_say_which_label_decides() -> None:
    spam = LabelThresholds(approve_below=0.3)
    tried = _try(_bounds(0.3, 0.9, spam=spam), "idiot idiot pills")
    parts = {part.label: part for part in tried.parts}
    assert set(parts) == set(SCORED_LABELS)
    assert [label for label, part in parts.items() if part.decides] == [Label.TOXICITY]
    assert parts[Label.SPAM].says is VerdictKind.REVIEW
    assert parts[Label.TOXICITY].distance == pytest.approx(0.05)
    assert parts[Label.VIOLENCE].contribution is None
    weighted = _try(WEIGHTED_BASELINE, "idiot")
    by_label = {part.label: part for part in weighted.parts}
    assert by_label[Label.TOXICITY].contribution == pytest.approx(0.4 * 0.55)
    assert by_label[Label.TOXICITY].weight == 0.4
    assert not any(part.decides for part in weighted.parts)


@given(rules, rules, st.dictionaries(st.sampled_from(SCORED_LABELS), st.floats(0, 1), min_size=1))
def test_every_pair_of_rules_gives_one_true_sentence(
    one: Rule, two: Rule, scores: dict[Label, float]
) -> None:
    def tried(rule: Rule) -> TriedText:
        return TriedText(
            text="x", model="m", policy=_policy(rule), scores=scores,
            bounds={} if isinstance(rule, WeightedRule) else rule.bounds_at(Place()),
            verdict=evaluate(scores, rule), highlights=(), milliseconds=1,
        )  # fmt: skip

    first, second = tried(one), tried(two)
    said = text_difference(first, second)
    assert said.endswith(".")
    assert said.startswith("A and B agree") == (first.verdict.kind is second.verdict.kind)
    for side in (first, second):
        deciding = any(part.decides for part in side.parts)
        if side.bounds and side.verdict.kind is not VerdictKind.APPROVE:
            assert deciding or side.missing
