"""OpenAI's moderation shape: what is read, what is flagged, what is said of what we do not score."""

from typing import Any

import polars as pl
import pytest

from core.domain.api_key import KeyHolder, Scope
from core.domain.label import Label
from core.domain.person import operator
from core.domain.policy import (
    LabelThresholds,
    Override,
    PolicyMode,
    PolicyVersion,
    Rule,
    ThresholdRule,
    WeightedRule,
)
from core.domain.role import Role
from core.errors import DropInRequestError, ForbiddenError
from core.usecases.moderate_like_openai import (
    CATEGORIES,
    ModerationResult,
    moderate_like_openai,
    texts_to_moderate,
)
from tests.builders import NOON, WordClassifier
from tests.dashboard.word_workbench import FewLabels

ANN = operator("ann")
BY_DEFAULT = ThresholdRule(thresholds=WordClassifier.thresholds)


def _german(texts: pl.Series) -> pl.Series:
    return pl.Series(["de"] * len(texts))


def _moderated(
    text: str, rule: Rule = BY_DEFAULT, classifier: WordClassifier | None = None
) -> ModerationResult:
    policy = PolicyVersion(
        policy_version_id=1, name="p", number=1, mode=PolicyMode.LIVE, model_version_id=1,
        rule=rule, author="ann", created_at=NOON,
    )  # fmt: skip
    answer = moderate_like_openai(
        classifier or WordClassifier(), policy, [text], person=ANN, tenant="acme", detect=_german
    )
    [found] = answer.results
    return found


def test_a_text_is_one_result_and_a_list_one_each() -> None:
    assert texts_to_moderate({"input": "a"}) == ("a",)
    assert texts_to_moderate({"input": ["a", "b", ""], "model": "omni-moderation-latest"}) == (
        "a", "b", "",
    )  # fmt: skip


def test_parts_are_one_text() -> None:
    parts = [{"type": "text", "text": "you"}, {"type": "text", "text": "idiot"}]
    assert texts_to_moderate({"input": parts}) == ("you\nidiot",)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ([], None, None),
        ({"input": "a", "user": "x"}, None, None),
        ({}, "input", "missing_required_parameter"),
        ({"input": None}, "input", "invalid_type"),
        ({"input": 3}, "input", "invalid_type"),
        ({"input": {"type": "text"}}, "input", "invalid_type"),
        ({"input": []}, "input", "empty_array"),
        ({"input": ["a"] * 1_001}, "input", "array_above_max_length"),
        ({"input": ["a", 1]}, "input[1]", "invalid_type"),
        ({"input": "a" * 100_001}, "input", "string_above_max_length"),
        ({"input": ["a" * 100_000] * 21}, "input", "string_above_max_length"),
        ({"input": [{"type": "text", "text": 1}]}, "input[0].text", "invalid_type"),
        ({"input": [{"type": "text", "text": "a"}, "b"]}, "input[1]", "invalid_type"),
        ({"input": [{"type": "audio"}]}, "input[0].type", "invalid_value"),
        ({"input": "a", "model": 1}, "model", "invalid_type"),
        (
            {"input": [{"type": "image_url", "image_url": {"url": "https://e.example/a.png"}}]},
            "input[0]", "unsupported_image",
        ),
    ],
)  # fmt: skip
def test_bad_input_names_the_parameter(body: Any, field: str | None, code: str | None) -> None:
    with pytest.raises(DropInRequestError) as caught:
        texts_to_moderate(body)
    assert (caught.value.field, caught.value.code) == (field, code)


def test_every_category_is_answered_and_only_what_was_scored_says_so() -> None:
    found = _moderated("you idiot")
    assert list(found.categories) == list(found.category_scores) == list(CATEGORIES)
    assert len(CATEGORIES) == 13
    applied = {name for name, kinds in found.category_applied_input_types.items() if kinds}
    assert applied == {"harassment", "hate", "sexual", "violence"}
    assert found.category_scores["harassment"] == pytest.approx(0.55)
    assert found.category_scores["self-harm"] == 0.0
    assert [name for name, is_raised in found.categories.items() if is_raised] == ["harassment"]
    assert found.flagged


def test_a_label_that_the_model_lacks_is_not_applied() -> None:
    found = _moderated("kill", ThresholdRule(thresholds=FewLabels.thresholds), FewLabels())
    assert found.category_applied_input_types["violence"] == ()
    assert found.category_scores["violence"] == 0.0
    # The rule asks for scores that are not there: then a person has to look.
    assert found.flagged


def test_flagged_is_the_policys_verdict_also_for_what_no_category_names() -> None:
    assert not _moderated("good morning").flagged
    spam = _moderated("cheap pills")
    assert spam.flagged
    assert not any(spam.categories.values())


def test_the_policys_own_bounds_decide_also_where_they_are_overridden() -> None:
    lenient = {Label.TOXICITY: LabelThresholds(approve_below=0.6)}
    strict = {Label.TOXICITY: LabelThresholds(approve_below=0.5)}
    assert not _moderated("idiot", ThresholdRule(thresholds=lenient)).flagged
    here = Override(tenant="acme", language="de", thresholds=strict)
    found = _moderated("idiot", ThresholdRule(thresholds=lenient, overrides=(here,)))
    assert found.flagged
    assert found.categories["harassment"]


def test_under_a_weighted_rule_a_category_is_what_the_verdict_cites() -> None:
    rule = WeightedRule(weights={Label.TOXICITY: 1.0}, approve_below=0.5, reject_above=0.9)
    found = _moderated("idiot kill", rule)
    assert found.flagged
    assert found.categories["harassment"]
    assert not found.categories["violence"]


def test_a_key_that_only_ingests_may_not_score() -> None:
    holder = KeyHolder(name="key:k", role=Role.REVIEWER, scopes=frozenset({Scope.INGEST}))
    policy = PolicyVersion(
        policy_version_id=1, name="p", number=1, mode=PolicyMode.LIVE, model_version_id=1,
        rule=BY_DEFAULT, author="ann", created_at=NOON,
    )  # fmt: skip
    with pytest.raises(ForbiddenError):
        moderate_like_openai(
            WordClassifier(), policy, ["a"], person=holder, tenant="acme", detect=_german
        )
