"""What became of each delivery: filtered, newest first, looked at again while the page is open."""

from collections.abc import Sequence
from functools import partial

import polars as pl
import streamlit as st

from core.domain.delivery import DeliveryState
from core.errors import WorkbenchError
from core.usecases.follow_deliveries import (
    DeliveryPage,
    DeliveryRow,
    list_deliveries,
    resend_dead,
)
from core.usecases.manage_webhooks import WebhookRow
from dashboard import state
from dashboard.components.words import plain
from dashboard.webhooks.dead_line import STATE
from dashboard.webhooks.delivery_panel import OPENED, delivery_panel
from dashboard.webhooks.listing import LOOK_SECONDS, webhook_rows
from dashboard.webhooks.wording import SOURCE_WORDS, answer_words, decision_words, when_words

_ALL = "all"
_PLACE = "deliveries_before"
#: What is shown of the deliveries of one webhook: its name is above.
_OF_ONE = ("decided", "content", "decision", "state", "when", "attempts", "answer", "by")


def delivery_log(rows: Sequence[WebhookRow], name: str | None) -> None:
    """Draws the log of one webhook, or of all; `rows` are those that the page shows."""
    with st.container(
        horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"
    ):
        chosen = st.segmented_control(
            "Deliveries", [_ALL, *(each.value for each in DeliveryState)], default=_ALL, key=STATE,
            required=True, bind="query-params", width="content",
        )  # fmt: skip
        dead = {
            row.webhook.name: row.counts.dead_count
            for row in rows
            if row.counts.dead_count and name in (None, row.webhook.name)
        }
        if dead and st.button(
            "Send all dead again", icon=":material/replay:", key="resend_dead"
        ):  # fmt: skip
            _resend_dead(dead)
    wanted = None if chosen in (None, _ALL) else DeliveryState(chosen)
    _watched(name, wanted)


def _watched(name: str | None, wanted: DeliveryState | None) -> None:
    @st.fragment(run_every=LOOK_SECONDS)
    def watch() -> None:
        page = list_deliveries(
            state.workbench().space, state.person(), name=name, state=wanted,
            before=_place(name, wanted),
        )  # fmt: skip
        if page.rows:
            _table(page.rows, has_name=name is None)
            _pager(page, name, wanted)
        else:
            st.caption(_nothing(wanted))
        delivery_panel(has_rows=bool(page.rows))

    watch()


def _nothing(wanted: DeliveryState | None) -> str:
    if wanted is not None:
        return f"No delivery is {wanted.value}."
    return (
        "Nothing to deliver yet. A decision made from now on appears here at once, and is sent "
        "when it can no longer be undone."
    )


def _place(name: str | None, wanted: DeliveryState | None) -> int | None:
    """Where the page on screen begins; another filter begins at the newest."""
    known = state.kept(_PLACE)
    before: int | None = known[1] if known is not None and known[0] == (name, wanted) else None
    return before


def _pager(page: DeliveryPage, name: str | None, wanted: DeliveryState | None) -> None:
    is_newest = _place(name, wanted) is None
    if is_newest and page.next_before is None:
        return
    turn = partial(state.keep, _PLACE)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Newest", type="tertiary", key="deliveries_newest", disabled=is_newest,
            on_click=turn, args=(None,),
        )  # fmt: skip
        st.button(
            "Older", icon=":material/chevron_right:", type="tertiary", key="deliveries_older",
            disabled=page.next_before is None, on_click=turn,
            args=(((name, wanted), page.next_before),),
        )  # fmt: skip


def _table(rows: Sequence[DeliveryRow], *, has_name: bool) -> None:
    now = state.workbench().space.clock.now()
    owners = {row.webhook.name: row for row in webhook_rows()}
    ids = [row.delivery.delivery_id for row in rows]
    text = st.column_config.TextColumn
    key = f"deliveries_{hash(tuple(ids))}"
    st.dataframe(
        pl.DataFrame(
            {
                "decided": [row.event.data.decided_at if row.event else None for row in rows],
                "webhook": [row.webhook_name for row in rows],
                "content": [row.event.data.content.external_id if row.event else "–"
                            for row in rows],
                "decision": [decision_words(row) for row in rows],
                "state": [row.delivery.state.value for row in rows],
                "when": [when_words(row, owners.get(row.webhook_name), now) for row in rows],
                "attempts": [row.delivery.attempt_count for row in rows],
                "answer": [answer_words(row.attempts[-1]) if row.attempts else "–"
                           for row in rows],
                "by": [SOURCE_WORDS.get(row.event.data.source, "–") if row.event else "–"
                       for row in rows],
            },
            schema_overrides={"decided": pl.Datetime(time_zone="UTC")},
        ),
        hide_index=True,
        height=min(36 * (len(rows) + 1) + 2, 36 * 14),
        row_height=36,
        # Selections are row numbers: another list must start unselected.
        key=key,
        on_select=partial(_open, key, ids),
        selection_mode="single-row",
        column_order=None if has_name else _OF_ONE,
        column_config={
            "decided": st.column_config.DatetimeColumn(
                "Decided (UTC)", format="D MMM, HH:mm:ss", timezone="UTC"
            ),
            "webhook": "Webhook",
            "content": text("Content", help="Your id of it."),
            "decision": text("Decision", width=130),
            "by": text("By", width=70),
            "state": text("State", width=84),
            "when": text("Next, or since", width=150),
            "attempts": st.column_config.NumberColumn("Attempts", width=76),
            "answer": text("Last answer", width=165),
        },
    )  # fmt: skip


def _open(key: str, ids: Sequence[int]) -> None:
    """Shows the selected delivery, under its own id: rows move while somebody reads."""
    picked = state.value_of(key)["selection"]["rows"]
    if picked and picked[0] < len(ids):
        state.to_url(OPENED, str(ids[picked[0]]))
    else:
        state.to_url(OPENED, None)


@st.dialog("Send the dead ones again?")
def _resend_dead(dead: dict[str, int]) -> None:
    total = sum(dead.values())
    st.markdown(
        f"**{total:,}** {'delivery' if total == 1 else 'deliveries'} of "
        f"{', '.join(plain(name) for name in dead)} wait again and are sent at once, under the "
        "same ids, the oldest decision first. Do it when the endpoint is well: try it with a test "
        "event before."
    )
    if st.button(f"Send {total:,} again", type="primary", key="resend_dead_confirm"):
        space, person = state.workbench().space, state.person()
        try:
            count = sum(resend_dead(space, person, name) for name in dead)
        except WorkbenchError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.toast(f"{count:,} are sent again.", icon=":material/replay:")
        st.rerun()
