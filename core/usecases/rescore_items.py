"""Scoring chosen items with another model version: scores are added, nothing is decided."""

from collections.abc import Callable

import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS
from core.domain.model_version import ModelVersion
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.engine.classifier import Classifier
from core.store.items import Selection
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue, ensure_model
from core.usecases.pace import Pace
from core.usecases.score_items import still_unscored, with_scores
from core.usecases.workspace import Workspace

#: Items that are read at once, to be scored in order of their length.
_WINDOW = 4_000

#: Called after each batch with (done, total); may raise JobCancelledError.
Progress = Callable[[int, int], None]


class RescoringSummary(Record):
    """What a re-scoring run added."""

    model: str
    scored_count: int
    known_count: int
    """Selected items that this version had scored before."""
    left_count: int = 0
    """Selected items that wait for the scores of the model in use, which come with a verdict."""

    @property
    def sentence(self) -> str:
        """The summary in words."""
        if self.left_count:
            return (
                f"{self.model} is in use: the {self.left_count:,} selected items that lack its "
                "scores get them together with a verdict, when what was imported is scored."
            )
        known = f"; {self.known_count:,} had scores before" if self.known_count else ""
        return f"{self.model} scored {self.scored_count:,} items{known}. No decision changed."


@rereading
def rescoring_size(
    space: Workspace, catalogue: Catalogue, digest: str, wanted: ItemFilter, *, person: Person
) -> tuple[int, int]:
    """How many items are selected, and how many of them lack scores of the version."""
    person.require(Permission.RESCORE)
    selection = catalogue.selection(wanted, person)
    with space.store.reading() as parts:
        selected = parts.items.count(selection)
        known = (each for each in parts.models.all() if each.digest == digest)
        if (model := next(known, None)) is None:
            return selected, selected
        return selected, parts.items.lacking_scores_count(selection, model.model_version_id)


def rescore_items(
    space: Workspace,
    classifier: Classifier,
    *,
    catalogue: Catalogue,
    wanted: ItemFilter,
    person: Person,
    progress: Progress,
) -> RescoringSummary:
    """Adds the classifier's scores to the selected items that lack them, batch by batch.

    What a cancelled or interrupted run scored stays; running it again goes on from there. Items
    that lack scores of the model in use are left alone: with these they count as decided on, and
    nobody and nothing would decide on them any more.
    """
    person.require(Permission.RESCORE)
    model = ensure_model(space, classifier, actor=person.name)
    selection = catalogue.selection(wanted, person)
    with space.store.reading() as parts:
        total = parts.items.lacking_scores_count(selection, model.model_version_id)
        known = parts.items.count(selection) - total
    if model.model_version_id == catalogue.model.model_version_id:
        return RescoringSummary(
            model=model.display_name, scored_count=0, known_count=known, left_count=total
        )
    done = _score_lacking(space, classifier, model, selection, lambda done: progress(done, total))
    with space.store.writing() as parts:
        parts.audit.append(
            person.name,
            "items.rescored",
            f"model:{model.display_name}",
            {"scored_count": str(done), "filter": wanted.model_dump_json(exclude_none=True)},
        )
    return RescoringSummary(model=model.display_name, scored_count=done, known_count=known)


def _score_lacking(
    space: Workspace,
    classifier: Classifier,
    model: ModelVersion,
    selection: Selection,
    progress: Callable[[int], None],
) -> int:
    after_id, done, pace = 0, 0, Pace(space.clock)
    progress(done)
    while True:
        with space.store.reading() as parts:
            window = parts.items.lacking_scores(
                selection, model.model_version_id, after_id, _WINDOW
            )
        if window.is_empty():
            return done
        after_id = int(window["item_id"][-1])
        # Texts of like length fill the engine's batches: scored as they come, small steps of long
        # work cost a tenth of its speed.
        window = window.sort(pl.col("body").str.len_bytes(), maintain_order=True)
        at = 0
        while at < window.height:
            batch = window.slice(at, pace.rows)
            _score_batch(space, classifier, model, batch)
            at += batch.height
            done += batch.height
            progress(done)
            pace.adapt()


def _score_batch(
    space: Workspace, classifier: Classifier, model: ModelVersion, batch: pl.DataFrame
) -> None:
    with space.store.reading() as parts:
        scored = with_scores(parts, classifier, batch, model)
    with space.store.writing() as parts:
        # An import may have been taken back meanwhile.
        there = parts.items.existing(scored["item_id"].to_list())
        left = scored.filter(pl.col("item_id").is_in(there))
        parts.scores.add_scores(
            still_unscored(parts, left, model).select(
                "item_id",
                *(label.value for label in SCORED_LABELS),
                "content_hash",
                model_version_id=pl.lit(model.model_version_id, dtype=pl.Int64),
                scored_at=pl.lit(space.clock.now()),
            )
        )
