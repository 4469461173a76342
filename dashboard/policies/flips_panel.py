"""The items whose verdict a rule would change: to read, to export, to have looked at."""

from functools import partial

import polars as pl
import streamlit as st

from core.domain.label import SCORED_LABELS
from core.domain.person import Person
from core.domain.policy import Rule
from core.domain.role import Permission
from core.errors import WorkbenchError
from core.usecases.preview_policy import FLIPS_LISTED, Flip, Preview, list_flips
from core.usecases.send_to_queue import MOST_SENT, queues_to_fill, send_to_queue
from dashboard import state
from dashboard.components.words import excerpt, plain
from data.bootstrap import Workbench

_CLEAR, _CLOSE = "Clearest first", "Closest to a bound first"
_ALL = "all"
_MOST_EXPORTED = 50_000


def show_flips(preview: Preview, rule: Rule, *, key: str, name: str = "flips") -> None:
    """Draws the panel; `name` is what an exported file is called."""
    if not preview.flips:
        st.info("No verdict changes on this history.", icon=":material/balance:")
        return
    moves = {
        f"{was.value}_{now.value}": (Flip(before=was, after=now), count)
        for (was, now), count in sorted(preview.matrix.items(), key=lambda each: -each[1])
        if was is not now and count
    }
    moves = {_ALL: (Flip(), preview.flips), **moves} if len(moves) > 1 else moves
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.pills(
            "Which", list(moves), default=next(iter(moves)), required=True, key=f"{key}_which",
            format_func=partial(_words, moves), label_visibility="collapsed",
        )  # fmt: skip
        order = st.segmented_control(
            "Order", [_CLEAR, _CLOSE], default=_CLEAR, required=True, key=f"{key}_order",
            label_visibility="collapsed",
        )  # fmt: skip
    flip, count = moves.get(chosen or "", next(iter(moves.values())))
    read = partial(
        list_flips, state.workbench().space, state.person(), preview, rule,
        flip=flip, clear_first=order != _CLOSE,
    )  # fmt: skip
    rows = read()
    picked = _table(rows, key)
    _actions(read, count, picked, key, name)
    if len(picked) == 1:
        st.text(str(rows.filter(pl.col("item_id") == picked[0])["body"][0]))


def _words(moves: dict[str, tuple[Flip, int]], name: str) -> str:
    flip, count = moves[name]
    if flip.before is None or flip.after is None:
        return f"All {count:,}"
    return f"{flip.before.value} → {flip.after.value} {count:,}"


def _table(rows: pl.DataFrame, key: str) -> list[int]:
    ids = rows["item_id"].to_list()
    shown = rows.select(
        change=pl.format("{} → {}", "before", "after"),
        people=pl.col("people").fill_null("–"),
        text=pl.col("body").map_elements(excerpt, return_dtype=pl.String),
        **{label.value: pl.col(label.value) for label in SCORED_LABELS},
        distance=pl.col("distance"),
        tenant=pl.col("tenant_id"),
        language=pl.col("language"),
        id=pl.col("external_id"),
    )
    config = st.column_config
    scores = {
        label.value: config.ProgressColumn(
            label.words, min_value=0.0, max_value=1.0, format="%.2f", width=84
        )
        for label in SCORED_LABELS
    }
    event = st.dataframe(
        shown,
        # Selections are row numbers: another list must start unselected.
        key=f"{key}_rows_{hash(tuple(ids))}",
        on_select="rerun", selection_mode="multi-row", hide_index=True,
        height=min(36 * (rows.height + 1) + 2, 36 * 10), row_height=36,
        column_config={
            "change": config.TextColumn("Change", width=124),
            "people": config.TextColumn(
                "People", width=76, help="What people decided, if they did."
            ),
            "text": config.TextColumn("Text", width="large"),
            **scores,
            "distance": config.NumberColumn(
                "Distance", format="%.3f", width=76, help="From the nearest bound of the new rule."
            ),
            "tenant": config.TextColumn("Tenant", width="small"),
            "language": config.TextColumn("Lang.", width=52),
            "id": config.TextColumn("Id", width="small"),
        },
    )  # fmt: skip
    return [ids[row] for row in event["selection"]["rows"] if row < len(ids)]


def _actions(
    read: "partial[pl.DataFrame]", count: int, picked: list[int], key: str, name: str
) -> None:
    person = state.person()
    with st.container(horizontal=True, vertical_alignment="center"):
        listed = f"{min(count, FLIPS_LISTED):,} of {count:,} shown"
        st.caption(f"{listed}. Select one to read it whole.", width="content")
        if person.may(Permission.EXPORT):
            st.download_button(
                f"Export {min(count, _MOST_EXPORTED):,} as CSV",
                data=partial(_csv, state.workbench(), person, read, name),
                file_name=f"{name}.csv", mime="text/csv", icon=":material/download:",
                key=f"{key}_export", on_click="ignore",
            )  # fmt: skip
        if person.may(Permission.MANAGE_QUEUES):
            _send(read, count, picked, key)


def _csv(workbench: Workbench, person: Person, read: "partial[pl.DataFrame]", name: str) -> bytes:
    """Made when it is asked for, outside any run of the page."""
    return workbench.table_csv(person, name, read(limit=_MOST_EXPORTED))


def _send(read: "partial[pl.DataFrame]", count: int, picked: list[int], key: str) -> None:
    queues = queues_to_fill(state.workbench().space, state.person())
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
                    state.workbench().space, state.person(), ids, queue,
                    why="Their verdict would change under a policy.",
                )  # fmt: skip
            except WorkbenchError as error:
                st.error(plain(str(error)), icon=":material/error:")
            else:
                st.toast(plain(sent.sentence), icon=":material/move_to_inbox:")
