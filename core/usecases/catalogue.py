"""The model versions and policies in force, recorded when a store first sees them."""

from dataclasses import dataclass
from datetime import datetime

from core.domain.item_filter import ItemFilter
from core.domain.model_version import ModelVersion
from core.domain.person import Person
from core.domain.policy import PolicyMode, PolicyVersion, Rule
from core.engine.classifier import Classifier
from core.errors import ModelError
from core.policies.builtin import BASELINE_POLICY, DEFAULT_POLICY, WEIGHTED_BASELINE, default_rule
from core.store.items import Selection
from core.store.store import StoreParts
from core.usecases.workspace import Workspace


@dataclass(frozen=True)
class Catalogue:
    """What scores and what decides: the model version in use and the live policy."""

    model: ModelVersion
    policy: PolicyVersion
    """The version that is live for everything that no other is."""
    models: tuple[ModelVersion, ...]
    policies: tuple[PolicyVersion, ...]

    @property
    def partly_live(self) -> PolicyVersion | None:
        """The version that is live for a share of new items, if there is one."""
        found = [each for each in self._reading(PolicyMode.LIVE) if each.share < 1]
        return found[-1] if found else None

    @property
    def shadows(self) -> tuple[PolicyVersion, ...]:
        """The versions whose verdicts are recorded and not enforced."""
        return self._reading(PolicyMode.SHADOW)

    def _reading(self, mode: PolicyMode) -> tuple[PolicyVersion, ...]:
        return tuple(
            each
            for each in self.policies
            if each.mode is mode and each.model_version_id == self.model.model_version_id
        )

    def selection(self, wanted: ItemFilter, person: Person | None = None) -> Selection:
        """The filter, referring to the model and policy in force, kept to what `person` sees."""
        return Selection(
            tenants=person.tenants if person else None,
            filter=wanted,
            model_version_id=wanted.model or self.model.model_version_id,
            policy_version_id=self.policy.policy_version_id,
        )


def ensure_catalogue(space: Workspace, classifier: Classifier, *, actor: str) -> Catalogue:
    """The catalogue, after recording this classifier and the built-in policies if they are new."""
    with space.store.reading() as parts:
        if (known := _known(parts, classifier)) is not None:
            return known
    with space.store.writing() as parts:
        parts.serialise("catalogue")
        if (known := _known(parts, classifier)) is not None:
            return known
        stored = (each for each in parts.models.all() if each.digest == classifier.digest)
        model = next(stored, None) or _add_model(space, parts, classifier, actor)
        _add_policies(space, parts, classifier, model, actor)
        added = _known(parts, classifier)
    if added is None:
        raise ModelError(f"The model {classifier.name} could not be recorded in the store.")
    return added


def ensure_model(space: Workspace, classifier: Classifier, *, actor: str) -> ModelVersion:
    """The version of a classifier that need not be the one in use, recorded if it is new."""
    with space.store.writing() as parts:
        parts.serialise("catalogue")
        known = (each for each in parts.models.all() if each.digest == classifier.digest)
        return next(known, None) or _add_model(space, parts, classifier, actor)


def _add_model(
    space: Workspace, parts: StoreParts, classifier: Classifier, actor: str
) -> ModelVersion:
    model = _model_of(space, classifier)
    parts.models.add(model)
    parts.audit.append(
        actor,
        "model.added",
        f"model:{model.display_name}",
        {"digest": model.digest, "model_version_id": str(model.model_version_id)},
    )
    return model


def _known(parts: StoreParts, classifier: Classifier) -> Catalogue | None:
    found = (each for each in parts.models.all() if each.digest == classifier.digest)
    model = next(found, None)
    return in_force(parts, model) if model is not None else None


def in_force(parts: StoreParts, model: ModelVersion) -> Catalogue | None:
    """What is in force for this model version; None when no policy that reads it is live."""
    policies = tuple(parts.policies.all())
    live = [
        policy
        for policy in policies
        if policy.mode is PolicyMode.LIVE
        and policy.share >= 1
        and policy.model_version_id == model.model_version_id
    ]
    if not live:
        return None
    return Catalogue(
        model=model,
        policy=max(live, key=_since),
        models=tuple(parts.models.all()),
        policies=policies,
    )


def scored_counts(parts: StoreParts, catalogue: Catalogue, person: Person) -> dict[int, int]:
    """Scored items by model version; of the person's tenants only, where they are kept to some."""
    counts = parts.scores.counts()
    if person.tenants is None:
        return counts
    everything = catalogue.selection(ItemFilter(), person)
    return {number: parts.distributions.scored_count(everything, number) for number in counts}


def _since(policy: PolicyVersion) -> tuple[datetime, int]:
    return (policy.changed_at or policy.created_at, policy.policy_version_id)


def _model_of(space: Workspace, classifier: Classifier) -> ModelVersion:
    return ModelVersion(
        model_version_id=space.ids.next(),
        name=classifier.name,
        version=classifier.version,
        kind=classifier.kind,
        labels=classifier.labels,
        digest=classifier.digest,
        created_at=space.clock.now(),
    )


def _add_policies(
    space: Workspace,
    parts: StoreParts,
    classifier: Classifier,
    model: ModelVersion,
    actor: str,
) -> None:
    """`default` goes live; `weighted-baseline` is kept as a draft to compare with."""
    known = parts.policies.all()
    rules: tuple[tuple[str, Rule, PolicyMode], ...] = (
        (DEFAULT_POLICY, default_rule(dict(classifier.thresholds)), PolicyMode.LIVE),
        (BASELINE_POLICY, WEIGHTED_BASELINE, PolicyMode.DRAFT),
    )
    for name, rule, mode in rules:
        number = max((each.number for each in known if each.name == name), default=0) + 1
        version = PolicyVersion(
            policy_version_id=space.ids.next(),
            name=name,
            number=number,
            mode=mode,
            model_version_id=model.model_version_id,
            rule=rule,
            author=actor,
            created_at=space.clock.now(),
        )
        parts.policies.add(version)
        parts.audit.append(
            actor, "policy.added", f"policy:{version.display_name}", {"mode": mode.value}
        )
