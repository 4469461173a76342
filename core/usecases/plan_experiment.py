"""How long an experiment would take, from what came in lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.experiment import ExperimentMode, ExperimentPlan, Measure, SplitUnit
from core.domain.person import Person
from core.domain.policy import NOWHERE, Place
from core.domain.role import Permission
from core.experiments.split_ratios import ENOUGH_UNITS, days_left, information_of_split
from core.store.experiments import LookBack
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue
from core.usecases.split_facts import Sums, arm_sums, facts_of
from core.usecases.workspace import Workspace

#: How far back is looked.
LOOK_BACK = timedelta(days=14)


@dataclass(frozen=True)
class PastTraffic:
    """What came in lately, and each measure of it under the live policy."""

    days: float
    """How many days the items took to come in, one at least."""
    items: int
    units: int
    without_unit: int
    """Items that name no author or thread: each would be a unit of its own."""
    sums: dict[Measure, Sums]

    def days_needed(self, plan: ExperimentPlan) -> int | None:
        """Days until the plan's minimal effect would be found; None when that cannot be said.

        In shadow it depends on how often the verdicts differ, which the past does not say.
        """
        if plan.mode is ExperimentMode.SHADOW:
            return None
        found = self.sums[plan.primary]
        if plan.primary.is_asked and found.seen < ENOUGH_UNITS:
            return None
        information = information_of_split(found.units, plan.shares)
        left = days_left(information, self.days, plan.minimal_effect)
        return None if left is None else max(1, round(left + self.days))

    def units_needed(self, plan: ExperimentPlan) -> int | None:
        """Units that would have come in by then, in and outside the arms; a guide."""
        days = self.days_needed(plan)
        return None if days is None else round(self.units * days / self.days)


@rereading
def past_traffic(
    space: Workspace,
    catalogue: Catalogue,
    person: Person,
    *,
    unit: SplitUnit = SplitUnit.AUTHOR,
    scope: Place = NOWHERE,
) -> PastTraffic:
    """The last two weeks of items, as far as the person sees them."""
    person.require(Permission.SEE_SCORES)
    now = space.clock.now()
    with space.store.reading() as parts:
        items = parts.experiments.past_items(
            LookBack(
                unit=unit,
                policy_version_id=catalogue.policy.policy_version_id,
                model_version_id=catalogue.model.model_version_id,
                scope=scope,
                tenants=person.tenants,
                since=now - LOOK_BACK,
            )
        )
    facts = facts_of(items)
    first = items["created_at"].min()
    length = now - first if isinstance(first, datetime) else LOOK_BACK
    return PastTraffic(
        days=max(1.0, length / timedelta(days=1)),
        items=facts.size,
        units=facts.units,
        without_unit=int((~facts.has_unit).sum()),
        sums={each: arm_sums(facts, each, None, now) for each in Measure},
    )
