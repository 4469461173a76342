"""A list of items with both verdicts: to read, to export, to have looked at."""

from functools import partial

import polars as pl
import streamlit as st

from core.domain.label import Label
from core.domain.role import Permission
from core.errors import WorkbenchError
from core.usecases.compare_sides import Comparison
from core.usecases.compared_items import LISTED, Rows, list_pairs
from core.usecases.send_to_queue import MOST_SENT, queues_to_fill, send_to_queue
from dashboard import state
from dashboard.components.words import excerpt, plain

_MOST_EXPORTED = 50_000


def pairs_panel(
    comparison: Comparison, rows: Rows, *, key: str, order: str, label: Label | None = None
) -> None:
    """Draws the first of the rows; `order` says in words how they are sorted.

    Scores are of the label; without one of the label that moved most on each item.
    """
    if not rows.size:
        st.info("No item there. Choose another part.", icon=":material/search_off:")
        return
    read = partial(
        list_pairs, state.workbench().space, state.person(), comparison, rows, label=label
    )
    shown = read()
    picked = _table(shown, key)
    _actions(read, int(rows.size), picked, key, order)
    if len(picked) == 1:
        st.text(str(shown.filter(pl.col("item_id") == picked[0])["body"][0]))


def _table(rows: pl.DataFrame, key: str) -> list[int]:
    ids = rows["item_id"].to_list()
    shown = rows.select(
        change=pl.format("{} → {}", "a", "b"),
        people=pl.col("people").fill_null("–"),
        text=pl.col("body").map_elements(excerpt, return_dtype=pl.String),
        moved=pl.col("moved").map_elements(lambda each: Label(each).words, return_dtype=pl.String),
        score_a=pl.col("score_a"),
        score_b=pl.col("score_b"),
        tenant=pl.col("tenant_id"),
        language=pl.col("language"),
        id=pl.col("external_id"),
    )
    config = st.column_config
    event = st.dataframe(
        shown,
        # Selections are row numbers: another list must start unselected.
        key=f"{key}_rows_{hash(tuple(ids))}",
        on_select="rerun", selection_mode="multi-row", hide_index=True,
        height=min(36 * (rows.height + 1) + 2, 36 * 11), row_height=36,
        column_config={
            "change": config.TextColumn("A → B", width=124),
            "people": config.TextColumn(
                "People", width=76, help="What people decided, if they did."
            ),
            "text": config.TextColumn("Text", width="large"),
            "moved": config.TextColumn(
                "Scores of", width=100,
                help="Without a chosen label: that whose two scores are furthest apart.",
            ),
            "score_a": config.ProgressColumn(
                "A's score", min_value=0.0, max_value=1.0, format="%.2f", width=92
            ),
            "score_b": config.ProgressColumn(
                "B's score", min_value=0.0, max_value=1.0, format="%.2f", width=92
            ),
            "tenant": config.TextColumn("Tenant", width="small"),
            "language": config.TextColumn("Lang.", width=52),
            "id": config.TextColumn("Id", width="small"),
        },
    )  # fmt: skip
    return [ids[row] for row in event["selection"]["rows"] if row < len(ids)]


def _actions(
    read: "partial[pl.DataFrame]", count: int, picked: list[int], key: str, order: str
) -> None:
    workbench, person = state.workbench(), state.person()
    with st.container(horizontal=True, vertical_alignment="center"):
        listed = f"{min(count, LISTED):,} of {count:,} shown, {order}"
        st.caption(f"{listed}. Select one to read it whole.", width="content")
        if person.may(Permission.EXPORT):
            st.download_button(
                f"Export {min(count, _MOST_EXPORTED):,} as CSV",
                # Made when it is asked for, outside any run of the page.
                data=lambda: workbench.table_csv(person, "compared", read(limit=_MOST_EXPORTED)),
                file_name="compared.csv", mime="text/csv", icon=":material/download:",
                key=f"{key}_export", on_click="ignore",
            )  # fmt: skip
        if person.may(Permission.MANAGE_QUEUES):
            _send(read, count, picked, key)


def _send(read: "partial[pl.DataFrame]", count: int, picked: list[int], key: str) -> None:
    space, person = state.workbench().space, state.person()
    queues = queues_to_fill(space, person)
    many = len(picked) or min(count, MOST_SENT)
    with st.popover(f"Send {many:,} to a queue", icon=":material/move_to_inbox:"):
        queue = st.selectbox(
            "Queue", list(queues), key=f"{key}_queue", format_func=queues.__getitem__
        )
        if not picked and count > MOST_SENT:
            st.caption(f"The first {MOST_SENT:,} of {count:,}, in the order shown.")
        if st.button("Send", type="primary", key=f"{key}_send") and queue:
            ids = picked or read(limit=MOST_SENT)["item_id"].to_list()
            try:
                sent = send_to_queue(
                    space, person, ids, queue, why="Two sides of a comparison differ on it."
                )
            except WorkbenchError as error:
                st.error(plain(str(error)), icon=":material/error:")
            else:
                st.toast(plain(sent.sentence), icon=":material/move_to_inbox:")
