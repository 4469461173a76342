"""Keeping a trial's scores: appended to items that lack them; no decision changes."""

import polars as pl

from core.domain.label import SCORED_LABELS
from core.domain.model_version import ModelVersion
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.engine.registry import Registry
from core.errors import TrialError
from core.usecases.catalogue import ensure_model
from core.usecases.score_items import still_unscored
from core.usecases.trial_run import TrialRun, score_column, side_name
from core.usecases.workspace import Workspace

_ROWS_AT_ONCE = 2_000


class KeptScores(Record):
    """What keeping added."""

    model: str
    added_count: int
    known_count: int
    """Items that this version had scored before."""
    gone_count: int
    """Items that were removed since they were tried."""

    @property
    def sentence(self) -> str:
        """The summary in words."""
        known = f"; {self.known_count:,} had them before" if self.known_count else ""
        gone = f"; {self.gone_count:,} removed meanwhile" if self.gone_count else ""
        return (
            f"Scores of {self.model} kept for {self.added_count:,} "
            f"item{'' if self.added_count == 1 else 's'}{known}{gone}. No decision changed."
        )


def keep_trial(
    space: Workspace, registry: Registry, run: TrialRun, number: int, *, person: Person
) -> KeptScores:
    """Appends the scores of the run's model with this number, one transaction per batch.

    Raises TrialError for texts that belong to no item, and for the model in use: an item with its
    scores counts as decided on, which keeping does not do. Keeping twice adds nothing.
    """
    person.require(Permission.RESCORE)
    side = side_name(number)
    labels = [pl.col(score_column(each, side)).alias(each.value) for each in SCORED_LABELS]
    rows = run.rows.select("item_id", "content_hash", *labels).filter(
        pl.col("item_id").is_not_null()
    )
    if rows.is_empty():
        raise TrialError(
            "There is nothing to keep: scores belong to stored items, and these texts are not. "
            "Import them first."
        )
    tried = run.plan.models[number]
    if tried.digest == run.plan.before_model.digest:
        raise TrialError(
            f"{tried.display_name} is in use: items get its scores together with a verdict when "
            "they are scored, so there is nothing to keep."
        )
    classifier = registry.get(tried.name)
    if classifier.digest != tried.digest:
        raise TrialError(
            f"{tried.display_name} is not what is installed under its name any more. Try again."
        )
    model = ensure_model(space, classifier, actor=person.name)
    added = gone = 0
    for batch in rows.iter_slices(_ROWS_AT_ONCE):
        new, lost = _append(space, model, batch, person)
        added, gone = added + new, gone + lost
    kept = KeptScores(
        model=model.display_name,
        added_count=added,
        known_count=rows.height - added - gone,
        gone_count=gone,
    )
    run.kept[number] = kept.sentence
    return kept


def _append(
    space: Workspace, model: ModelVersion, batch: pl.DataFrame, person: Person
) -> tuple[int, int]:
    """How many rows were added, and how many belong to items that are gone."""
    with space.store.writing() as parts:
        # Read anew, not from memory: another process may have taken the import back.
        there = parts.items.get_many(batch["item_id"].to_list())
        seen = [each.item_id for each in there if person.sees(each.tenant_id)]
        left = batch.filter(pl.col("item_id").is_in(seen))
        fresh = still_unscored(parts, left, model)
        if fresh.height:
            parts.scores.add_scores(
                fresh.with_columns(
                    model_version_id=pl.lit(model.model_version_id, dtype=pl.Int64),
                    scored_at=pl.lit(space.clock.now()),
                )
            )
            parts.audit.append(
                person.name, "items.rescored", f"model:{model.display_name}",
                {"scored_count": str(fresh.height), "from": "trial"},
            )  # fmt: skip
    return fresh.height, batch.height - left.height
