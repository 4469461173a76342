"""From people's decisions to a new model version with scores for history, on both databases."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from core.clock import Clock
from core.domain.decision import Outcome
from core.domain.identifiers import IdSequence
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.person import Person, operator
from core.domain.role import Role
from core.domain.score_map import ScoreMap
from core.engine.classifier import Classifier
from core.engine.registry import Registry
from core.errors import ForbiddenError, JobCancelledError, ModelError, RecalibrationError
from core.store.job_handle import JobHandle, NoJob
from core.store.store import Store
from core.usecases import recalibrate_model as module
from core.usecases.catalogue import Catalogue
from core.usecases.history import Histories
from core.usecases.recalibrate_model import (
    Proposal,
    RecalibrationSummary,
    add_recalibrated_scores,
    propose_recalibration,
    recalibrate_model,
    recalibrated_frame,
)
from core.usecases.review_item import decide
from core.usecases.score_items import score_items, uniform_of
from core.usecases.score_quality import label_quality
from core.usecases.workspace import ReviewRules, Workspace
from tests.builders import a_draft, item_frame

MANAGER = operator("mia")
COUNT = 240
WORDS = ["idiot", "stupid", "hello", "lunch", "nice", "hate", "friend", "ugly", "dog", "please",
         "loser", "weather", "shut", "up", "you", "train"]  # fmt: skip


class Cancelled(NoJob):
    """A job that somebody cancels as soon as it has done something."""

    def progress(self, stage: str, done: int, total: int | None) -> None:
        if done:
            raise JobCancelledError("Cancelled.")


@pytest.fixture
def space(store: Store, clock: Clock, ids: IdSequence) -> Workspace:
    return Workspace(store=store, clock=clock, ids=ids, rules=ReviewRules(random_share=0.6))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(added=tmp_path / "models")


@pytest.fixture
def classifier(registry: Registry) -> Classifier:
    return registry.get("lexical-1")


def _texts(count: int, seed: int = 4) -> list[str]:
    rng = np.random.default_rng(seed)
    return [f"{' '.join(rng.choice(WORDS, 5))} {number}" for number in range(count)]


def _add(
    space: Workspace, catalogue: Catalogue, classifier: Classifier, texts: list[str], first: int = 0
) -> None:
    ids = [f"e{first + number}" for number in range(len(texts))]
    with space.store.writing() as parts:
        parts.items.add_new(item_frame(*texts, external_id=ids))
    score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy, progress=lambda *_: None
    )


@pytest.fixture
def scored(space: Workspace, catalogue: Catalogue, classifier: Classifier) -> pl.DataFrame:
    """Items with their toxicity."""
    _add(space, catalogue, classifier, _texts(COUNT))
    return _recorded(space, catalogue.model.model_version_id)


def _recorded(space: Workspace, model_version_id: int) -> pl.DataFrame:
    with space.store.reading() as parts:
        return parts.scores.lacking(model_version_id, -1, 0, 1_000_000)


def _review(space: Workspace, scored: pl.DataFrame) -> None:
    """Decisions by which toxicity is too high and too extreme."""
    ids = scored["item_id"].to_numpy()
    odds = ScoreMap(slope=0.5, shift=-1.5).of(scored["toxicity"].to_numpy())
    harmful = uniform_of(ids + 1) < odds
    drafts = [
        a_draft(item_id, outcome=Outcome.REJECT, reasons=(Label.TOXICITY,))
        if is_harmful
        else a_draft(item_id)
        for item_id, is_harmful in zip(ids.tolist(), harmful, strict=True)
    ]
    decide(space, operator("ann"), drafts, policy_version_id=None)


@pytest.fixture
def reviewed(space: Workspace, scored: pl.DataFrame) -> pl.DataFrame:
    _review(space, scored)
    return scored


def _propose(space: Workspace, catalogue: Catalogue, person: Person = MANAGER) -> Proposal:
    histories = Histories(space.store)
    return propose_recalibration(histories, catalogue, person, ItemFilter(), catalogue.model)


def _make(
    space: Workspace, registry: Registry, proposal: Proposal, job: JobHandle | None = None
) -> RecalibrationSummary:
    return recalibrate_model(space, registry, proposal, person=MANAGER, job=job or NoJob())


def _facts(space: Workspace, catalogue: Catalogue) -> list[object]:
    """Everything that a recalibration must not touch."""
    with space.store.reading() as parts:
        selection = catalogue.selection(ItemFilter())
        return [
            parts.distributions.outcomes(selection).sort("outcome", "source").rows(),
            parts.previews.reviews(selection).sort("item_id").drop("reasons").rows(),
            parts.previews.tasks_opened(selection).rows().sort(),
            [policy.display_name for policy in parts.policies.all()],
        ]


def test_a_label_with_enough_decisions_is_fitted_and_measured_on_what_was_set_aside(
    space: Workspace, catalogue: Catalogue, reviewed: pl.DataFrame
) -> None:
    proposal = _propose(space, catalogue)
    assert proposal.is_weighted
    assert proposal.warning is None
    [toxicity] = [each for each in proposal.labels if each.label is Label.TOXICITY]
    assert toxicity.harmful_count > 10
    assert toxicity.map is not None
    assert toxicity.map.shift < 0
    assert toxicity.before is not None
    assert toxicity.after is not None
    assert toxicity.after.brier < toxicity.before.brier
    assert toxicity.after.ece < toxicity.before.ece
    assert proposal.maps == {Label.TOXICITY: toxicity.map}
    quality = label_quality(
        Histories(space.store), catalogue, MANAGER, ItemFilter(), Label.TOXICITY
    )
    assert toxicity.before.brier == pytest.approx(quality.brier)
    assert toxicity.before.ece == pytest.approx(quality.calibration_error())
    assert set(quality.weights) != {1.0}


def test_the_same_decisions_always_say_the_same(
    space: Workspace, catalogue: Catalogue, reviewed: pl.DataFrame
) -> None:
    assert _propose(space, catalogue) == _propose(space, catalogue)


def test_a_proposal_is_kept_until_somebody_decides(
    space: Workspace, catalogue: Catalogue, reviewed: pl.DataFrame
) -> None:
    histories = Histories(space.store)

    def ask() -> Proposal:
        return propose_recalibration(histories, catalogue, MANAGER, ItemFilter(), catalogue.model)

    first = ask()
    assert ask() is first
    ids = reviewed["item_id"].to_list()
    drafts = [
        a_draft(item_id, outcome=Outcome.REJECT, reasons=(Label.SPAM,)) for item_id in ids[:60]
    ]
    decide(space, MANAGER, drafts, policy_version_id=None)
    assert ask() != first


def test_labels_that_cannot_be_fitted_say_why(
    space: Workspace, catalogue: Catalogue, reviewed: pl.DataFrame
) -> None:
    reasons = {each.label: each.left_alone for each in _propose(space, catalogue).labels}
    assert "None of the" in str(reasons[Label.SPAM])
    assert "Nobody can cite sentiment" in str(reasons[Label.SENTIMENT])
    assert reasons[Label.TOXICITY] is None


def test_without_decisions_nothing_is_made(
    space: Workspace, catalogue: Catalogue, scored: pl.DataFrame, registry: Registry, tmp_path: Path
) -> None:
    proposal = _propose(space, catalogue)
    assert proposal.review_count == 0
    assert not proposal.maps
    with pytest.raises(RecalibrationError, match="No label"):
        _make(space, registry, proposal)
    assert not (tmp_path / "models").exists()


def test_few_decisions_are_too_few(
    space: Workspace, catalogue: Catalogue, scored: pl.DataFrame
) -> None:
    _review(space, scored.sort("toxicity", descending=True).head(40))
    proposal = _propose(space, catalogue)
    [toxicity] = [each for each in proposal.labels if each.label is Label.TOXICITY]
    assert "too few" in str(toxicity.left_alone)
    assert toxicity.before is not None
    assert toxicity.after is None


def test_decisions_that_stand_for_themselves_only_are_allowed_with_a_warning(
    space: Workspace, catalogue: Catalogue, classifier: Classifier, registry: Registry
) -> None:
    nobody_drawn = replace(space, rules=ReviewRules(random_share=0.0))
    _add(nobody_drawn, catalogue, classifier, _texts(COUNT))
    _review(space, _recorded(space, catalogue.model.model_version_id))
    proposal = _propose(space, catalogue)
    assert not proposal.is_weighted
    assert proposal.warning is not None
    assert (proposal.review_count, list(proposal.maps)) == (COUNT, [Label.TOXICITY])
    made = _make(space, registry, proposal)
    found = registry.get(made.name)
    recalibration = registry.recalibration(found.digest)
    assert recalibration is not None
    assert not recalibration.is_weighted


def test_the_new_scores_are_those_of_the_model_itself_to_the_last_bit(
    space: Workspace,
    catalogue: Catalogue,
    reviewed: pl.DataFrame,
    registry: Registry,
    tmp_path: Path,
) -> None:
    summary = _make(space, registry, _propose(space, catalogue))
    assert summary.item_count == COUNT
    stored = _recorded(space, summary.model_version_id)
    assert stored["item_id"].to_list() == reviewed["item_id"].to_list()
    assert stored["content_hash"].to_list() == reviewed["content_hash"].to_list()
    # Opened anew from its file, as after a restart.
    model = Registry(added=tmp_path / "models").get(summary.name)
    expected = model.score(_texts(COUNT))
    for column, label in enumerate(model.labels):
        assert stored[label.value].dtype == pl.Float32
        assert np.array_equal(stored[label.value].to_numpy(), expected[:, column]), label
    assert not np.array_equal(stored["toxicity"].to_numpy(), reviewed["toxicity"].to_numpy())


def test_it_is_recorded_and_in_the_audit_log(
    space: Workspace, catalogue: Catalogue, reviewed: pl.DataFrame, registry: Registry
) -> None:
    proposal = _propose(space, catalogue)
    summary = _make(space, registry, proposal)
    assert "lexical-1-recal-1" in summary.sentence
    assert "No verdict and no decision changed" in summary.sentence
    with space.store.reading() as parts:
        [model] = [each for each in parts.models.all() if each.kind == "recalibrated"]
        [event] = [each for each in parts.audit.events() if each.verb == "model.recalibrated"]
    assert model.model_version_id == summary.model_version_id
    assert registry.can_open(model.name, model.digest)
    assert event.actor == "mia"
    assert event.details["review_count"] == proposal.review_count
    assert event.details["maps"]["toxicity"] == proposal.maps[Label.TOXICITY].model_dump()
    assert event.expected_hash() == event.event_hash


def test_no_decision_no_verdict_and_no_task_changes(
    space: Workspace, catalogue: Catalogue, reviewed: pl.DataFrame, registry: Registry
) -> None:
    before = _facts(space, catalogue)
    _make(space, registry, _propose(space, catalogue))
    assert _facts(space, catalogue) == before
    assert _recorded(space, catalogue.model.model_version_id).equals(reviewed)


def test_a_cancelled_run_can_go_on(
    space: Workspace, catalogue: Catalogue, reviewed: pl.DataFrame, registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(module, "_BATCH", 100)
    proposal = _propose(space, catalogue)
    with pytest.raises(JobCancelledError):
        _make(space, registry, proposal, Cancelled())
    with space.store.reading() as parts:
        [model] = [each for each in parts.models.all() if each.kind == "recalibrated"]
        assert parts.scores.counts()[model.model_version_id] == 100
    again = _make(space, registry, proposal)
    assert (again.model_version_id, again.item_count) == (model.model_version_id, COUNT)
    assert registry.names().count("lexical-1-recal-1") == 1
    assert _recorded(space, again.model_version_id)["item_id"].is_unique().all()


def test_what_the_base_scored_since_can_be_added(
    space: Workspace, catalogue: Catalogue, reviewed: pl.DataFrame, registry: Registry,
    classifier: Classifier,
) -> None:  # fmt: skip
    summary = _make(space, registry, _propose(space, catalogue))
    more = _texts(30, seed=9)
    _add(space, catalogue, classifier, more, first=COUNT)
    with space.store.reading() as parts:
        models = {each.model_version_id: each for each in parts.models.all()}
    model = models[summary.model_version_id]
    added = add_recalibrated_scores(space, registry, model, person=MANAGER, job=NoJob())
    assert added.item_count == COUNT + 30
    stored = _recorded(space, model.model_version_id).tail(30)
    column = model.labels.index(Label.TOXICITY)
    assert np.array_equal(
        stored["toxicity"].to_numpy(), registry.get(model.name).score(more)[:, column]
    )
    with pytest.raises(ModelError, match="no recalibrated model"):
        add_recalibrated_scores(space, registry, catalogue.model, person=MANAGER, job=NoJob())


def test_only_who_manages_policies_may(
    space: Workspace, catalogue: Catalogue, reviewed: pl.DataFrame, registry: Registry
) -> None:
    analyst = Person(name="ben", role=Role.ANALYST)
    proposal = _propose(space, catalogue, analyst)
    with pytest.raises(ForbiddenError):
        recalibrate_model(space, registry, proposal, person=analyst, job=NoJob())
    with pytest.raises(ForbiddenError):
        _propose(space, catalogue, Person(name="cai", role=Role.REVIEWER))
    assert registry.names() == ["ensemble-1", "lexical-1"]


def test_what_has_no_score_gets_none() -> None:
    frame = pl.DataFrame(
        {label.value: [0.2, None, 0.9] for label in SCORED_LABELS},
        schema_overrides={label.value: pl.Float32 for label in SCORED_LABELS},
    )
    found = recalibrated_frame(frame, {Label.SPAM: ScoreMap(slope=2, shift=1)})
    assert found["spam"].is_null().to_list() == [False, True, False]
    assert found["spam"].dtype == pl.Float32
    assert found.drop("spam").equals(frame.drop("spam"))
