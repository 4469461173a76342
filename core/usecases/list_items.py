"""Pages of items, with everything a row shows."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.role import Permission
from core.store.items import Cursor, Order
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue
from core.usecases.workspace import Workspace

PAGE_ROWS = 50


class ItemPage:
    """One page: rows in order, and where the next one starts (None at the end)."""

    def __init__(self, rows: pl.DataFrame, cursor: Cursor, following: Cursor | None) -> None:
        self.rows = rows
        self.cursor = cursor
        self.following = following


@rereading
def first_cursor(space: Workspace) -> Cursor:
    """A cursor that fixes time and hides what arrives later."""
    with space.store.reading() as parts:
        return Cursor(as_of=space.clock.now(), newest_id=parts.items.newest_id())


@rereading
def list_items(
    space: Workspace,
    catalogue: Catalogue,
    wanted: ItemFilter,
    *,
    person: Person,
    order: Order,
    cursor: Cursor,
    limit: int = PAGE_ROWS,
) -> ItemPage:
    """The page of `wanted` items at the cursor; by keyset, so deep pages cost the same."""
    person.require(Permission.SEE_OVERVIEW)
    selection = catalogue.selection(wanted, person)
    with space.store.reading() as parts:
        keys = parts.items.page(selection, order, cursor, limit + 1)
        shown = keys.head(limit)
        rows = parts.items.details(shown["item_id"].to_list(), selection)
    following = None
    if keys.height > limit:
        last = shown.row(-1, named=True)
        following = cursor.model_copy(
            update={"rank": float(last["rank"]), "last_id": int(last["item_id"])}
        )
    return ItemPage(rows, cursor, following)


@rereading
def count_items(
    space: Workspace, catalogue: Catalogue, wanted: ItemFilter, *, person: Person
) -> int:
    """How many items are selected, of those that the person sees."""
    with space.store.reading() as parts:
        return parts.items.count(catalogue.selection(wanted, person))


@rereading
def describe_items(
    space: Workspace, catalogue: Catalogue, item_ids: Sequence[int], *, person: Person
) -> pl.DataFrame:
    """One row per item that the person sees: scores, verdict, decision, status, open task."""
    with space.store.reading() as parts:
        return parts.items.details(list(item_ids), catalogue.selection(ItemFilter(), person))


@rereading
def decided_meanwhile(
    space: Workspace, item_ids: Sequence[int], *, since: datetime, person: Person
) -> dict[str, int]:
    """By whom, but this person, how many of the items were decided since then."""
    with space.store.reading() as parts:
        found = parts.decisions.people_since(item_ids, since)
    by_name: dict[str, set[int]] = {}
    for item_id, name in found:
        if name != person.name:
            by_name.setdefault(name, set()).add(item_id)
    return {name: len(items) for name, items in by_name.items()}


@rereading
def newer_waiting(space: Workspace, *, than_task: int, queue: str | None) -> int:
    """How many tasks opened since a list was made."""
    with space.store.reading() as parts:
        return parts.tasks.waiting_newer_than(than_task, queue)


@rereading
def newest_task(space: Workspace) -> int:
    """The id of the newest open task, to compare with later."""
    with space.store.reading() as parts:
        return parts.tasks.newest_open_id()


def waiting_since(row: dict[str, object], now: datetime) -> float | None:
    """Seconds that a row's task has waited; None when it does not wait."""
    since = row["waiting_since"]
    return (now - since).total_seconds() if isinstance(since, datetime) else None
