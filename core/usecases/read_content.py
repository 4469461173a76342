"""One item with everything that is known about it, and the jobs that a program started."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.domain.decision import Decision
from core.domain.item import Item
from core.domain.item_filter import ItemFilter
from core.domain.job import Job
from core.domain.person import Person
from core.domain.role import Permission
from core.errors import NotFoundError
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue
from core.usecases.take_item import NOT_FOUND
from core.usecases.workspace import Workspace


@dataclass(frozen=True)
class ContentDetail:
    """An item, its row as lists show it, and every decision on it, oldest first."""

    item: Item
    row: dict[str, Any]
    decisions: tuple[Decision, ...]


@rereading
def read_content(
    space: Workspace, catalogue: Catalogue, item_id: int, *, person: Person
) -> ContentDetail:
    """The item; raises NotFoundError, also for one of a tenant that the person does not see."""
    person.require(Permission.SEE_OVERVIEW)
    selection = catalogue.selection(ItemFilter(), person)
    with space.store.reading() as parts:
        item = parts.items.get(item_id)
        if item is None or not person.sees(item.tenant_id):
            raise NotFoundError(NOT_FOUND)
        [row] = parts.items.details([item_id], selection).to_dicts()
        return ContentDetail(item=item, row=row, decisions=tuple(parts.decisions.chain(item_id)))


@rereading
def read_own_job(space: Workspace, job_id: int, *, person: Person) -> Job:
    """A job that the person started; nobody else's, for titles and counts name others' items."""
    with space.store.reading() as parts:
        job = parts.jobs.get(job_id)
    if job is None or job.actor != person.name:
        raise NotFoundError(f"You started no job {job_id}.")
    return job


@rereading
def read_decided(space: Workspace, decision_id: UUID, *, person: Person) -> Decision:
    """A decision that was just made, by its id; raises NotFoundError for other tenants'."""
    with space.store.reading() as parts:
        found = parts.decisions.find(decision_id, space.clock.now() - space.rules.repeat_window)
    if found is None or not person.sees(found.tenant_id):
        raise NotFoundError("There is no such decision among the tenants that you see.")
    return found
