"""Re-scoring adds scores and nothing else; a cancelled run can go on."""

import polars as pl
import pytest

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import operator
from core.errors import JobCancelledError
from core.usecases.catalogue import Catalogue
from core.usecases.pace import Pace
from core.usecases.rescore_items import RescoringSummary, rescore_items
from core.usecases.score_items import score_items
from core.usecases.workspace import Workspace
from tests.builders import FixedClock, WordClassifier, item_frame


class Newer(WordClassifier):
    """The same with other weights; counts what it was asked."""

    name = "words-2"
    digest = "cd" * 32

    def __init__(self) -> None:
        self.asked: list[str] = []

    def score(self, texts):  # type: ignore[no-untyped-def]
        self.asked += texts
        return super().score(texts)


@pytest.fixture
def filled(space: Workspace, classifier: WordClassifier, catalogue: Catalogue) -> Workspace:
    with space.store.writing() as parts:
        parts.items.add_new(
            item_frame("you idiot", "you idiot", "hello", "cheap pills", "cheap pills", "bye")
        )
    score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy, progress=lambda *_: None
    )
    return space


def _rescore(
    space: Workspace, catalogue: Catalogue, model: WordClassifier, **wanted: object
) -> RescoringSummary:
    return rescore_items(
        space, model, catalogue=catalogue, wanted=ItemFilter.model_validate(wanted), person=operator("ann"),
        progress=lambda *_: None,
    )  # fmt: skip


def test_scores_are_added_and_nothing_is_decided(filled: Workspace, catalogue: Catalogue) -> None:
    with filled.store.reading() as parts:
        before = parts.items.details([], catalogue.selection(ItemFilter()))
        tasks = parts.tasks.waiting_count("review", None, None)
    summary = _rescore(filled, catalogue, Newer())
    assert (summary.scored_count, summary.known_count) == (6, 0)
    assert "No decision changed" in summary.sentence
    with filled.store.reading() as parts:
        assert sorted(parts.scores.counts().values()) == [6, 6]
        assert parts.tasks.waiting_count("review", None, None) == tasks
        assert parts.items.details([], catalogue.selection(ItemFilter())).equals(before)
        assert {model.name for model in parts.models.all()} == {"words-1", "words-2"}


def test_new_items_are_not_scored_without_a_verdict_by_the_model_in_use(
    filled: Workspace, classifier: WordClassifier, catalogue: Catalogue
) -> None:
    assert _rescore(filled, catalogue, classifier).known_count == 6
    with filled.store.writing() as parts:
        parts.items.add_new(item_frame("another idiot", external_id=["new"]))
    summary = _rescore(filled, catalogue, classifier)
    assert (summary.scored_count, summary.left_count) == (0, 1)
    assert summary.sentence.startswith("words-1 (1) is in use: the 1 selected items that lack")
    scored = score_items(
        filled, classifier, model=catalogue.model, policy=catalogue.policy, progress=lambda *_: None
    )
    assert (scored.scored_count, scored.task_count + scored.rejected_count) == (1, 1)


def test_identical_content_is_scored_once(filled: Workspace, catalogue: Catalogue) -> None:
    model = Newer()
    _rescore(filled, catalogue, model)
    assert sorted(model.asked) == ["bye", "cheap pills", "hello", "you idiot"]


def test_only_what_is_selected_and_lacking_is_scored(
    filled: Workspace, catalogue: Catalogue
) -> None:
    first = _rescore(filled, catalogue, Newer(), search="idiot")
    assert (first.scored_count, first.known_count) == (2, 0)
    again = _rescore(filled, catalogue, Newer())
    assert (again.scored_count, again.known_count) == (4, 2)


def test_a_score_filter_means_the_model_in_use(filled: Workspace, catalogue: Catalogue) -> None:
    summary = _rescore(filled, catalogue, Newer(), label=Label.TOXICITY, score_min=0.3)
    assert summary.scored_count == 2


def test_what_a_cancelled_run_scored_stays(filled: Workspace, catalogue: Catalogue) -> None:
    def cancel(done: int, total: int) -> None:
        if done:
            raise JobCancelledError("Cancelled.")

    model = Newer()
    with pytest.raises(JobCancelledError):
        rescore_items(
            filled,
            model,
            catalogue=catalogue,
            wanted=ItemFilter(),
            person=operator("ann"),
            progress=cancel,
        )
    assert _rescore(filled, catalogue, model).known_count == 6


def test_the_run_is_in_the_audit_log(filled: Workspace, catalogue: Catalogue) -> None:
    _rescore(filled, catalogue, Newer(), search="idiot")
    with filled.store.reading() as parts:
        [event] = [each for each in parts.audit.events() if each.verb == "items.rescored"]
    assert event.actor == "ann"
    assert "idiot" in str(event.details)


def test_batches_grow_while_quick_and_shrink_when_slow(clock: FixedClock) -> None:
    pace = Pace(clock)
    pace.adapt()
    assert pace.rows == 1_000
    clock.advance(seconds=10)
    pace.adapt()
    assert pace.rows == 500


class TakesBack(Newer):
    """Somebody takes the import back while it scores."""

    def __init__(self, space: Workspace, import_id: int) -> None:
        super().__init__()
        self._space, self._import_id = space, import_id

    def score(self, texts):  # type: ignore[no-untyped-def]
        with self._space.store.writing() as parts:
            parts.items.remove_import(self._import_id)
        return super().score(texts)


def test_items_that_are_taken_back_while_they_are_scored_get_no_scores(
    filled: Workspace, catalogue: Catalogue
) -> None:
    """They would be counted for ever."""
    with filled.store.writing() as parts:
        frame = item_frame("so long", "and thanks").with_columns(
            pl.Series("external_id", ["late-1", "late-2"]), import_id=pl.lit(77, dtype=pl.Int64)
        )
        parts.items.add_new(frame)
    _rescore(filled, catalogue, TakesBack(filled, 77))
    with filled.store.reading() as parts:
        counts = parts.scores.counts()
        newest = max(counts)
    assert counts[newest] == 6
