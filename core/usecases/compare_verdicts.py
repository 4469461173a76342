"""Recorded verdicts of a version that enforces nothing beside those of the live one."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.policy import PolicyVersion
from core.domain.role import Permission
from core.domain.verdict import VerdictKind
from core.metrics.survey import Estimate, simple_share
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue
from core.usecases.workspace import Workspace


@dataclass(frozen=True)
class ComparedVerdicts:
    """Items by both verdicts."""

    cells: Mapping[tuple[VerdictKind, VerdictKind], int]
    """Items by (live verdict, other verdict)."""

    @property
    def items(self) -> int:
        """Items on which both concluded."""
        return sum(self.cells.values())

    @property
    def alike(self) -> int:
        """Items on which both concluded the same."""
        return sum(count for (was, now), count in self.cells.items() if was is now)

    @property
    def agreement(self) -> Estimate:
        """The share concluded alike, with Wilson's interval."""
        return simple_share(self.alike, self.items)

    def count(self, live: VerdictKind, other: VerdictKind) -> int:
        """Items with these two verdicts."""
        return self.cells.get((live, other), 0)

    def of(self, kind: VerdictKind, *, of_live: bool) -> int:
        """Items with this verdict by one of them."""
        return sum(
            count for (was, now), count in self.cells.items() if (was if of_live else now) is kind
        )


@rereading
def compare_verdicts(
    space: Workspace,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    other: PolicyVersion,
    live: PolicyVersion,
) -> ComparedVerdicts:
    """What both versions recorded on the selected items."""
    person.require(Permission.SEE_SCORES)
    with space.store.reading() as parts:
        found = parts.previews.verdicts_compared(
            catalogue.selection(wanted, person), live.policy_version_id, other.policy_version_id
        )
    return ComparedVerdicts(
        {
            (VerdictKind(row["verdict"]), VerdictKind(row["other"])): int(row["items"])
            for row in found.iter_rows(named=True)
        }
    )
