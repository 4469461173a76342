"""The numbers of an experiment, as they are shown and kept as its evidence."""

from datetime import datetime
from enum import StrEnum

from core.domain.experiment import Arm, ExperimentMode, Guard, Measure
from core.domain.record import Record
from core.experiments.sample_ratio import SampleRatio
from core.experiments.verdict import Conclusion


class ArmCounts(Record):
    """What was counted in one arm."""

    units: int
    """Units that were assigned to it."""
    items: int
    approved: int
    to_review: int
    rejected: int
    """Items by the verdict of the arm's own policy."""
    automated: int
    """Items that a policy decided."""
    looked_at: int
    """Of those, how many people decided on, too."""
    overturned: int
    """Of those, how many they decided otherwise."""
    by_people: int
    """Items that people decided on."""


class MeasuredDifference(Record):
    """One measure in both arms, and how far they are apart."""

    measure: Measure
    control: float | None
    treatment: float | None
    control_count: float
    """What the control's value is a share or mean of: items, decisions."""
    treatment_count: float
    seen: int
    """Observations of people behind it; 0 where everything is counted."""
    units: int
    difference: float | None
    """Treatment - control; None when either is not known."""
    low: float | None
    """Always-valid, 95 %; None while nothing is known."""
    high: float | None
    p: float
    fixed_low: float | None
    """Right only if this was the one planned look."""
    fixed_high: float | None
    fixed_p: float
    information: float
    """1 / variance of the difference; 0 while nothing is known."""


class GuardResult(Record):
    """A measure that must not get worse."""

    guard: Guard
    found: MeasuredDifference

    @property
    def is_worse(self) -> bool:
        """Whether the always-valid interval lies wholly above the limit."""
        return self.found.low is not None and self.found.low > self.guard.limit


class CoursePoint(Record):
    """The primary measure as it stood at a moment."""

    at: datetime
    difference: float | None
    low: float | None
    high: float | None
    units: int


class SplitKind(StrEnum):
    """What can be said."""

    NOTHING = "nothing"
    BLOCKED = "blocked"
    """The sample ratio is broken: nothing may be concluded."""
    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no_difference"
    NO_EVIDENCE = "no_evidence"


class SplitVerdict(Record):
    """The verdict in words."""

    kind: SplitKind
    headline: str
    sentences: tuple[str, ...] = ()


class SplitNumbers(Record):
    """Everything that a verdict rests on."""

    mode: ExperimentMode
    since: datetime
    until: datetime
    arms: tuple[ArmCounts, ArmCounts]
    without_unit: int
    """Items that are their own unit, because they name no author or thread."""
    sample_ratio: SampleRatio | None
    primary: MeasuredDifference
    is_lower_better: bool
    minimal_effect: float
    guards: tuple[GuardResult, ...]
    others: tuple[MeasuredDifference, ...]
    """Measures that are neither primary nor guarded: to look at, not to conclude from."""
    cells: dict[str, int]
    """Items by "verdict of the control|verdict of the treatment"."""
    days_left: int | None = None
    """Until the minimal effect would be found, at the pace so far."""
    broken: str | None = None
    """What became of its policies meanwhile."""

    @property
    def worse_guards(self) -> tuple[GuardResult, ...]:
        """The guards that got worse."""
        return tuple(each for each in self.guards if each.is_worse)

    @property
    def units(self) -> int:
        """Units in both arms."""
        return sum(each.units for each in self.arms)

    @property
    def items(self) -> int:
        """Items in both arms."""
        return sum(each.items for each in self.arms)

    def of(self, arm: Arm) -> ArmCounts:
        """One arm's counts."""
        return self.arms[arm]


CONCLUDED = {
    Conclusion.BETTER: SplitKind.BETTER,
    Conclusion.WORSE: SplitKind.WORSE,
    Conclusion.NO_DIFFERENCE: SplitKind.NO_DIFFERENCE,
    Conclusion.NO_EVIDENCE: SplitKind.NO_EVIDENCE,
}
