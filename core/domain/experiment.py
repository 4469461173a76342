"""Experiments on split traffic: what is tried, on whom, and what became of it."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from core.domain.plain_text import PlainText
from core.domain.policy import NOWHERE, Place
from core.domain.record import Record

NAME_MAX, NOTE_MIN, NOTE_MAX = 80, 10, 1_000

#: Arms get whole percents, so that a hash with 10,000 steps meets the shares exactly.
Percent = Annotated[int, Field(ge=1, le=100)]


class Arm(IntEnum):
    """The two sides of a split; exposures hold their numbers."""

    CONTROL = 0
    TREATMENT = 1

    @property
    def words(self) -> str:
        """The side as people say it."""
        return self.name.lower()


class SplitUnit(StrEnum):
    """What is split: all items of one unit are in one arm."""

    AUTHOR = "author"
    THREAD = "thread"


class ExperimentMode(StrEnum):
    """Whether the treatment's verdicts decide anything."""

    SHADOW = "shadow"
    """Both verdicts are recorded; the live policy decides everything."""
    ENFORCED = "enforced"
    """The treatment decides the items of its units."""


class ExperimentState(StrEnum):
    """The stage of an experiment's life."""

    RUNNING = "running"
    STOPPED = "stopped"
    SHIPPED = "shipped"
    """Ended by making the treatment the live policy."""


class Measure(StrEnum):
    """What the arms are compared by."""

    MISTAKES = "mistakes"
    """Share of items that were decided automatically and that people decide otherwise, weighted."""
    MISSED = "missed"
    """Share of items that were approved automatically and that people reject, weighted."""
    OVERTURNED = "overturned"
    """Of the automated decisions, the share that people changed, however they came upon them."""
    REJECTED = "rejected"
    """Share of items with the verdict reject."""
    REVIEWED = "reviewed"
    """Share of items with the verdict review."""
    HANDLING = "handling"
    """Mean seconds a person takes to decide."""
    WAITING = "waiting"
    """Mean hours from the scoring of an item to its first decision, or up to now without one."""

    @property
    def words(self) -> str:
        """What it is called on screen."""
        return _WORDS[self]

    @property
    def is_share(self) -> bool:
        """Whether it lies in [0, 1]."""
        return self not in (Measure.HANDLING, Measure.WAITING)

    @property
    def is_estimated(self) -> bool:
        """Whether the random slice of the queues says it, each review weighted."""
        return self in (Measure.MISTAKES, Measure.MISSED)

    @property
    def is_asked(self) -> bool:
        """Whether only people's decisions say anything of it."""
        return self.is_estimated or self in (Measure.OVERTURNED, Measure.HANDLING)

    @property
    def shows_in_shadow(self) -> bool:
        """Whether it can differ while the treatment decides nothing."""
        return self.is_estimated or self in (Measure.REJECTED, Measure.REVIEWED)

    @property
    def usual_effect(self) -> float:
        """A difference that is worth finding, in its own unit, unless somebody says otherwise."""
        return _EFFECTS[self]

    @property
    def watched_effect(self) -> float:
        """What a guard is quickest at: clearly worse, so that it does not wait for certainty."""
        return 2.5 * self.usual_effect


_WORDS = {
    Measure.MISTAKES: "Mistakes",
    Measure.MISSED: "Missed harm",
    Measure.OVERTURNED: "Overturned",
    Measure.REJECTED: "Rejected",
    Measure.REVIEWED: "To review",
    Measure.HANDLING: "Handling time",
    Measure.WAITING: "Time to decision",
}
_EFFECTS = {
    Measure.MISTAKES: 0.02,
    Measure.MISSED: 0.01,
    Measure.OVERTURNED: 0.01,
    Measure.REJECTED: 0.02,
    Measure.REVIEWED: 0.03,
    Measure.HANDLING: 2.0,
    Measure.WAITING: 1.0,
}


class Guard(Record):
    """A measure that must not get worse, which means larger, by more than a limit."""

    measure: Measure
    limit: Annotated[float, Field(ge=0)] = 0.0
    """How much larger is put up with, in the measure's unit."""


#: What is watched unless somebody says otherwise. Reviews too: a rule that sends everything to
#: people makes no mistakes.
GUARDS = (
    Guard(measure=Measure.OVERTURNED),
    Guard(measure=Measure.REJECTED),
    Guard(measure=Measure.REVIEWED, limit=0.02),
    Guard(measure=Measure.HANDLING),
)


class ExperimentPlan(Record):
    """What somebody wants to try."""

    name: Annotated[PlainText, Field(min_length=1, max_length=NAME_MAX)]
    hypothesis: Annotated[PlainText, Field(max_length=NOTE_MAX)] = ""
    treatment_id: int
    """The policy version that is tried against the live one."""
    mode: ExperimentMode
    unit: SplitUnit = SplitUnit.AUTHOR
    participation: Percent = 100
    """Percent of the units that take part at all."""
    treatment_share: Annotated[int, Field(ge=1, le=99)] = 50
    """Percent of those that get the treatment."""
    primary: Measure = Measure.MISTAKES
    is_lower_better: bool = True
    minimal_effect: Annotated[float, Field(gt=0)]
    """The least difference of the primary measure that matters, in its unit."""
    guards: tuple[Guard, ...] = GUARDS
    scope: Place = NOWHERE
    """Only items of this tenant and language take part."""

    @model_validator(mode="after")
    def _makes_sense(self) -> "ExperimentPlan":
        if self.mode is ExperimentMode.SHADOW and not self.primary.shows_in_shadow:
            raise ValueError(
                f"{self.primary.words.lower()} cannot differ in shadow, where nothing is enforced"
            )
        if self.primary.is_share and self.minimal_effect >= 1:
            raise ValueError("the difference to find of a share is below 1")
        return self

    @property
    def shares(self) -> tuple[float, float]:
        """The shares of all units in the arms; the rest takes no part."""
        treated = self.participation * self.treatment_share / 10_000
        return round(self.participation / 100 - treated, 4), treated

    @property
    def watched(self) -> tuple[Guard, ...]:
        """The guards that can say anything."""
        is_shadow = self.mode is ExperimentMode.SHADOW
        return tuple(
            each
            for each in self.guards
            if each.measure is not self.primary and (each.measure.shows_in_shadow or not is_shadow)
        )


class Experiment(ExperimentPlan):
    """An experiment that was started; what became of it is in its changes."""

    experiment_id: int
    seed: str
    """With a unit's id it says the unit's arm, for ever: see core.experiments.assignment."""
    control_id: int
    """The policy version that was live when it began."""
    model_version_id: int
    """The model version whose scores both policies read."""
    tenants: tuple[str, ...] | None = None
    """The tenants that whoever started it sees; None: all."""
    actor: str
    created_at: datetime

    def overlaps(self, other: "Experiment") -> bool:
        """Whether an item could take part in both."""
        mine, theirs = self.scope, other.scope
        for here, there in ((mine.tenant, theirs.tenant), (mine.language, theirs.language)):
            if here is not None and there is not None and here != there:
                return False
        seen, known = self._tenants(), other._tenants()
        return seen is None or known is None or bool(seen & known)

    def _tenants(self) -> set[str] | None:
        if self.scope.tenant is not None:
            return {self.scope.tenant}
        return None if self.tenants is None else set(self.tenants)


class ExperimentChange(Record):
    """One step in an experiment's life."""

    experiment_id: int
    state: ExperimentState
    actor: str
    changed_at: datetime
    evidence: str | None = None
    """What was known then, as JSON."""
    note: str | None = None
