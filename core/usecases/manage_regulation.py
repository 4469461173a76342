"""What our reasons mean in the words of the DSA: read, and changed in versions."""

from core.domain.dsa_mapping import DsaMapping, default_mapping
from core.domain.person import Person
from core.domain.role import Permission
from core.errors import ConflictError, ForbiddenError
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.workspace import Workspace


def mapping_in_force(parts: StoreParts) -> DsaMapping:
    """The newest version, or the defaults while nobody has saved one."""
    return parts.regulation.mapping() or default_mapping()


@rereading
def read_mapping(space: Workspace, person: Person) -> DsaMapping:
    """The mapping in force."""
    person.require(Permission.EXPORT)
    with space.store.reading() as parts:
        return mapping_in_force(parts)


def save_mapping(space: Workspace, person: Person, mapping: DsaMapping) -> DsaMapping:
    """Records the mapping as the next version and returns it.

    `mapping.version` is the version that was changed: ConflictError if it is not in force any more.
    """
    person.require(Permission.MANAGE_POLICIES)
    if person.tenants is not None:
        raise ForbiddenError(
            "The regulatory mapping holds for all tenants, so it is changed by people who see all."
        )
    with space.store.writing() as parts:
        parts.serialise("regulation")
        before = mapping_in_force(parts)
        if before.version != mapping.version:
            raise ConflictError(
                f"{before.changed_by} saved version {before.version} of the mapping meanwhile. "
                "Open the page again and repeat your change."
            )
        saved = mapping.model_copy(
            update={
                "version": before.version + 1,
                "changed_by": person.name,
                "changed_at": space.clock.now(),
            }
        )
        parts.regulation.save_mapping(saved)
        parts.audit.append(
            person.name,
            "regulation.saved",
            f"dsa-mapping:{saved.version}",
            {"before": _definition(before), "after": _definition(saved)},
        )
    return saved


def _definition(mapping: DsaMapping) -> dict[str, object]:
    return mapping.model_dump(mode="json", exclude={"changed_by", "changed_at"})
