"""One delivery with every attempt at it; which one is in the address."""

import polars as pl
import streamlit as st

from core.domain.delivery import DeliveryState
from core.errors import NotFoundError, WorkbenchError
from core.usecases.follow_deliveries import DeliveryRow, read_delivery, resend
from dashboard import state
from dashboard.components.words import plain
from dashboard.webhooks.wording import decision_words, exact

OPENED = "delivery"
#: Every number with fewer digits is one that the database can be asked for.
_DIGITS = 19


def delivery_panel(*, has_rows: bool) -> None:
    """Draws the delivery that was opened; nothing when none was."""
    linked = state.from_url(OPENED)
    if linked is None:
        if has_rows:
            st.caption("Select a row to see every attempt at it.")
        return
    number = int(linked) if linked.isdecimal() and len(linked) < _DIGITS else 0
    try:
        row = read_delivery(state.workbench().space, state.person(), number)
    except NotFoundError as error:
        st.warning(plain(str(error)), icon=":material/link_off:")
        return
    with st.container(border=True, key="delivery_panel"):
        _head(row)
        _attempts(row)


def _head(row: DeliveryRow) -> None:
    delivery, data = row.delivery, row.event.data if row.event else None
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.markdown(
            f"**{plain(decision_words(row))}** to {plain(row.webhook_name)}: "
            f"{delivery.state.value}",
            width="content",
        )
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            if data is not None and data.content.author_id:
                st.page_link(
                    "views/review.py", label="The author's items", icon=":material/list:",
                    query_params={"mode": "List", "author": data.content.author_id,
                                  "tenant": data.tenant},
                )  # fmt: skip
            is_over = delivery.state in (DeliveryState.DEAD, DeliveryState.DELIVERED)
            if is_over and st.button("Send again", icon=":material/replay:", key="resend_one"):
                _resend(delivery.delivery_id)
            st.button(
                "Close", icon=":material/close:", key="delivery_close", type="tertiary",
                on_click=state.to_url, args=(OPENED, None),
            )  # fmt: skip
    if data is not None:
        st.text(
            f"Content {data.content.external_id} ({data.content.id}), decided "
            f"{exact(data.decided_at)}, in effect {exact(data.effective_at)}"
        )
    st.text(f"webhook-id {delivery.decision_id}")


def _resend(delivery_id: int) -> None:
    try:
        is_sent = resend(state.workbench().space, state.person(), delivery_id)
    except WorkbenchError as error:
        st.toast(plain(str(error)), icon=":material/error:")
        return
    st.toast(
        "It is sent again." if is_sent else "It waits already, or was withdrawn.",
        icon=":material/replay:",
    )
    st.rerun()


def _attempts(row: DeliveryRow) -> None:
    if not row.attempts:
        st.caption("It was not sent yet.")
        return
    attempts = row.attempts[::-1]
    st.dataframe(
        pl.DataFrame(
            {
                "number": [each.number for each in attempts],
                "at": [each.attempted_at for each in attempts],
                "status": [str(each.status_code or "–") for each in attempts],
                "ms": [each.milliseconds for each in attempts],
                "error": [each.error or "" for each in attempts],
                "excerpt": [" ".join((each.excerpt or "").split()) for each in attempts],
            }
        ),
        hide_index=True,
        height=min(36 * (len(attempts) + 1) + 2, 36 * 11),
        row_height=36,
        key="delivery_attempts",
        column_config={
            "number": st.column_config.NumberColumn("No.", width=50),
            "at": st.column_config.DatetimeColumn(
                "When (UTC)", format="D MMM YYYY, HH:mm:ss", timezone="UTC", width=170
            ),
            "status": st.column_config.TextColumn("Status", width=64),
            "ms": st.column_config.NumberColumn("ms", format="localized", width=64),
            "error": st.column_config.TextColumn("What went wrong", width="medium"),
            "excerpt": st.column_config.TextColumn("What it answered", width="large"),
        },
    )  # fmt: skip
    if attempts[0].excerpt:
        st.caption("The last answer as it came; it is somebody else's text:")
        st.code(attempts[0].excerpt, language=None, wrap_lines=True)
