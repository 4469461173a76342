"""What we need from storage for experiments on split traffic."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import polars as pl

from core.domain.experiment import Experiment, ExperimentChange, SplitUnit
from core.domain.policy import Place
from core.domain.record import Record


class SplitWindow(Record):
    """Which items an experiment is judged by."""

    experiment_id: int
    unit: SplitUnit
    control_id: int
    treatment_id: int
    model_version_id: int
    scope: Place
    tenants: tuple[str, ...] | None
    since: datetime
    until: datetime | None = None
    """Exclusive; None: up to now."""


class LookBack(Record):
    """Which items tell what an experiment could find, before there is one."""

    unit: SplitUnit
    policy_version_id: int
    model_version_id: int
    scope: Place
    tenants: tuple[str, ...] | None
    since: datetime
    """When the oldest of them was created."""


#: One row per item. `unit` is the author or thread, or item:ID where there is none; `arm`,
#: `control`, `treatment` are the arm and both verdicts, `automated` is the policy's own decision.
#: `queue`, `stratum`, `probability`: the task that scoring opened. `person`, `person_at`: what a
#: person decided last. `handled`, `handling_seconds`, `handled_at`: how many decisions of people
#: say how long they took, their seconds and the last of them. `first_at`: the first decision.
SPLIT_COLUMNS = (
    "item_id", "unit", "has_unit", "arm", "scored_at", "control", "treatment", "automated", "queue",
    "stratum", "probability", "person", "person_at", "handled", "handling_seconds", "handled_at",
    "first_at",
)  # fmt: skip


class ExperimentStore(Protocol):
    """Experiments never change; their states and exposures are appended."""

    def add(self, experiment: Experiment) -> None:
        """Records an experiment."""

    def change(self, change: ExperimentChange) -> None:
        """Appends a step of its life."""

    def all(self) -> list[Experiment]:
        """Every experiment, newest first."""

    def changes(self) -> list[ExperimentChange]:
        """The steps of all lives, oldest first."""

    def running(self) -> list[Experiment]:
        """The experiments that run now, oldest first."""

    def expose(self, experiment_id: int, units: pl.DataFrame, at: datetime) -> int:
        """Records the arm of each unit (columns unit, arm) that is new; how many were."""

    def exposures(self, experiment_id: int) -> pl.DataFrame:
        """unit, arm, first_seen: one row per unit, in the order they were first seen."""

    def counts(self, experiment_ids: Sequence[int]) -> dict[tuple[int, int], int]:
        """Units by (experiment, arm)."""

    def items(self, window: SplitWindow) -> pl.DataFrame:
        """The items that were scored in the window and both policies concluded on then.

        SPLIT_COLUMNS, by rising id.
        """

    def past_items(self, back: LookBack) -> pl.DataFrame:
        """The same of items before, and created_at; `treatment` and `arm` are null."""
