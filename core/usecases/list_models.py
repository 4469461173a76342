"""The models of this installation beside what the store knows of them."""

from collections.abc import Mapping

from pydantic import Field

from core.domain.label import Label
from core.domain.model_version import ModelVersion
from core.domain.person import Person
from core.domain.policy import PolicyMode
from core.domain.record import Record
from core.engine.model_description import HeldOutResult, ModelDescription
from core.engine.registry import Registry
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue, scored_counts
from core.usecases.workspace import Workspace


class ModelRow(Record):
    """One model version as Admin shows it."""

    name: str
    version: str
    kind: str
    labels: tuple[Label, ...]
    digest: str
    is_in_use: bool
    is_installed: bool
    """Whether it can score here; a version of an earlier installation may only be looked at."""

    item_count: int
    """Items with its scores, of those that the person sees."""
    policies: tuple[str, ...]
    """The policies that read it, with their modes."""

    note: str = ""
    held_out: dict[Label, HeldOutResult] = Field(default_factory=dict)

    @property
    def display_name(self) -> str:
        """The version as people say it."""
        return f"{self.name} ({self.version})"


@rereading
def list_models(
    space: Workspace, registry: Registry, catalogue: Catalogue, person: Person
) -> list[ModelRow]:
    """Every model version, the one in use first."""
    with space.store.reading() as parts:
        stored = parts.models.all()
        policies = parts.policies.all()
        counts = scored_counts(parts, catalogue, person)
    installed = {each.digest: each for each in registry.described()}
    rows = [
        ModelRow(
            name=model.name,
            version=model.version,
            kind=model.kind,
            labels=model.labels,
            digest=model.digest,
            is_in_use=model.digest == catalogue.model.digest,
            is_installed=model.digest in installed,
            item_count=counts.get(model.model_version_id, 0),
            policies=tuple(
                f"{policy.display_name} ({policy.mode.value})"
                for policy in policies
                if policy.model_version_id == model.model_version_id
                and policy.mode is not PolicyMode.RETIRED
            ),
            note=_note(model, installed),
            held_out=installed[model.digest].held_out if model.digest in installed else {},
        )
        for model in stored
    ]
    known = {row.digest for row in rows}
    rows += [
        ModelRow(
            name=each.name, version=each.version, kind=each.kind, labels=each.labels,
            digest=each.digest, is_in_use=False, is_installed=True, item_count=0, policies=(),
            note=each.note, held_out=each.held_out,
        )
        for each in installed.values()
        if each.digest not in known
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (not row.is_in_use, not row.is_installed, row.name))


def _note(model: ModelVersion, installed: Mapping[str, ModelDescription]) -> str:
    """Where a recorded version comes from, for people."""
    if model.digest in installed:
        return installed[model.digest].note
    return "imported scores; it does not run here" if model.is_external else "not installed here"
