"""The life of an experiment: started, then stopped or shipped, each with what was known then."""

from core.domain.experiment import (
    NOTE_MAX,
    NOTE_MIN,
    Experiment,
    ExperimentChange,
    ExperimentMode,
    ExperimentPlan,
    ExperimentState,
)
from core.domain.person import Person
from core.domain.policy import PolicyMode, PolicyVersion
from core.domain.role import Permission
from core.errors import ExperimentError, ForbiddenError
from core.experiments.split_verdict import ship_concerns
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue, in_force
from core.usecases.manage_policies import SeenPreview, concerns, publish_within
from core.usecases.read_experiment import (
    ExperimentReport,
    KnownExperiment,
    known_experiment,
    named_for,
    report_of,
)
from core.usecases.workspace import Workspace


def start_experiment(
    space: Workspace, catalogue: Catalogue, person: Person, plan: ExperimentPlan
) -> Experiment:
    """Starts splitting new items between the live policy and the planned treatment.

    ExperimentError says why it cannot be: another split is at work, or the treatment does not fit.
    """
    person.require(Permission.MANAGE_POLICIES)
    if not plan.name.strip():
        raise ExperimentError("Give the experiment a name.")
    tenant = plan.scope.tenant
    if tenant is not None and not person.sees(tenant):
        raise ForbiddenError(f"You do not see the items of {tenant}. Nothing was started.")
    with space.store.writing() as parts:
        _serialise(parts, catalogue.model.model_version_id)
        force = in_force(parts, catalogue.model)
        if force is None:
            raise ExperimentError("No policy is live, so there is nothing to compare with.")
        treatment = _treatment(force, plan)
        now, key = space.clock.now(), space.ids.next()
        experiment = Experiment(
            **{name: getattr(plan, name) for name in ExperimentPlan.model_fields},
            experiment_id=key,
            seed=f"moddesk-{key}",
            control_id=force.policy.policy_version_id,
            model_version_id=force.model.model_version_id,
            tenants=person.tenants,
            actor=person.name,
            created_at=now,
        )
        _refuse_overlap(parts, experiment, person)
        parts.experiments.add(experiment)
        parts.experiments.change(
            ExperimentChange(
                experiment_id=key, state=ExperimentState.RUNNING, actor=person.name, changed_at=now
            )
        )
        parts.audit.append(
            person.name, "experiment.started", f"experiment:{key}",
            {
                "name": experiment.name, "mode": experiment.mode.value,
                "control": force.policy.display_name, "treatment": treatment.display_name,
                "definition": experiment.model_dump(mode="json"),
            },
        )  # fmt: skip
    return experiment


def _treatment(force: Catalogue, plan: ExperimentPlan) -> PolicyVersion:
    if force.partly_live is not None:
        raise ExperimentError(
            f"{force.partly_live.display_name} is live for {force.partly_live.share:.0%} of new "
            "items: they are split already. Retire it, or publish it for everything, first."
        )
    found = [each for each in force.policies if each.policy_version_id == plan.treatment_id]
    if not found:
        raise ExperimentError("There is no such policy version in this store.")
    treatment = found[0]
    if treatment.policy_version_id == force.policy.policy_version_id:
        raise ExperimentError(
            f"{treatment.display_name} decides everything already: choose another version to try. "
            "To test the split itself, save the same rule as a draft."
        )
    if treatment.mode not in (PolicyMode.DRAFT, PolicyMode.SHADOW):
        raise ExperimentError(
            f"{treatment.display_name} is {treatment.mode.value}. A draft or a version in shadow "
            "can be tried: save its rule as a draft in the lab first."
        )
    if treatment.model_version_id != force.model.model_version_id:
        raise ExperimentError(
            f"{treatment.display_name} reads another model version than the one that scores new "
            f"items ({force.model.display_name}), so there would be no scores for it to decide on. "
            "Compare the two models on the same items first."
        )
    return treatment


def _refuse_overlap(parts: StoreParts, experiment: Experiment, person: Person) -> None:
    for other in parts.experiments.running():
        if experiment.treatment_id == other.treatment_id and experiment.overlaps(other):
            raise ExperimentError(f"{named_for(other, person)} tries the same version already.")
        both = {experiment.mode, other.mode}
        if both == {ExperimentMode.ENFORCED} and experiment.overlaps(other):
            raise ExperimentError(
                f"{named_for(other, person)} decides on the same items already. Stop it first, "
                "or choose another tenant or language for this one."
            )


def stop_experiment(
    space: Workspace, person: Person, experiment_id: int, *, note: str = ""
) -> ExperimentReport:
    """Ends an experiment: the live policy decides everything again. The evidence is kept."""
    person.require(Permission.MANAGE_POLICIES)
    with space.store.writing() as parts:
        known = _running(parts, person, experiment_id)
        report = report_of(parts, known, space.clock.now())
        _end(space, parts, person, known, report, ExperimentState.STOPPED, note, [])
    return report


def ship_experiment(
    space: Workspace,
    catalogue: Catalogue,
    person: Person,
    experiment_id: int,
    *,
    preview: SeenPreview,
    note: str = "",
) -> PolicyVersion:
    """Ends an experiment by making its treatment the live policy, in one transaction.

    `preview` is what somebody looked at, as with every publication. ExperimentError when there are
    concerns (no better verdict, a guard that got worse, a broken split, or those that `publish` has
    of the preview) and `note` gives no reason.
    """
    person.require(Permission.MANAGE_POLICIES)
    with space.store.writing() as parts:
        known = _running(parts, person, experiment_id)
        report = report_of(parts, known, space.clock.now())
        doubts = [*ship_concerns(report.numbers, report.verdict), *concerns(preview)]
        reason = note.strip()
        if doubts and len(reason) < NOTE_MIN:
            raise ExperimentError(
                f"Say why it should go live all the same ({NOTE_MIN} characters or more): "
                + " ".join(doubts)
            )
        _end(space, parts, person, known, report, ExperimentState.SHIPPED, reason, doubts)
        said = f"Experiment “{known.experiment.name}”: {report.verdict.headline} {reason}"
        return publish_within(
            parts, person, known.treatment.policy_version_id, mode=PolicyMode.LIVE,
            preview=preview, model=catalogue.model, note=said.strip(),
        )  # fmt: skip


def _running(parts: StoreParts, person: Person, experiment_id: int) -> KnownExperiment:
    model_version_id = known_experiment(parts, person, experiment_id).experiment.model_version_id
    _serialise(parts, model_version_id)
    known = known_experiment(parts, person, experiment_id)
    if not known.is_running:
        last = known.changes[-1]
        raise ExperimentError(
            f"{last.actor} {last.state.value} it at {last.changed_at:%-d %b %Y, %H:%M} UTC. "
            "Look again."
        )
    return known


def _serialise(parts: StoreParts, model_version_id: int) -> None:
    """No batch of scores is half inside: it sees the experiment wholly or not at all."""
    parts.serialise("policies", "experiments", f"scores:{model_version_id}")


def _end(
    space: Workspace,
    parts: StoreParts,
    person: Person,
    known: KnownExperiment,
    report: ExperimentReport,
    state: ExperimentState,
    note: str,
    doubts: list[str],
) -> None:
    experiment = known.experiment
    parts.experiments.change(
        ExperimentChange(
            experiment_id=experiment.experiment_id,
            state=state,
            actor=person.name,
            changed_at=space.clock.now(),
            evidence=report.model_dump_json(),
            note=note.strip()[:NOTE_MAX] or None,
        )
    )
    parts.audit.append(
        person.name, f"experiment.{state.value}", f"experiment:{experiment.experiment_id}",
        {
            "name": experiment.name, "note": note.strip()[:NOTE_MAX], "overridden": doubts,
            "verdict": report.verdict.model_dump(mode="json"),
            "numbers": report.numbers.model_dump(mode="json"),
        },
    )  # fmt: skip
