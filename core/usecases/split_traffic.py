"""Which arm of a running experiment new items fall into, while scores are recorded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.experiment import Arm, Experiment, ExperimentMode, SplitUnit
from core.domain.policy import PolicyChange, PolicyMode, PolicyVersion
from core.domain.record import Record
from core.experiments.assignment import arms_of
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue

Arms = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

#: In the place of an arm: takes no part.
OUTSIDE = -1


class Broken(Record):
    """Why an experiment measures nothing any more."""

    at: datetime
    sentence: str


@dataclass(frozen=True)
class Split:
    """An experiment that runs and works."""

    experiment: Experiment
    treatment: PolicyVersion

    @property
    def is_enforced(self) -> bool:
        """Whether the treatment decides its units' items."""
        return self.experiment.mode is ExperimentMode.ENFORCED


@dataclass(frozen=True)
class SplitBatch:
    """A batch of items with their arms in one experiment."""

    split: Split
    arms: Arms
    """(n,): an `Arm`, or OUTSIDE."""

    @property
    def takes_part(self) -> Flags:
        """Whether each item is in an arm."""
        return np.asarray(self.arms != OUTSIDE)

    @property
    def is_treated(self) -> Flags:
        """Whether the treatment decides each item."""
        return np.asarray((self.arms == Arm.TREATMENT) & self.split.is_enforced)


def splits_in_force(parts: StoreParts, force: Catalogue) -> tuple[Split, ...]:
    """The running experiments that new items are split by; broken ones leave everything live."""
    return tuple(
        Split(experiment, treatment)
        for experiment in parts.experiments.running()
        if (treatment := _treatment(parts, force, experiment)) is not None
    )


def _treatment(parts: StoreParts, force: Catalogue, experiment: Experiment) -> PolicyVersion | None:
    is_live = force.policy.policy_version_id == experiment.control_id
    reads_it = force.model.model_version_id == experiment.model_version_id
    is_shared = force.partly_live is not None
    if not is_live or not reads_it or is_shared or broken(parts, experiment) is not None:
        return None
    found = (each for each in force.policies if each.policy_version_id == experiment.treatment_id)
    return next(found, None)


def broken(
    parts: StoreParts, experiment: Experiment, until: datetime | None = None
) -> Broken | None:
    """What became of its policies since it started (and before `until`), if it ends the evidence.

    For good: a policy that came back later met items that the experiment did not see.
    """
    names = {each.policy_version_id: each.display_name for each in parts.policies.all()}
    found = [
        *_control_changes(parts, experiment, names.get(experiment.control_id, "the live policy")),
        *_treatment_changes(parts, experiment, names.get(experiment.treatment_id, "the treatment")),
    ]
    found = [each for each in found if until is None or each.at < until]
    return min(found, key=lambda each: each.at, default=None)


def _control_changes(parts: StoreParts, experiment: Experiment, name: str) -> Iterator[Broken]:
    for change in _since(parts.policies.life(experiment.control_id), experiment):
        if change.mode is not PolicyMode.LIVE or (change.share or 1.0) < 1:
            what = "retired" if change.mode is PolicyMode.RETIRED else "changed"
            yield Broken(
                at=change.changed_at,
                sentence=f"Its control {name} was {what} by {_who(change)}.",
            )


def _treatment_changes(parts: StoreParts, experiment: Experiment, name: str) -> Iterator[Broken]:
    for change in _since(parts.policies.life(experiment.treatment_id), experiment):
        if change.mode in (PolicyMode.RETIRED, PolicyMode.LIVE):
            what = "retired" if change.mode is PolicyMode.RETIRED else "published live"
            yield Broken(
                at=change.changed_at,
                sentence=f"Its treatment {name} was {what} by {_who(change)}.",
            )


def _who(change: PolicyChange) -> str:
    note = (change.note or "").strip().rstrip(".")
    return f"{change.actor} meanwhile{f': {note}' if note else ''}"


def _since(life: Sequence[PolicyChange], experiment: Experiment) -> list[PolicyChange]:
    return [change for change in life if change.changed_at > experiment.created_at]


def assign(
    parts: StoreParts, scored: pl.DataFrame, splits: Sequence[Split], now: datetime
) -> list[SplitBatch]:
    """Each item's arm in each experiment; units that are new are recorded with theirs."""
    batches = []
    for split in splits:
        batch = SplitBatch(split, arms_in(split.experiment, scored))
        inside = scored.filter(pl.Series(batch.takes_part))
        if inside.height:
            parts.serialise(f"exposures:{split.experiment.experiment_id}")
            parts.experiments.expose(
                split.experiment.experiment_id,
                inside.select(
                    unit=units_of(inside, split.experiment.unit),
                    arm=pl.Series(batch.arms[batch.takes_part]),
                ),
                now,
            )
        batches.append(batch)
    return batches


def arms_in(experiment: Experiment, items: pl.DataFrame) -> Arms:
    """The arm of each item; columns item_id, tenant_id, language, author_id and thread_id."""
    if items.is_empty():
        return np.empty(0, dtype=np.intp)
    arms = arms_of(experiment.seed, units_of(items, experiment.unit).to_list(), experiment.shares)
    return np.where(_in_scope(experiment, items), arms, OUTSIDE).astype(np.intp)


def units_of(items: pl.DataFrame, unit: SplitUnit) -> pl.Series:
    """The unit of each item: its author or thread, or the item itself where there is none.

    Ids are not told apart by tenant: if they mean the same author everywhere, that author is in one
    arm everywhere; if not, two authors share an arm, which is as good a split.
    """
    column = "author_id" if unit is SplitUnit.AUTHOR else "thread_id"
    return items.select(pl.coalesce(column, pl.format("item:{}", "item_id")))[column]


def _in_scope(experiment: Experiment, items: pl.DataFrame) -> Flags:
    parts: list[pl.Expr] = [pl.lit(value=True)]
    if experiment.scope.tenant is not None:
        parts.append(pl.col("tenant_id") == experiment.scope.tenant)
    if experiment.scope.language is not None:
        parts.append((pl.col("language") == experiment.scope.language).fill_null(value=False))
    if experiment.tenants is not None:
        parts.append(pl.col("tenant_id").is_in(list(experiment.tenants)))
    inside = items.select("tenant_id", "language", inside=pl.all_horizontal(parts))["inside"]
    return inside.to_numpy().astype(np.bool_)


def recorded_for(batches: Sequence[SplitBatch]) -> list[tuple[PolicyVersion, Flags]]:
    """The treatments, each with the items on which its verdicts are recorded."""
    rows: dict[int, tuple[PolicyVersion, Flags]] = {}
    for batch in batches:
        key = batch.split.treatment.policy_version_id
        known = rows.get(key)
        mine = batch.takes_part if known is None else known[1] | batch.takes_part
        rows[key] = batch.split.treatment, mine
    return list(rows.values())
