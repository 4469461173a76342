"""What changed in a trial: flips first, and an interval only where a sample allows one."""

from dataclasses import replace

import pytest

from core.domain.verdict import VerdictKind
from core.metrics.intervals import wilson
from core.usecases.catalogue import Catalogue
from core.usecases.score_items import score_items
from core.usecases.trial_changes import changed_rows, moved_words, trial_changes
from core.usecases.trial_run import TrialRun, TrialState
from core.usecases.trial_sample import SampleKind
from core.usecases.try_rescoring import new_trial, trial_batches
from core.usecases.workspace import Workspace
from tests.builders import WordClassifier, item_frame
from tests.core.usecases.trial_world import ANN, Newer, WordRegistry, chosen, planned, tried

LOW, MIDDLE, HIGH = 70, 20, 10


@pytest.fixture
def filled(space: Workspace, classifier: WordClassifier, catalogue: Catalogue) -> Workspace:
    bodies = [
        *(f"lunch {number}" for number in range(LOW)),
        *(f"idiot {number}" for number in range(MIDDLE)),
        *(f"idiot idiot {number}" for number in range(HIGH)),
    ]
    with space.store.writing() as parts:
        parts.items.add_new(item_frame(*bodies))
    score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy, progress=lambda *_: None
    )
    return space


def test_flips_go_first_the_largest_ahead(filled: Workspace, catalogue: Catalogue) -> None:
    run = tried(filled, catalogue, chosen(filled, catalogue), Newer())
    rows = changed_rows(run, 0)
    assert rows["is_flip"].to_list() == [True] * (MIDDLE + HIGH) + [False] * LOW
    assert set(rows["before"][:HIGH]) == {"reject"}
    assert rows["moved"][0] == "toxicity"
    assert rows["by"][0] == pytest.approx(-0.9)
    assert moved_words(rows["moved"][0], rows["by"][0]) == "toxicity -0.90"
    assert moved_words(None, None) == "–"


def test_everything_is_counted_and_not_estimated(filled: Workspace, catalogue: Catalogue) -> None:
    changes = trial_changes(tried(filled, catalogue, chosen(filled, catalogue), Newer()), 0)
    assert (changes.count, changes.compared, changes.flips) == (100, 100, 30)
    assert changes.flip_share == pytest.approx(0.3)
    assert changes.matrix == {
        (VerdictKind.APPROVE, VerdictKind.APPROVE): LOW,
        (VerdictKind.REVIEW, VerdictKind.APPROVE): MIDDLE,
        (VerdictKind.REJECT, VerdictKind.APPROVE): HIGH,
    }
    assert changes.estimate is None
    assert changes.why_none == "counted: every selected item"


def test_a_random_sample_has_wilsons_interval(filled: Workspace, catalogue: Catalogue) -> None:
    run = tried(filled, catalogue, chosen(filled, catalogue, count=40), Newer())
    changes = trial_changes(run, 0)
    assert changes.estimate is not None
    assert changes.estimate.value == changes.flips / 40
    assert changes.estimate.interval == wilson(changes.flips, 40)


def test_strata_are_weighted_back(filled: Workspace, catalogue: Catalogue) -> None:
    sample = chosen(filled, catalogue, SampleKind.BY_VERDICT, 30)
    changes = trial_changes(tried(filled, catalogue, sample, Newer()), 0)
    # All of review and reject flip and nothing of approve: 30 of 100, though 20 of 30 were drawn.
    assert changes.flips == 20
    assert changes.estimate is not None
    assert changes.estimate.value == pytest.approx(0.3)


def test_picked_texts_and_parts_of_a_sample_have_no_interval(
    filled: Workspace, catalogue: Catalogue
) -> None:
    picked = trial_changes(tried(filled, catalogue, ["idiot", "lunch"], Newer()), 0)
    assert (picked.flips, picked.estimate) == (1, None)
    assert "picked" in picked.why_none
    run = _half(filled, catalogue)
    run.end(TrialState.CANCELLED, "Cancelled.")
    part = trial_changes(run, 0)
    assert 0 < part.count < 40
    assert part.estimate is None
    assert "not complete" in part.why_none


def _half(space: Workspace, catalogue: Catalogue) -> TrialRun:
    run = new_trial(space, ANN, planned(catalogue, chosen(space, catalogue, count=40), Newer()))
    steps = trial_batches(space, WordRegistry(Newer()), catalogue, WordClassifier(), run)
    for _ in range(3):
        next(steps)
    return run


def test_rows_without_a_verdict_before_are_not_compared(
    space: Workspace, catalogue: Catalogue
) -> None:
    with space.store.writing() as parts:
        parts.items.add_new(item_frame("idiot", "lunch"))
    run = tried(space, catalogue, chosen(space, catalogue), Newer())
    changes = trial_changes(run, 0)
    assert (changes.count, changes.compared, changes.flips) == (2, 0, 0)
    assert changes.flip_share is None
    assert not changed_rows(run, 0)["is_flip"].any()


def test_no_model_against_itself_changes_anything(filled: Workspace, catalogue: Catalogue) -> None:
    run = tried(filled, catalogue, chosen(filled, catalogue), WordClassifier())
    assert trial_changes(run, 0).flips == 0
    assert changed_rows(run, 0)["by"].abs().max() == 0


def test_an_empty_run_has_nothing_to_say(space: Workspace, catalogue: Catalogue) -> None:
    run = new_trial(space, ANN, replace(planned(catalogue, ["x"], Newer()), title="empty"))
    assert changed_rows(run, 0).is_empty()
    assert trial_changes(run, 0).flip_share is None
