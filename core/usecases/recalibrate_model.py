"""A new model version whose scores mean what people decided; the text model does not run."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.label import CITABLE_LABELS, SCORED_LABELS, Label
from core.domain.model_version import ModelVersion
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.domain.score_map import Floats, ScoreMap
from core.engine.classifiers.recalibrated import mapped
from core.engine.recalibration import Recalibration
from core.engine.registry import Registry
from core.errors import ModelError, RecalibrationError
from core.metrics.calibration import brier, expected_calibration_error
from core.metrics.recalibration import fit_score_map, out_of_fold, stratified_folds
from core.store.job_handle import JobHandle
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue, ensure_model
from core.usecases.evidence import gather
from core.usecases.history import Histories
from core.usecases.score_items import uniform_of
from core.usecases.score_quality import LabelQuality, label_quality
from core.usecases.workspace import Workspace

_BATCH = 50_000


class Fit(Record):
    """How far scores are from what people decided."""

    brier: float
    ece: float


class LabelRecalibration(Record):
    """What people's decisions say about one label's scores."""

    label: Label
    review_count: int
    harmful_count: int
    map: ScoreMap | None = None
    """None: the label is left alone."""

    before: Fit | None = None
    after: Fit | None = None
    """Of scores that were mapped by what the other folds of the reviews say."""

    left_alone: str | None = None
    """Why there is no map."""


class Proposal(Record):
    """A recalibration to look at before it is made."""

    model: ModelVersion
    labels: tuple[LabelRecalibration, ...]
    filter: ItemFilter
    review_count: int
    is_weighted: bool
    warning: str | None
    """What must be known of the decisions; None when they stand for everything."""

    @property
    def maps(self) -> dict[Label, ScoreMap]:
        """The labels that would change."""
        return {each.label: each.map for each in self.labels if each.map is not None}


class RecalibrationSummary(Record):
    """What a recalibration made."""

    model_version_id: int
    model: str
    name: str
    base: str
    item_count: int

    @property
    def sentence(self) -> str:
        """The summary in words."""
        return (
            f"{self.model} has scores for {self.item_count:,} items, worked out from those of "
            f"{self.base}. No verdict and no decision changed."
        )


@rereading
def propose_recalibration(
    histories: Histories, catalogue: Catalogue, person: Person, wanted: ItemFilter,
    model: ModelVersion,
) -> Proposal:  # fmt: skip
    """What the decisions on the selected history say about each of a model version's labels."""
    person.require(Permission.SEE_SCORES)
    history = histories.get(catalogue.selection(wanted, person), model.model_version_id)
    # The history forgets its notes when decisions change.
    known: Proposal | None = history.notes.get("recalibration")
    if known is None:
        evidence = gather(history)
        qualities = (
            label_quality(
                histories, catalogue, person, wanted, label, model_version_id=model.model_version_id
            )
            for label in model.labels
        )
        known = history.notes["recalibration"] = Proposal(
            model=model,
            labels=tuple(_label(quality) for quality in qualities),
            filter=wanted,
            review_count=evidence.reviews,
            is_weighted=evidence.is_weighted,
            warning=evidence.warning,
        )
    return known


def _label(quality: LabelQuality) -> LabelRecalibration:
    facts: dict[str, Any] = {
        "label": quality.label,
        "review_count": int(quality.scores.size),
        "harmful_count": int(quality.harmful.sum()),
    }
    if quality.label not in CITABLE_LABELS:
        name = quality.label.words.lower()
        reason = f"Nobody can cite {name} when rejecting."
        return LabelRecalibration(**facts, left_alone=reason)
    if quality.problem is not None:
        return LabelRecalibration(**facts, left_alone=quality.problem)
    before = _fit(quality, quality.scores)
    try:
        found = fit_score_map(quality.harmful, quality.scores, quality.weights)
    except RecalibrationError as error:
        return LabelRecalibration(**facts, before=before, left_alone=str(error))
    folds = stratified_folds(quality.harmful, uniform_of(quality.items))
    after = _fit(quality, out_of_fold(quality.harmful, quality.scores, folds, quality.weights))
    if after.brier >= before.brier:
        reason = "It fits already: on reviews set aside, a map is no better."
        return LabelRecalibration(**facts, before=before, after=after, left_alone=reason)
    return LabelRecalibration(**facts, map=found, before=before, after=after)


def _fit(quality: LabelQuality, scores: Floats) -> Fit:
    return Fit(
        brier=brier(quality.harmful, scores, quality.weights),
        ece=expected_calibration_error(quality.harmful, scores, quality.weights),
    )


def recalibrate_model(
    space: Workspace, registry: Registry, proposal: Proposal, *, person: Person, job: JobHandle
) -> RecalibrationSummary:
    """Registers the proposed version, records it, and gives it scores for history.

    Asked for again, the version that was made is found and lacking scores are added.
    """
    person.require(Permission.MANAGE_POLICIES)
    if not proposal.maps:
        raise RecalibrationError("No label can be recalibrated from these decisions.")
    recalibration = registry.recalibrate(
        proposal.model.name,
        proposal.maps,
        base_digest=proposal.model.digest,
        review_count=proposal.review_count,
        is_weighted=proposal.is_weighted,
        added_at=space.clock.now(),
        added_by=person.name,
    )
    model = ensure_model(space, registry.get(recalibration.name), actor=person.name)
    with space.store.writing() as parts:
        parts.audit.append(
            person.name, "model.recalibrated", f"model:{model.display_name}",
            _details(proposal, recalibration),
        )  # fmt: skip
    return _with_scores(space, recalibration, model, job)


def _details(proposal: Proposal, recalibration: Recalibration) -> dict[str, Any]:
    return {
        "base": proposal.model.display_name,
        "base_digest": proposal.model.digest,
        "digest": recalibration.digest,
        "maps": {label.value: each.model_dump() for label, each in recalibration.maps.items()},
        "review_count": proposal.review_count,
        "is_weighted": proposal.is_weighted,
        "filter": proposal.filter.model_dump(mode="json", exclude_none=True),
    }


def add_recalibrated_scores(
    space: Workspace, registry: Registry, model: ModelVersion, *, person: Person, job: JobHandle
) -> RecalibrationSummary:
    """Gives a recalibrated version scores for what its base has scored since."""
    person.require(Permission.MANAGE_POLICIES)
    recalibration = registry.recalibration(model.digest)
    if recalibration is None:
        raise ModelError(f"{model.display_name} is no recalibrated model of this installation.")
    return _with_scores(space, recalibration, model, job)


def _with_scores(
    space: Workspace, recalibration: Recalibration, model: ModelVersion, job: JobHandle
) -> RecalibrationSummary:
    with space.store.reading() as parts:
        stored = parts.models.all()
        counts = parts.scores.counts()
    base = next((each for each in stored if each.digest == recalibration.base_digest), None)
    if base is None:
        raise ModelError(f"{recalibration.base} has scored nothing in this store.")
    known = counts.get(model.model_version_id, 0)
    total = max(0, counts.get(base.model_version_id, 0) - known)
    done = _add_scores(
        space, recalibration, base, model,
        lambda done: job.progress("recalibrating", done, max(total, done)),
    )  # fmt: skip
    return RecalibrationSummary(
        model_version_id=model.model_version_id,
        model=model.display_name,
        name=model.name,
        base=base.display_name,
        item_count=known + done,
    )


def _add_scores(
    space: Workspace,
    recalibration: Recalibration,
    base: ModelVersion,
    model: ModelVersion,
    progress: Callable[[int], None],
) -> int:
    """Appends the mapped scores batch by batch; how many."""
    done, after_id = 0, 0
    progress(done)
    while True:
        with space.store.writing() as parts:
            parts.serialise(f"scores:{model.model_version_id}")
            batch = parts.scores.lacking(
                base.model_version_id, model.model_version_id, after_id, _BATCH
            )
            if batch.is_empty():
                return done
            parts.scores.add_scores(
                recalibrated_frame(batch, recalibration.maps).with_columns(
                    model_version_id=pl.lit(model.model_version_id, dtype=pl.Int64),
                    scored_at=pl.lit(space.clock.now()),
                )
            )
        after_id = int(batch["item_id"][-1])
        done += batch.height
        progress(done)


def recalibrated_frame(scores: pl.DataFrame, maps: dict[Label, ScoreMap]) -> pl.DataFrame:
    """Recorded scores as the recalibrated version gives them; what is not scored stays so."""
    columns = {}
    for label in SCORED_LABELS:
        if label in maps:
            values = scores[label.value].cast(pl.Float32).fill_null(np.nan).to_numpy()
            columns[label.value] = pl.Series(mapped(maps[label], values)).fill_nan(None)
    return scores.with_columns(**columns)
