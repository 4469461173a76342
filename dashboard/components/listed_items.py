"""What lists of items whose verdicts differ share: a direction, columns, and what can be done."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from core.domain.person import Person
from core.domain.role import Permission
from core.domain.verdict import VerdictKind
from core.errors import WorkbenchError
from core.usecases.preview_policy import Flip
from core.usecases.send_to_queue import MOST_SENT, queues_to_fill, send_to_queue
from dashboard import state
from dashboard.components.words import plain
from data.bootstrap import Workbench

_ALL = "all"
_MOST_EXPORTED = 50_000
#: Reads the rows of a list again, as many as `limit` says.
Read = Callable[..., pl.DataFrame]


def choose_flip(
    counts: Mapping[tuple[VerdictKind, VerdictKind], int], key: str
) -> tuple[Flip, int]:
    """The chosen change of verdict and how many items make it; `counts` names one at least."""
    moves = {
        f"{was.value}_{now.value}": (Flip(before=was, after=now), count)
        for (was, now), count in counts.items()
    }
    if len(moves) > 1:
        moves = {_ALL: (Flip(), sum(counts.values())), **moves}
    chosen = st.pills(
        "Which", list(moves), default=next(iter(moves)), required=True, key=key,
        format_func=partial(_words, moves), label_visibility="collapsed",
    )  # fmt: skip
    return moves.get(chosen or "", next(iter(moves.values())))


def _words(moves: dict[str, tuple[Flip, int]], name: str) -> str:
    flip, count = moves[name]
    if flip.before is None or flip.after is None:
        return f"All {count:,}"
    return f"{flip.before.value} → {flip.after.value} {count:,}"


def text_columns(change: str) -> dict[str, Any]:
    """The columns that say how the verdict changes (under this name) and what the item is."""
    config = st.column_config
    return {
        "change": config.TextColumn(change, width=124),
        "people": config.TextColumn("People", width=76, help="What people decided, if they did."),
        "text": config.TextColumn("Text", width="large"),
        "tenant": config.TextColumn("Tenant", width="small"),
        "language": config.TextColumn("Lang.", width=52),
        "id": config.TextColumn("Id", width="small"),
    }


def item_rows(
    shown: pl.DataFrame, ids: list[int], columns: dict[str, Any], *, key: str, most: int
) -> list[int]:
    """Draws the rows, `most` of them at once; the ids of those that are selected."""
    event = st.dataframe(
        shown,
        # Selections are row numbers: another list must start unselected.
        key=f"{key}_rows_{hash(tuple(ids))}",
        on_select="rerun", selection_mode="multi-row", hide_index=True,
        height=min(36 * (shown.height + 1) + 2, 36 * most), row_height=36,
        column_config=columns,
    )  # fmt: skip
    return [ids[row] for row in event["selection"]["rows"] if row < len(ids)]


def item_actions(
    read: Read, count: int, picked: list[int], *, key: str, listed: str, name: str, why: str
) -> None:
    """Export and sending to a queue of what is listed, or picked.

    `listed` says what of it is shown, `name` is the exported file's, `why` is what reviewers and
    the audit log are told.
    """
    person = state.person()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{listed}. Select one to read it whole.", width="content")
        if person.may(Permission.EXPORT):
            st.download_button(
                f"Export {min(count, _MOST_EXPORTED):,} as CSV",
                data=partial(_csv, state.workbench(), person, read, name),
                file_name=f"{name}.csv", mime="text/csv", icon=":material/download:",
                key=f"{key}_export", on_click="ignore",
            )  # fmt: skip
        if person.may(Permission.MANAGE_QUEUES):
            _send(read, count, picked, key, why)


def _csv(workbench: Workbench, person: Person, read: Read, name: str) -> bytes:
    """Made when it is asked for, outside any run of the page."""
    return workbench.table_csv(person, name, read(limit=_MOST_EXPORTED))


def _send(read: Read, count: int, picked: list[int], key: str, why: str) -> None:
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
                sent = send_to_queue(space, person, ids, queue, why=why)
            except WorkbenchError as error:
                st.error(plain(str(error)), icon=":material/error:")
            else:
                st.toast(plain(sent.sentence), icon=":material/move_to_inbox:")
