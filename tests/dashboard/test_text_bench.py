"""The test bench of the Policies page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.label import Label
from core.domain.model_version import ModelVersion
from core.domain.person import Person
from core.domain.policy import (
    LabelThresholds,
    Override,
    PolicyMode,
    PolicyVersion,
    ThresholdRule,
)
from core.domain.role import Role
from dashboard import state
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench
from tests.builders import NOON
from tests.dashboard.word_workbench import draw, saved, texts, word_workbench

HOSTILE = "you idiot <b>**bold**</b> ![x](http://evil.example/x.png) :red[pills]"


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    with word_workbench(tmp_path) as opened:
        yield opened


def _page() -> None:
    from dashboard.policies.text_bench import show_text_bench

    show_text_bench()


def _bench(**widgets: object) -> AppTest:
    return draw(_page, widgets)


def _scored_text(app: AppTest, text: str = HOSTILE) -> AppTest:
    app.text_area(key="bench_text").input(text)
    app.button(key="bench_score").click().run()
    assert not app.exception
    return app


def test_the_bench_opens_on_an_empty_store_and_asks_for_a_text(workbench: Workbench) -> None:
    app = _bench()
    app.button(key="bench_score").click().run()
    assert not app.exception
    assert "Type or paste a text first." in texts(app)


def test_two_policies_are_compared_on_one_text(workbench: Workbench) -> None:
    app = _scored_text(_bench())
    said = texts(app)
    # The live policy against the weighted baseline, which hardly ever rejects.
    assert "**A and B agree: both send to review" in said or "**A sends to review and B" in said
    assert "Decided by toxicity and spam." in said
    assert "The weighted sum decides" in said
    assert len(app.dataframe) == 2
    assert "ms by words\\-1 \\(1\\)" in said


def test_a_text_is_shown_and_nothing_of_it_is_active(workbench: Workbench) -> None:
    said = texts(_scored_text(_bench()))
    assert "![x]" not in said
    assert "\\!\\[x\\]" in said
    assert "<b>" not in said
    assert ":red[pills]" not in said
    assert ":red-background[idiot]" in said


def test_nothing_of_a_tried_text_is_stored(workbench: Workbench) -> None:
    assert workbench.catalogue.policies
    with workbench.space.store.reading() as parts:
        before = list(parts.audit.events())
    _scored_text(_bench())
    with workbench.space.store.reading() as parts:
        assert not parts.scores.any()
        assert list(parts.audit.events()) == before


def test_a_model_without_a_label_is_said_clearly(workbench: Workbench) -> None:
    app = _scored_text(_bench(bench_model_B="few-1"), "hello")
    said = texts(app)
    assert "needs a score of hate speech, sentiment, which few\\-1 \\(1\\) does not give" in said
    assert "the weighted sum cannot be worked out" in said
    assert "The policy reads words\\-1 \\(1\\): its bounds were chosen for those scores" in said
    assert "**A approves and B sends to review: B lacks a score of hate speech" in said


def test_a_policy_whose_model_is_not_installed_is_said_clearly(workbench: Workbench) -> None:
    gone = ModelVersion(
        model_version_id=7, name="gone*", version="1", kind="lexical", labels=(Label.SPAM,),
        digest="ef" * 32, created_at=NOON,
    )  # fmt: skip
    policy = PolicyVersion(
        policy_version_id=8, name="old", number=1, mode=PolicyMode.DRAFT, model_version_id=7,
        rule=ThresholdRule(thresholds={Label.SPAM: LabelThresholds(approve_below=0.3)}),
        author="ann", created_at=NOON,
    )  # fmt: skip
    with workbench.space.store.writing() as parts:
        parts.models.add(gone)
        parts.policies.add(policy)
    workbench.policies_changed(by=workbench.operator)
    app = _scored_text(_bench(bench_policy_B=8))
    said = texts(app)
    assert "old v1 reads gone\\* \\(1\\), which is not installed here: nothing was scored" in said
    assert "A and B cannot be compared" in said
    assert len(app.dataframe) == 1
    again = _scored_text(_bench(bench_policy_B=8, bench_model_B="words-1"))
    assert len(again.dataframe) == 2


def test_an_override_applies_where_the_text_is_said_to_come_from(workbench: Workbench) -> None:
    strict = {Label.TOXICITY: LabelThresholds(approve_below=0.1, reject_above=0.5)}
    rule = ThresholdRule(
        thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.6)},
        overrides=(Override(language="de", thresholds=strict),),
    )
    version = saved(workbench, "places", rule)
    chosen = {"bench_policy_A": version.policy_version_id}
    assert ":green-badge[approve]" in texts(_scored_text(_bench(**chosen), "idiot"))
    there = _bench(**chosen, bench_language="de")
    assert ":red-badge[reject]" in texts(_scored_text(there, "idiot"))


def test_a_role_that_may_not_try_texts_is_told(workbench: Workbench) -> None:
    senior = Person(name="sue", role=Role.SENIOR_REVIEWER)
    state.publish(workbench, Gate(workbench, open_to=senior))
    app = _bench()
    assert "Your role may not try texts" in texts(app)
    assert not app.text_area
