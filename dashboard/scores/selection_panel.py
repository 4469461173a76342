"""What a range of scores holds: count, outcomes so far, what can be done with it, the items."""

from functools import partial

import polars as pl
import streamlit as st

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.role import Permission
from core.store.items import Order
from core.usecases.list_items import PAGE_ROWS, first_cursor, list_items
from core.usecases.score_distribution import RangeFacts, range_facts
from dashboard import state
from dashboard.components.bulk import batch_banner, decide_all
from dashboard.components.decision_dialog import VERBS, decision_dialog
from dashboard.components.item_table import item_table

#: More than this are not decided in one go: nobody looks at so many before confirming.
BULK_MOST = 500


def selection_panel(wanted: ItemFilter, of: int, *, key: str) -> None:
    """Draws the panel of the items in `wanted`; `of` is what they are a share of."""
    workbench, person = state.workbench(), state.person()
    facts = range_facts(workbench.space, workbench.catalogue, person, wanted, of)
    with st.container(key=f"{key}_facts"):
        _facts(facts)
    batch_banner()
    if not facts.items:
        st.info("No item has a score in this range. Widen it, or brush another part of the chart.")
        return
    _actions(wanted, facts, key)
    pages = state.pages((key, wanted.model_dump_json()), lambda: first_cursor(workbench.space))
    page = list_items(
        workbench.space, workbench.catalogue, wanted,
        person=person, order=Order.NEWEST, cursor=pages.current,
    )  # fmt: skip
    picked = item_table(page.rows, key=f"{key}_items")
    chosen = page.rows.filter(pl.col("item_id").is_in(picked))
    if chosen.height == 1:
        st.text(str(chosen["body"][0]))
    with st.container(horizontal=True, vertical_alignment="center"):
        first = pages.number * PAGE_ROWS + 1
        st.caption(
            f"{first:,}–{first + page.rows.height - 1:,} of {facts.items:,}, newest first",
            width="content",
        )
        st.button(
            "Previous", icon=":material/chevron_left:", disabled=pages.number == 0,
            on_click=pages.back, key=f"{key}_back", type="tertiary",
        )  # fmt: skip
        st.button(
            "Next", icon=":material/chevron_right:", disabled=page.following is None,
            on_click=partial(pages.forward, page.following), key=f"{key}_next", type="tertiary",
        )  # fmt: skip


def _facts(facts: RangeFacts) -> None:
    cells = st.columns(5)
    share = facts.items / facts.of if facts.of else 0.0
    cells[0].metric(
        "In this range", f"{facts.items:,}", f"{share:.2%} of {facts.of:,}",
        delta_color="off", delta_arrow="off", border=True,
    )  # fmt: skip
    for cell, (name, outcome, by_people) in zip(
        cells[1:],
        (
            ("Rejected by people", "reject", True),
            ("Approved by people", "approve", True),
            ("Rejected by policy", "reject", False),
            ("Approved by policy", "approve", False),
        ),
        strict=True,
    ):
        count = facts.decided(outcome, by_people=by_people)
        cell.metric(
            name, f"{count:,}", f"{count / facts.items:.1%}" if facts.items else None,
            delta_color="off", delta_arrow="off", border=True,
        )  # fmt: skip


def _actions(wanted: ItemFilter, facts: RangeFacts, key: str) -> None:
    person = state.person()
    query = {
        name: str(value)
        for name, value in wanted.model_dump(mode="json", exclude_none=True).items()
    }
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_actions"):
        if person.may(Permission.DECIDE_IN_BULK):
            _decide_all(wanted, facts, key)
        links: tuple[tuple[Permission, str, str, str, dict[str, str]], ...] = (
            (Permission.DECIDE_IN_BULK, "review", "Open in Review", "inbox", {"mode": "List"}),
            (Permission.MANAGE_QUEUES, "queues", "Make a queue", "checklist", {}),
            (Permission.EXPORT, "exports", "Export", "download", {}),
            (Permission.RESCORE, "rescore", "Re-score", "restart_alt", {}),
        )
        for permission, view, name, icon, more in links:
            if person.may(permission) and (
                permission is not Permission.DECIDE_IN_BULK or person.may(Permission.REVIEW)
            ):
                st.page_link(
                    f"views/{view}.py", label=name, icon=f":material/{icon}:",
                    query_params=query | more,
                )  # fmt: skip


def _decide_all(wanted: ItemFilter, facts: RangeFacts, key: str) -> None:
    too_many = facts.items > BULK_MOST
    with st.popover(
        f"Decide all {facts.items:,}", icon=":material/done_all:", disabled=too_many,
        help=f"At most {BULK_MOST} at once: narrow the range, or make a queue of it."
        if too_many
        else None,
    ):  # fmt: skip
        for outcome in (Outcome.APPROVE, Outcome.REJECT, Outcome.ESCALATE):
            if st.button(f"{VERBS[outcome]} {facts.items:,}", key=f"{key}_{outcome.value}"):
                _confirm(wanted, outcome)


def _confirm(wanted: ItemFilter, outcome: Outcome) -> None:
    workbench = state.workbench()
    page = list_items(
        workbench.space, workbench.catalogue, wanted, person=state.person(), order=Order.NEWEST,
        cursor=first_cursor(workbench.space), limit=BULK_MOST,
    )  # fmt: skip
    ids = page.rows["item_id"].to_list()
    decision_dialog(page.rows, outcome, partial(decide_all, ids))
