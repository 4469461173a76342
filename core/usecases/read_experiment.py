"""Experiments as they stand: which there are, and what each says so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.domain.experiment import (
    Arm,
    Experiment,
    ExperimentChange,
    ExperimentMode,
    ExperimentState,
    Measure,
)
from core.domain.person import Person
from core.domain.policy import PolicyVersion
from core.domain.record import Record
from core.domain.role import Permission
from core.errors import NotFoundError
from core.experiments.sample_ratio import SampleRatio, sample_ratio
from core.experiments.split_numbers import (
    ArmCounts,
    CoursePoint,
    GuardResult,
    MeasuredDifference,
    SplitNumbers,
    SplitVerdict,
)
from core.experiments.split_ratios import (
    ENOUGH_UNITS,
    days_left,
    difference_of_arms,
    difference_of_pairs,
)
from core.experiments.split_verdict import split_verdict
from core.store.experiments import SplitWindow
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue
from core.usecases.split_facts import (
    APPROVE,
    NONE,
    REJECT,
    REVIEW,
    SplitFacts,
    arm_sums,
    facts_of,
    paired_sums,
)
from core.usecases.split_traffic import Broken, broken
from core.usecases.workspace import Workspace

#: At most so many moments are drawn.
_MOST_POINTS = 40
_STEPS = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 48, 7 * 24, 28 * 24))
_KINDS = {APPROVE: "approve", REVIEW: "review", REJECT: "reject"}


@dataclass(frozen=True)
class KnownExperiment:
    """An experiment with what became of it."""

    experiment: Experiment
    changes: tuple[ExperimentChange, ...]
    """Oldest first; the first one started it."""
    control: PolicyVersion
    treatment: PolicyVersion
    units: tuple[int, int]
    """Units of each arm so far."""
    broken: Broken | None

    @property
    def state(self) -> ExperimentState:
        """The stage of its life."""
        return self.changes[-1].state

    @property
    def is_running(self) -> bool:
        """Whether it was neither stopped nor shipped."""
        return self.state is ExperimentState.RUNNING

    @property
    def started_at(self) -> datetime:
        """When it began."""
        return self.changes[0].changed_at

    @property
    def ended_at(self) -> datetime | None:
        """When somebody ended it."""
        return None if self.is_running else self.changes[-1].changed_at

    @property
    def evidence_until(self) -> datetime | None:
        """When what it measures ended; None while it goes on."""
        return self.broken.at if self.broken is not None else self.ended_at


class ExperimentReport(Record):
    """What an experiment says, with how it came to say it; kept as JSON when it ends."""

    numbers: SplitNumbers
    verdict: SplitVerdict
    course: tuple[CoursePoint, ...]
    """The primary measure as it stood at the end of each step."""


def idle_words(known: KnownExperiment, catalogue: Catalogue) -> str | None:
    """Why a running experiment takes no new items in though its policies are as they were.

    That its model is not in use is no end of it: what it measured stands, and it goes on as soon as
    the model is in use again.
    """
    model_version_id = known.experiment.model_version_id
    if not known.is_running or known.broken is not None:
        return None
    if model_version_id == catalogue.model.model_version_id:
        return None
    names = {each.model_version_id: each.display_name for each in catalogue.models}
    return (
        f"Its model {names.get(model_version_id, 'version')} is not in use any more: "
        f"{catalogue.model.display_name} scores new items, none of them takes part, and the live "
        "policy decides them all. Stop the experiment, or choose its model in the settings again."
    )


@rereading
def list_experiments(space: Workspace, person: Person) -> list[KnownExperiment]:
    """The experiments that the person may see, newest first."""
    person.require(Permission.SEE_SCORES)
    with space.store.reading() as parts:
        return known_experiments(parts, person)


def experiments_on(space: Workspace, person: Person, policy_version_id: int) -> list[str]:
    """The names of running experiments whose control or treatment the version is: taking it out
    of its place, or making it live, ends what they measure.
    """
    known = list_experiments(space, person)
    return [
        each.experiment.name
        for each in known
        if each.is_running
        and each.broken is None
        and policy_version_id in (each.experiment.control_id, each.experiment.treatment_id)
    ]


@rereading
def experiment_report(space: Workspace, person: Person, experiment_id: int) -> ExperimentReport:
    """What it says now: of an ended one, with what people decided since."""
    person.require(Permission.SEE_SCORES)
    with space.store.reading() as parts:
        known = known_experiment(parts, person, experiment_id)
        return report_of(parts, known, space.clock.now())


def kept_evidence(known: KnownExperiment) -> ExperimentReport | None:
    """The report as it was when the experiment ended."""
    evidence = known.changes[-1].evidence
    return ExperimentReport.model_validate_json(evidence) if evidence is not None else None


def known_experiments(parts: StoreParts, person: Person) -> list[KnownExperiment]:
    """Every experiment whose items the person sees all of, newest first."""
    experiments = [each for each in parts.experiments.all() if is_shown(each, person)]
    if not experiments:
        return []
    versions = {each.policy_version_id: each for each in parts.policies.all()}
    counts = parts.experiments.counts([each.experiment_id for each in experiments])
    lives: dict[int, list[ExperimentChange]] = {}
    for change in parts.experiments.changes():
        lives.setdefault(change.experiment_id, []).append(change)
    found = []
    for each in experiments:
        key, life = each.experiment_id, lives[each.experiment_id]
        until = None if life[-1].state is ExperimentState.RUNNING else life[-1].changed_at
        found.append(
            KnownExperiment(
                experiment=each,
                changes=tuple(life),
                control=versions[each.control_id],
                treatment=versions[each.treatment_id],
                units=(
                    counts.get((key, int(Arm.CONTROL)), 0),
                    counts.get((key, int(Arm.TREATMENT)), 0),
                ),
                broken=broken(parts, each, until),
            )
        )
    return found


def known_experiment(parts: StoreParts, person: Person, experiment_id: int) -> KnownExperiment:
    """One of `known_experiments`; NotFoundError if it is not among them."""
    for each in known_experiments(parts, person):
        if each.experiment.experiment_id == experiment_id:
            return each
    raise NotFoundError("There is no such experiment in this store.")


def is_shown(experiment: Experiment, person: Person) -> bool:
    """Whether the person sees every tenant whose items take part."""
    if person.tenants is None:
        return True
    if experiment.scope.tenant is not None:
        return person.sees(experiment.scope.tenant)
    return experiment.tenants is not None and all(person.sees(each) for each in experiment.tenants)


def named_for(experiment: Experiment, person: Person) -> str:
    """The experiment as a refusal may speak of it: by name to those who see its items only."""
    if is_shown(experiment, person):
        return f"The experiment “{experiment.name}”"
    return "An experiment that you do not see"


def report_of(parts: StoreParts, known: KnownExperiment, now: datetime) -> ExperimentReport:
    """The report as of now."""
    experiment = known.experiment
    until = known.evidence_until
    facts = facts_of(
        parts.experiments.items(
            SplitWindow(
                experiment_id=experiment.experiment_id,
                unit=experiment.unit,
                control_id=experiment.control_id,
                treatment_id=experiment.treatment_id,
                model_version_id=experiment.model_version_id,
                scope=experiment.scope,
                tenants=experiment.tenants,
                since=known.started_at,
                until=until,
            )
        )
    )
    numbers = _numbers(facts, known, now)
    return ExperimentReport(
        numbers=numbers,
        verdict=split_verdict(numbers),
        course=_course(facts, known, until or now),
    )


def _numbers(facts: SplitFacts, known: KnownExperiment, now: datetime) -> SplitNumbers:
    experiment = known.experiment
    guards = experiment.watched
    primary = measured(facts, experiment, experiment.primary, now, experiment.minimal_effect)
    taken = {experiment.primary, *(each.measure for each in guards)}
    is_shadow = experiment.mode is ExperimentMode.SHADOW
    others = [
        each for each in Measure if each not in taken and (each.shows_in_shadow or not is_shadow)
    ]
    until = known.evidence_until or now
    ratio = _ratio(known)
    return SplitNumbers(
        mode=experiment.mode,
        since=known.started_at,
        until=until,
        arms=(_counts(facts, known, Arm.CONTROL), _counts(facts, known, Arm.TREATMENT)),
        without_unit=int((~facts.has_unit).sum()),
        sample_ratio=ratio,
        primary=primary,
        is_lower_better=experiment.is_lower_better,
        minimal_effect=experiment.minimal_effect,
        guards=tuple(
            GuardResult(
                guard=each,
                found=measured(facts, experiment, each.measure, now, each.measure.watched_effect),
            )
            for each in guards
        ),
        others=tuple(measured(facts, experiment, each, now) for each in others),
        cells=_cells(facts),
        days_left=days_left(
            primary.information,
            (until - known.started_at) / timedelta(days=1),
            experiment.minimal_effect,
        ),
        broken=known.broken.sentence if known.broken is not None else None,
    )


def _ratio(known: KnownExperiment) -> SampleRatio | None:
    return sample_ratio(known.units, known.experiment.shares) if sum(known.units) else None


def measured(
    facts: SplitFacts,
    experiment: Experiment,
    measure: Measure,
    at: datetime,
    effect: float | None = None,
) -> MeasuredDifference:
    """One measure as it stood at a moment: between arms, or in shadow between both verdicts."""
    effect = effect or measure.usual_effect
    if experiment.mode is ExperimentMode.SHADOW:
        control, treatment, pairs = paired_sums(facts, measure, at)
        found = difference_of_pairs(pairs.units, effect=effect, is_share=measure.is_share)
        seen = fewest = pairs.seen
    else:
        control = arm_sums(facts, measure, Arm.CONTROL, at)
        treatment = arm_sums(facts, measure, Arm.TREATMENT, at)
        found = difference_of_arms(
            control.units, treatment.units, effect=effect, is_share=measure.is_share
        )
        seen, fewest = control.seen + treatment.seen, min(control.seen, treatment.seen)
    # Nobody who was not asked found a mistake: few answers are no evidence of few mistakes.
    too_few = measure.is_asked and fewest < ENOUGH_UNITS
    running = None if too_few else found.running
    is_seen = seen > 0 or not measure.is_asked
    before = control.units.ratio if is_seen else None
    after = treatment.units.ratio if is_seen else None
    return MeasuredDifference(
        measure=measure,
        control=before,
        treatment=after,
        control_count=float(control.units.inside.sum()),
        treatment_count=float(treatment.units.inside.sum()),
        seen=seen,
        units=found.units,
        difference=None if before is None or after is None else after - before,
        low=running.low if running else None,
        high=running.high if running else None,
        p=running.p if running else 1.0,
        fixed_low=running.fixed_low if running else None,
        fixed_high=running.fixed_high if running else None,
        fixed_p=running.fixed_p if running else 1.0,
        information=found.information if running else 0.0,
    )


def _counts(facts: SplitFacts, known: KnownExperiment, arm: Arm) -> ArmCounts:
    mine = facts.arm == arm
    verdict = facts.verdict[mine]
    automated, person = facts.automated[mine], facts.person[mine]
    looked_at = (automated != NONE) & (person != NONE)
    return ArmCounts(
        units=known.units[arm],
        items=int(mine.sum()),
        approved=int((verdict == APPROVE).sum()),
        to_review=int((verdict == REVIEW).sum()),
        rejected=int((verdict == REJECT).sum()),
        automated=int((automated != NONE).sum()),
        looked_at=int(looked_at.sum()),
        overturned=int((looked_at & (person != automated)).sum()),
        by_people=int((person != NONE).sum()),
    )


def _cells(facts: SplitFacts) -> dict[str, int]:
    return {
        f"{before}|{after}": int(
            np.count_nonzero((facts.control == one) & (facts.treatment == two))
        )
        for one, before in _KINDS.items()
        for two, after in _KINDS.items()
    }


def _course(facts: SplitFacts, known: KnownExperiment, until: datetime) -> tuple[CoursePoint, ...]:
    experiment = known.experiment
    points = []
    for at in moments(known.started_at, until):
        found = measured(facts, experiment, experiment.primary, at, experiment.minimal_effect)
        points.append(
            CoursePoint(
                at=at, difference=found.difference, low=found.low, high=found.high,
                units=found.units,
            )
        )  # fmt: skip
    return tuple(points)


def moments(since: datetime, until: datetime) -> Sequence[datetime]:
    """The ends of equal steps between both, at most 40 of them; the last one is `until`."""
    length = until - since
    step = next((each for each in _STEPS if length <= _MOST_POINTS * each), length / _MOST_POINTS)
    count = int(length / step) if step else 0
    found = [since + number * step for number in range(1, count + 1)]
    return [*(each for each in found if each < until), until]
