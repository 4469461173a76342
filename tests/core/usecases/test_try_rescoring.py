"""Trials show what items would get, and leave no trace in the store."""

import polars as pl
import pytest

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.policy import LabelThresholds, Override, PolicyVersion, ThresholdRule
from core.domain.role import Role
from core.engine.classifier import Classifier
from core.errors import (
    ForbiddenError,
    ModelError,
    NotFoundError,
    TrialError,
    UnknownModelError,
)
from core.policies.evaluate import evaluate
from core.usecases.catalogue import Catalogue
from core.usecases.explain_trial import explain_row, whole_text
from core.usecases.review_item import decide
from core.usecases.score_items import score_items
from core.usecases.trial_run import TrialModel, TrialRun, TrialState, row_schema, score_column
from core.usecases.try_rescoring import new_trial, trial_batches
from core.usecases.workspace import Workspace
from tests.builders import FixedClock, WordClassifier, a_draft, item_frame
from tests.core.usecases.trial_world import ANN, Newer, WordRegistry, chosen, planned, tried

BODIES = ["you idiot", "you idiot", "you clown", "hello", "cheap pills", "bye"]


@pytest.fixture
def filled(space: Workspace, classifier: WordClassifier, catalogue: Catalogue) -> Workspace:
    with space.store.writing() as parts:
        parts.items.add_new(item_frame(*BODIES, language=["en", "de", "en", "en", "en", "en"]))
    score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy, progress=lambda *_: None
    )
    return space


def _events(space: Workspace) -> list[str]:
    with space.store.reading() as parts:
        return [event.verb for event in parts.audit.events()]


def _by_text(run: TrialRun) -> dict[str, dict[str, object]]:
    return {row["text"]: row for row in run.rows.iter_rows(named=True)}


def test_rows_say_what_items_had_and_would_get(filled: Workspace, catalogue: Catalogue) -> None:
    run = tried(filled, catalogue, chosen(filled, catalogue), Newer())
    assert run.progress.state is TrialState.DONE
    assert (run.progress.done, run.rows.height, run.progress.share) == (6, 6, 1.0)
    assert run.rows.schema == pl.Schema(row_schema(run.plan.sides))
    rows = _by_text(run)
    assert rows["you idiot"]["verdict_before"] == "review"
    assert rows["you idiot"]["verdict_0"] == "approve"
    assert rows["you clown"]["verdict_before"] == "approve"
    assert rows["you clown"]["verdict_0"] == "review"
    assert rows["you clown"]["toxicity_before"] == pytest.approx(0.05)
    assert rows["you clown"]["toxicity_0"] == pytest.approx(0.55)
    assert rows["hello"]["sentiment_0"] is None


def test_nothing_is_stored(filled: Workspace, catalogue: Catalogue) -> None:
    before = _events(filled)
    tried(filled, catalogue, chosen(filled, catalogue), Newer())
    tried(filled, catalogue, ["a text of my own"], Newer())
    assert _events(filled) == before
    with filled.store.reading() as parts:
        assert [each.name for each in parts.models.all()] == ["words-1"]
        assert list(parts.scores.counts().values()) == [6]


def test_identical_content_is_scored_once_and_stored_scores_are_read(
    filled: Workspace, catalogue: Catalogue
) -> None:
    newer, same = Newer(), WordClassifier()
    run = tried(filled, catalogue, chosen(filled, catalogue), newer, same)
    assert sorted(newer.asked) == sorted(set(BODIES))
    assert run.progress.reused == {0: 0, 1: 6}
    # The model in use under the live policy: nothing can have changed.
    assert run.rows["verdict_1"].equals(run.rows["verdict_before"], check_names=False)


def test_verdicts_are_those_of_the_one_rule(filled: Workspace, catalogue: Catalogue) -> None:
    weighted = next(each for each in catalogue.policies if each.name == "weighted-baseline")
    run = tried(filled, catalogue, chosen(filled, catalogue), WordClassifier(), policy=weighted)
    for row in run.rows.iter_rows(named=True):
        scores = {label: row[score_column(label, "0")] for label in WordClassifier.labels}
        assert row["verdict_0"] == evaluate(scores, weighted.rule).kind


def test_overrides_apply_where_an_item_is_from(filled: Workspace, catalogue: Catalogue) -> None:
    loose = {Label.TOXICITY: LabelThresholds(approve_below=0.9)}
    strict = {Label.TOXICITY: LabelThresholds(approve_below=0.1, reject_above=0.2)}
    rule = ThresholdRule(thresholds=loose, overrides=(Override(language="de", thresholds=strict),))
    policy: PolicyVersion = catalogue.policy.model_copy(update={"rule": rule})
    run = tried(filled, catalogue, chosen(filled, catalogue), WordClassifier(), policy=policy)
    insults = run.rows.filter(pl.col("text") == "you idiot")
    assert dict(insults.select("language", "verdict_0").rows()) == {
        "de": "reject", "en": "approve",
    }  # fmt: skip


def test_an_item_that_the_model_in_use_has_not_scored_has_no_verdict_before(
    filled: Workspace, catalogue: Catalogue
) -> None:
    with filled.store.writing() as parts:
        parts.items.add_new(item_frame("fresh", external_id=["new"]))
    run = tried(filled, catalogue, chosen(filled, catalogue), Newer())
    fresh = _by_text(run)["fresh"]
    assert (fresh["verdict_before"], fresh["toxicity_before"]) == (None, None)
    assert fresh["verdict_0"] is not None


def test_what_people_decided_is_beside_it(filled: Workspace, catalogue: Catalogue) -> None:
    items = chosen(filled, catalogue, search="clown")
    decide(
        filled, ANN,
        [a_draft(int(items.ids[0]), outcome=Outcome.REJECT, reasons=(Label.TOXICITY,))],
        policy_version_id=None,
    )  # fmt: skip
    run = tried(filled, catalogue, chosen(filled, catalogue), Newer())
    people = dict(run.rows.select("text", "people").rows())
    assert people["you clown"] == "reject"
    assert people["hello"] is None


def test_texts_are_compared_with_what_they_would_get_now(
    filled: Workspace, catalogue: Catalogue
) -> None:
    hostile = "![x](http://e.example) <b>idiot</b>\u202e"
    run = tried(filled, catalogue, [hostile, "you  clown", hostile], Newer())
    rows = run.rows.sort("place")
    assert rows["verdict_before"].to_list() == ["review", "approve", "review"]
    assert rows["verdict_0"].to_list() == ["approve", "review", "approve"]
    assert rows["item_id"].null_count() == 3
    assert rows["text"][0] == hostile


def test_items_that_are_removed_meanwhile_are_left_out_and_counted(
    filled: Workspace, catalogue: Catalogue
) -> None:
    with filled.store.writing() as parts:
        parts.items.add_new(item_frame("gone soon", external_id=["gone"], import_id=77))
    items = chosen(filled, catalogue)
    with filled.store.writing() as parts:
        assert parts.items.remove_import(77) == 1
    run = tried(filled, catalogue, items, Newer())
    assert (run.progress.done, run.progress.gone, run.rows.height) == (7, 1, 6)


def test_the_first_rows_come_before_the_last_are_read(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier
) -> None:
    texts = [f"text {number} {'long ' * (number % 40)}" for number in range(3_000)]
    run = new_trial(space, ANN, planned(catalogue, texts, Newer()))
    steps = trial_batches(space, WordRegistry(Newer()), catalogue, classifier, run)
    done = []
    for _ in steps:
        done.append(run.progress.done)
    assert done[:4] == [0, 8, 24, 56]
    assert done[-1] == 3_000
    assert sorted(run.rows["place"].to_list()) == list(range(3_000))


def test_pace_and_time_left_are_those_of_the_last_batches(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier, clock: FixedClock
) -> None:
    run = new_trial(space, ANN, planned(catalogue, ["x"] * 32, Newer()))
    steps = trial_batches(space, WordRegistry(Newer()), catalogue, classifier, run)
    next(steps)
    assert (run.progress.per_second, run.progress.seconds_left) == (None, None)
    next(steps)
    # Nothing took time yet on this clock.
    assert run.progress.per_second is None
    clock.advance(seconds=1)
    next(steps)
    assert run.progress.done == 24
    assert run.progress.per_second == pytest.approx(24)
    assert run.progress.seconds_left == pytest.approx(8 / 24)


def test_a_model_that_cannot_be_opened_is_named(filled: Workspace, catalogue: Catalogue) -> None:
    run = new_trial(filled, ANN, planned(catalogue, ["x"], Newer()))
    with pytest.raises(UnknownModelError, match="words-2"):
        list(trial_batches(filled, WordRegistry(), catalogue, WordClassifier(), run))


def test_another_version_under_the_same_name_is_refused(
    filled: Workspace, catalogue: Catalogue
) -> None:
    class Changed(Newer):
        digest = "ef" * 32

    run = new_trial(filled, ANN, planned(catalogue, ["x"], Newer()))
    with pytest.raises(ModelError, match=r"words-2 \(1\) cannot run here"):
        list(trial_batches(filled, WordRegistry(Changed()), catalogue, WordClassifier(), run))


@pytest.mark.parametrize(
    ("models", "texts", "problem"),
    [
        ([], ["x"], "at least one"),
        ([Newer()] * 5, ["x"], "At most 4"),
        ([Newer()], [], "Between 1 and 20,000"),
        ([Newer()], ["x"] * 20_001, "not 20,001"),
    ],
)
def test_what_cannot_be_tried_is_said(
    space: Workspace, catalogue: Catalogue, models: list[Classifier], texts: list[str], problem: str
) -> None:
    with pytest.raises(TrialError, match=problem):
        new_trial(space, ANN, planned(catalogue, texts, *models))


def test_trials_are_for_those_who_may_rescore(space: Workspace, catalogue: Catalogue) -> None:
    with pytest.raises(ForbiddenError):
        new_trial(space, Person(name="r", role=Role.ANALYST), planned(catalogue, ["x"], Newer()))


def test_a_row_is_explained_on_both_sides(filled: Workspace, catalogue: Catalogue) -> None:
    run = tried(filled, catalogue, chosen(filled, catalogue), Newer())
    place = int(run.rows.filter(pl.col("text") == "you clown")["place"][0])
    text = whole_text(filled, run, place, person=ANN)
    assert text[0] == "you clown"
    assert text[1].language == "en"
    found = explain_row(run, 0, place, text, (WordClassifier(), Newer()))
    assert found.before is not None
    assert found.before.verdict.kind == "approve"
    assert found.after.verdict.kind == "review"
    [word] = found.after.highlights
    assert text[0][word.start : word.end] == "clown"
    assert not found.before.highlights


def test_the_text_of_an_item_is_not_shown_to_who_may_not_see_it_or_once_it_is_gone(
    filled: Workspace, catalogue: Catalogue
) -> None:
    run = tried(filled, catalogue, chosen(filled, catalogue), Newer())
    zoo = Person(name="zoe", role=Role.ADMIN, tenants=("zoo",))
    with pytest.raises(NotFoundError, match="was removed"):
        whole_text(filled, run, 0, person=zoo)
    with pytest.raises(ForbiddenError):
        whole_text(filled, run, 0, person=Person(name="r", role=Role.REVIEWER))


def test_a_model_is_said_with_its_version() -> None:
    assert TrialModel(name="a", version="2", digest="0").display_name == "a (2)"


def test_a_selection_is_kept_to_the_tenants_of_the_person(
    filled: Workspace, catalogue: Catalogue
) -> None:
    with filled.store.writing() as parts:
        parts.items.add_new(item_frame("theirs", tenant_id="zoo", external_id=["z"]))
    zoo = Person(name="zoe", role=Role.ADMIN, tenants=("zoo",))
    items = chosen(filled, catalogue, person=zoo)
    assert items.ids.size == 1
    with pytest.raises(TrialError, match="No item matches"):
        chosen(filled, catalogue, person=zoo, tenant="acme")
    assert catalogue.selection(ItemFilter(), zoo).tenants == ("zoo",)
