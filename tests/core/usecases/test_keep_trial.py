"""Keeping a trial's scores adds what is missing, and nothing else."""

import polars as pl
import pytest

from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.role import Role
from core.errors import ForbiddenError, TrialError
from core.store.items import Selection
from core.usecases.catalogue import Catalogue
from core.usecases.keep_trial import KeptScores, keep_trial
from core.usecases.rescore_items import rescore_items, rescoring_size
from core.usecases.score_items import score_items
from core.usecases.trial_run import TrialRun
from core.usecases.workspace import Workspace
from tests.builders import WordClassifier, item_frame
from tests.core.usecases.trial_world import ANN, Newer, WordRegistry, chosen, tried


@pytest.fixture
def filled(space: Workspace, classifier: WordClassifier, catalogue: Catalogue) -> Workspace:
    with space.store.writing() as parts:
        parts.items.add_new(item_frame("you idiot", "you idiot", "clown", "hello", "pills", "bye"))
        parts.items.add_new(item_frame("gone soon", external_id=["gone"], import_id=77))
    score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy, progress=lambda *_: None
    )
    return space


@pytest.fixture
def run(filled: Workspace, catalogue: Catalogue) -> TrialRun:
    return tried(filled, catalogue, chosen(filled, catalogue), Newer())


def _kept(space: Workspace, run: TrialRun, person: Person = ANN) -> KeptScores:
    return keep_trial(space, WordRegistry(Newer()), run, 0, person=person)


def _stored(space: Workspace) -> pl.DataFrame:
    with space.store.reading() as parts:
        [model] = [each for each in parts.models.all() if each.name == "words-2"]
        selection = Selection(
            filter=ItemFilter(), model_version_id=model.model_version_id, policy_version_id=None
        )
        return parts.items.judgements(parts.items.ids(selection).to_list(), selection)


def test_the_scores_that_were_shown_are_kept(filled: Workspace, run: TrialRun) -> None:
    kept = _kept(filled, run)
    assert (kept.added_count, kept.known_count, kept.gone_count) == (7, 0, 0)
    assert kept.sentence == ("Scores of words-2 (1) kept for 7 items. No decision changed.")
    stored = _stored(filled).sort("item_id")
    shown = run.rows.sort("item_id")
    assert stored["item_id"].equals(shown["item_id"])
    for label in ("toxicity", "spam", "sentiment"):
        assert stored[label].equals(shown[f"{label}_0"], check_names=False)


def test_no_verdict_and_no_decision_changes(
    filled: Workspace, run: TrialRun, catalogue: Catalogue
) -> None:
    ids = run.rows["item_id"].to_list()
    selection = catalogue.selection(ItemFilter())
    with filled.store.reading() as parts:
        before = parts.items.details(ids, selection)
    _kept(filled, run)
    with filled.store.reading() as parts:
        assert parts.items.details(ids, selection).equals(before)


def test_keeping_twice_adds_nothing(filled: Workspace, run: TrialRun) -> None:
    _kept(filled, run)
    again = _kept(filled, run)
    assert (again.added_count, again.known_count) == (0, 7)
    with filled.store.reading() as parts:
        events = [each for each in parts.audit.events() if each.verb == "items.rescored"]
        assert sorted(parts.scores.counts().values()) == [7, 7]
    assert [event.details["scored_count"] for event in events] == ["7"]
    assert "clown" not in str(events[0].details)


def test_what_was_scored_meanwhile_is_not_scored_again(
    filled: Workspace, run: TrialRun, catalogue: Catalogue
) -> None:
    rescore_items(
        filled, Newer(), catalogue=catalogue, wanted=ItemFilter(search="idiot"), person=ANN,
        progress=lambda *_: None,
    )  # fmt: skip
    kept = _kept(filled, run)
    assert (kept.added_count, kept.known_count) == (5, 2)


def test_items_that_are_gone_get_no_scores(filled: Workspace, run: TrialRun) -> None:
    with filled.store.writing() as parts:
        parts.items.remove_import(77)
    kept = _kept(filled, run)
    assert (kept.added_count, kept.gone_count) == (6, 1)
    assert "; 1 removed meanwhile." in kept.sentence


def test_texts_that_are_no_items_are_never_kept(filled: Workspace, catalogue: Catalogue) -> None:
    pasted = tried(filled, catalogue, ["you idiot"], Newer())
    with pytest.raises(TrialError, match="Import them first"):
        _kept(filled, pasted)
    with filled.store.reading() as parts:
        assert [each.name for each in parts.models.all()] == ["words-1"]


def test_a_model_that_changed_since_is_refused(filled: Workspace, run: TrialRun) -> None:
    class Changed(Newer):
        digest = "ef" * 32

    with pytest.raises(TrialError, match="not what is installed"):
        keep_trial(filled, WordRegistry(Changed()), run, 0, person=ANN)


def test_the_model_in_use_keeps_nothing_so_that_new_items_are_still_decided(
    filled: Workspace, classifier: WordClassifier, catalogue: Catalogue
) -> None:
    with filled.store.writing() as parts:
        parts.items.add_new(item_frame("another idiot", external_id=["new"]))
    run = tried(filled, catalogue, chosen(filled, catalogue), WordClassifier())
    with pytest.raises(TrialError, match="is in use"):
        keep_trial(filled, WordRegistry(classifier), run, 0, person=ANN)
    scored = score_items(
        filled, classifier, model=catalogue.model, policy=catalogue.policy, progress=lambda *_: None
    )
    assert scored.scored_count == 1


def test_keeping_is_for_those_who_may_rescore_and_for_what_they_see(
    filled: Workspace, run: TrialRun
) -> None:
    with pytest.raises(ForbiddenError):
        _kept(filled, run, Person(name="r", role=Role.ANALYST))
    zoo = Person(name="zoe", role=Role.ADMIN, tenants=("zoo",))
    assert _kept(filled, run, zoo).added_count == 0


def test_how_many_lack_a_versions_scores(
    filled: Workspace, run: TrialRun, catalogue: Catalogue
) -> None:
    def size(digest: str) -> tuple[int, int]:
        return rescoring_size(filled, catalogue, digest, ItemFilter(search="you"), person=ANN)

    assert size(catalogue.model.digest) == (2, 0)
    assert size(Newer.digest) == (2, 2)
    _kept(filled, run)
    assert size(Newer.digest) == (2, 0)
