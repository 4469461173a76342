"""Review, list mode: filter, select, decide in bulk, undo the batch."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import polars as pl
import streamlit as st

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.store.items import Cursor, Order
from core.usecases.blind_items import blind_waits, hide_blind, tells_of_scores
from core.usecases.list_items import (
    PAGE_ROWS,
    count_items,
    decided_meanwhile,
    first_cursor,
    list_items,
    newer_waiting,
    newest_task,
)
from dashboard import state
from dashboard.components.bulk import batch_banner, decide_all
from dashboard.components.decision_dialog import VERBS, decision_dialog
from dashboard.components.filter_bar import page_filter
from dashboard.components.item_table import item_table
from dashboard.components.words import plain

#: How often a list looks whether somebody changed something.
_NEWS_SECONDS = 1.5

_ORDERS = {
    "Most urgent": Order.PRIORITY,
    "Newest first": Order.NEWEST,
    "Oldest first": Order.OLDEST,
}


def show_list(queue: str) -> None:
    """Draws the list of a queue, or of everything when the filter asks for other statuses."""
    # The address names the page's queue, by its title: no part of the filter here.
    wanted = page_filter("list", kept=lambda each: each.model_copy(update={"queue": None}))
    state.filter_to_url(wanted, but="queue")
    with st.container(horizontal=True, vertical_alignment="center"):
        order_name = st.segmented_control(
            "Order", list(_ORDERS), default="Most urgent", key="list_order", required=True,
            label_visibility="collapsed", width="content",
        )  # fmt: skip
        everything = st.toggle(
            "Decided items too", key="list_everything", value=wanted.status is not None,
            help="Off: only what waits in this queue. On: every item, whatever its status.",
        )  # fmt: skip
    order = _ORDERS[order_name or "Most urgent"]
    if everything or wanted.status is not None:
        order = Order.NEWEST if order is Order.PRIORITY else order
    else:
        wanted = wanted.model_copy(update={"queue": queue})
    _show_page(wanted, order)


def _show_page(wanted: ItemFilter, order: Order) -> None:
    workbench = state.workbench()
    pages = state.pages(
        (wanted.model_dump_json(), order.value), lambda: first_cursor(workbench.space)
    )
    page = list_items(
        workbench.space, workbench.catalogue, wanted,
        person=state.person(), order=order, cursor=pages.current,
    )  # fmt: skip
    _news(wanted.queue, page.rows["item_id"].to_list(), pages.current)
    batch_banner()
    rows, blind = hide_blind(workbench.space, page.rows, wanted)
    # How many are left out would tell of an item that is searched for by its words.
    is_secret = tells_of_scores(wanted) and blind_waits(workbench.space)
    if is_secret:
        st.caption(
            ":material/visibility_off: Without the items of blind reviews: this filter would tell "
            "what a model says."
        )
    elif blind:
        _blind_note(len(blind))
    if rows.is_empty():
        _empty(wanted)
        if page.following is not None:
            _pager(wanted, pages, page.rows.height, page.following, is_secret=is_secret)
        return
    bar = st.container(key="bulk_bar")
    # Of fixed height: the table must not move under the pointer when a row is selected.
    reader = st.container(height=112, key="reader")
    picked = item_table(rows, key="items")
    chosen = rows.filter(pl.col("item_id").is_in(picked))
    with bar:
        _actions(chosen, blind)
    with reader:
        _reader(chosen)
    _pager(wanted, pages, page.rows.height, page.following, is_secret=is_secret)


def _blind_note(count: int) -> None:
    """Why some rows lack their scores."""
    items = f"{count:,} item{'s' if count != 1 else ''} of a blind review"
    st.caption(
        f":material/visibility_off: {items}: scores are hidden so that your answer is your own."
    )


def _actions(chosen: pl.DataFrame, blind: frozenset[int]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="bulk_actions"):
        for outcome, verb in VERBS.items():
            if st.button(
                f"{verb} {chosen.height:,}" if chosen.height else verb,
                disabled=chosen.is_empty(),
                key=f"bulk_{outcome.value}",
                type="primary" if outcome is Outcome.APPROVE else "secondary",
            ):
                ids = chosen["item_id"].to_list()
                decision_dialog(chosen, outcome, partial(decide_all, ids, blind=blind))


def _reader(chosen: pl.DataFrame) -> None:
    if chosen.height != 1:
        st.caption(
            "Select a row to read it in full here; select several to decide them together."
            if chosen.is_empty()
            else f"{chosen.height:,} rows selected."
        )
        return
    row = chosen.row(0, named=True)
    if row["title"]:
        st.text(str(row["title"]))
    st.text(str(row["body"]))


def _news(queue: str | None, item_ids: list[int], cursor: Cursor) -> None:
    """Tells of new tasks and of others' decisions; the list changes only when asked to."""
    space, person = state.workbench().space, state.person()
    seen = state.seen_task(lambda: newest_task(space))
    state.keep("news", _News())

    @st.fragment(run_every=_NEWS_SECONDS)
    def watch() -> None:
        news: _News = state.kept("news")
        # A look at a number in memory, unless somebody changed something.
        if news.changes != space.store.changes:
            news.changes = space.store.changes
            news.fresh = newer_waiting(space, than_task=seen, queue=queue)
            news.decided = decided_meanwhile(space, item_ids, since=cursor.as_of, person=person)
        said = [f"{news.fresh:,} new item{'s' if news.fresh != 1 else ''}"] if news.fresh else []
        said += [f"{count:,} here decided by {name}" for name, count in news.decided.items()]
        if said:
            st.button(
                f"{plain(', '.join(said))}: show",
                icon=":material/refresh:",
                key="show_new",
                on_click=state.forget_pages,
            )

    watch()


@dataclass
class _News:
    """What a list's reader was told."""

    changes: int = -1
    fresh: int = 0
    decided: dict[str, int] = field(default_factory=dict)


def _pager(
    wanted: ItemFilter, pages: "state.Pages", shown: int, following: Cursor | None, *,
    is_secret: bool,
) -> None:  # fmt: skip
    """The way to other pages; a secret number of items is not told."""
    with st.container(horizontal=True, vertical_alignment="center", key="pager"):
        where = f"Page {pages.number + 1:,}" if is_secret else _place(wanted, pages, shown)
        st.caption(where, width="content")
        _turn("Previous", ":material/chevron_left:", pages.number == 0, pages.back)
        _turn(
            "Next", ":material/chevron_right:", following is None, partial(pages.forward, following)
        )


def _place(wanted: ItemFilter, pages: "state.Pages", shown: int) -> str:
    """Which rows of how many."""
    workbench = state.workbench()
    total = state.counted(
        wanted.model_dump_json(),
        lambda: count_items(workbench.space, workbench.catalogue, wanted, person=state.person()),
    )
    first = pages.number * PAGE_ROWS + 1
    return f"{first:,}–{first + shown - 1:,} of {total:,}"


def _turn(
    name: str, icon: str, disabled: bool, action: Callable[[], None]
) -> None:  # mirrors the button
    st.button(
        name, icon=icon, disabled=disabled, on_click=action, key=f"page_{name}", type="tertiary"
    )


def _empty(wanted: ItemFilter) -> None:
    narrowed = wanted.model_copy(update={"queue": None})
    if narrowed.is_empty:
        st.info("Nothing waits in this queue. New items appear here by themselves.")
    else:
        st.info("No items match these filters. Widen them, or switch on “Decided items too”.")
