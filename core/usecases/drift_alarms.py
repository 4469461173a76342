"""What Overview says about drift: the reasons, or why there are none."""

from dataclasses import dataclass

from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.metrics.binned_drift import FEWEST
from core.usecases.catalogue import Catalogue
from core.usecases.drift_words import Alarm, alarms_of, period_words
from core.usecases.watch_drift import NoComparison, watch_drift
from core.usecases.workspace import Workspace

#: The current period of alarms, in days.
ALARM_DAYS = 7


@dataclass(frozen=True)
class DriftAlarms:
    """The alarms of the last seven days, with what they were looked for in."""

    alarms: tuple[Alarm, ...]
    summary: str
    """How much was compared; without alarms also why there is none."""


def drift_alarms(space: Workspace, catalogue: Catalogue, person: Person) -> DriftAlarms:
    """The last seven days against the 28 before, over all items that the person sees."""
    found = watch_drift(space, catalogue, person, ItemFilter(), ALARM_DAYS)
    if isinstance(found, NoComparison):
        return DriftAlarms((), f"Drift: {found.sentence}")
    before, now = found.items
    against = f"{now:,} items {period_words(found)} against {before:,} of the days before"
    if not found.has_enough:
        return DriftAlarms(
            (), f"Drift: too few items to tell ({against}; {FEWEST} of each are needed)."
        )
    alarms = tuple(alarms_of(found))
    if alarms:
        return DriftAlarms(alarms, f"of {found.tests} comparisons {period_words(found)}")
    return DriftAlarms(
        (),
        f"No drift beyond chance in {found.tests} comparisons: {against}.",
    )
