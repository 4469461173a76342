"""Model versions that run elsewhere: what they may be called, and what their labels mean."""

from collections.abc import Collection, Mapping

from core.domain.model_version import EXTERNAL, ModelVersion
from core.domain.person import Person
from core.domain.record import Record
from core.domain.score_mapping import ScoreMapping, meaning_digest, meaning_of
from core.errors import OutsideModelError
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.workspace import Workspace

NAME_MAX, VERSION_MAX = 80, 60
#: So many of the newest imports are searched for what a version's labels were said to mean.
_SEARCHED_RUNS = 5_000


class OutsideModel(Record):
    """What somebody calls a model that runs elsewhere, such as perspective and 2024-11."""

    name: str
    version: str

    @property
    def display_name(self) -> str:
        """The version as people say it."""
        return f"{self.name} ({self.version})"


def outside_model(name: str, version: str, installed: Collection[str] = ()) -> OutsideModel:
    """The model as it may be called; raises OutsideModelError for what nobody could tell apart.

    `installed` are the names of models that run here.
    """
    given = OutsideModel(name=name.strip(), version=version.strip())
    for what, text, most in (
        ("name", given.name, NAME_MAX),
        ("version", given.version, VERSION_MAX),
    ):
        if not 0 < len(text) <= most or not text.isprintable():
            raise OutsideModelError(
                f"Give the outside model a {what} of 1 to {most} characters on one line, such as "
                f"{'perspective' if what == 'name' else '2024-11'}."
            )
    if given.name in installed or given.name.partition("@")[0] in installed:
        raise _taken(given.name)
    return given


def _taken(name: str) -> OutsideModelError:
    return OutsideModelError(
        f"{name} is a model that runs here, and its scores are not imported. Give the outside "
        "model another name, such as perspective."
    )


def find_version(
    parts: StoreParts, model: OutsideModel, mapping: ScoreMapping
) -> ModelVersion | None:
    """The recorded version that a file's scores can be added to; None when it would be new.

    Raises OutsideModelError when the name is a model's that runs here, or when the version's
    labels were said to mean something else.
    """
    named = [each for each in parts.models.all() if each.name == model.name]
    if any(not each.is_external for each in named):
        raise _taken(model.name)
    found = next((each for each in named if each.version == model.version), None)
    if found is None or found.digest == digest_of(model, mapping.meaning):
        return found
    known = _meaning(parts, found)
    if known is not None and mapping.meaning.items() <= known.items():
        return found
    said = ", ".join(f"{outside}={ours}" for outside, ours in sorted((known or {}).items()))
    here = ", ".join(f"{outside}={ours}" for outside, ours in sorted(mapping.meaning.items()))
    raise OutsideModelError(
        f"{model.display_name} is there already and its labels mean something else: "
        f"{said or 'other labels'}; in this import {here}. Map them as before, or give this "
        f"import another version, such as “{next_version(parts, model)}”."
    )


def digest_of(model: OutsideModel, meaning: Mapping[str, str]) -> str:
    """What pins an outside version: its name, its version and what its labels mean."""
    return meaning_digest(model.name, model.version, meaning)


def _meaning(parts: StoreParts, version: ModelVersion) -> dict[str, str] | None:
    """What the labels of a version were said to mean when it was made."""
    for run in parts.imports.recent(_SEARCHED_RUNS):
        if run.model_version_id != version.model_version_id:
            continue
        meaning = meaning_of(run.mapping)
        model = OutsideModel(name=version.name, version=version.version)
        if digest_of(model, meaning) == version.digest:
            return meaning
    return None


def next_version(parts: StoreParts, model: OutsideModel) -> str:
    """A version of the model that is not taken."""
    taken = {each.version for each in parts.models.all() if each.name == model.name}
    number = 2
    while (candidate := f"{model.version}-{number}") in taken:
        number += 1
    return candidate


def add_version(
    space: Workspace, parts: StoreParts, model: OutsideModel, mapping: ScoreMapping, person: Person
) -> ModelVersion:
    """Records the version, with what its labels mean in the audit log."""
    version = ModelVersion(
        model_version_id=space.ids.next(),
        name=model.name,
        version=model.version,
        kind=EXTERNAL,
        labels=tuple(mapping.ours),
        digest=digest_of(model, mapping.meaning),
        created_at=space.clock.now(),
    )
    parts.models.add(version)
    parts.audit.append(
        person.name,
        "model.added",
        f"model:{version.display_name}",
        {
            "digest": version.digest,
            "kind": EXTERNAL,
            "labels": mapping.meaning,
            "model_version_id": str(version.model_version_id),
        },
    )
    return version


@rereading
def outside_models(space: Workspace) -> list[ModelVersion]:
    """The versions whose scores were imported, oldest first."""
    with space.store.reading() as parts:
        return [each for each in parts.models.all() if each.is_external]
