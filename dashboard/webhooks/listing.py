"""The webhooks with how far each is, looked at again while the page is open."""

from dataclasses import dataclass

import polars as pl
import streamlit as st

from core.usecases.manage_webhooks import WebhookRow, list_webhooks
from dashboard import state
from dashboard.components.words import ago
from dashboard.webhooks.dead_line import dead_line
from dashboard.webhooks.wording import state_words, told_words

#: How often the page looks what became of deliveries, in seconds.
LOOK_SECONDS = 3.0
_KEPT = "webhook_rows"


@dataclass(frozen=True)
class _Known:
    """What was found, and as of which change of the store."""

    changes: int
    rows: list[WebhookRow]


def webhook_rows() -> list[WebhookRow]:
    """The webhooks; not asked for again while nothing waits and nothing changed."""
    space = state.workbench().space
    changes = space.store.changes
    known: _Known | None = state.kept(_KEPT)
    if (
        known is None
        or known.changes != changes
        or any(row.counts.waiting_count or row.rest for row in known.rows)
    ):
        known = _Known(changes, list_webhooks(space, state.person()))
        state.keep(_KEPT, known)
    return known.rows


def fresh_rows() -> list[WebhookRow]:
    """The webhooks as they are now."""
    state.keep(_KEPT, None)
    return webhook_rows()


def listing(rows: list[WebhookRow]) -> None:
    """Draws dead letters and the table, and keeps both fresh.

    The rest of the page is drawn anew only when what it offers changed, because that closes
    whatever dialog is open.
    """
    drawn = _offers(rows)

    @st.fragment(run_every=LOOK_SECONDS)
    def watch() -> None:
        now_rows = webhook_rows()
        if _offers(now_rows) != drawn:
            st.rerun()
        dead_line({row.webhook.name: row.counts.dead_count for row in now_rows})
        _table(now_rows)

    watch()


def _offers(rows: list[WebhookRow]) -> list[tuple[str, str, bool]]:
    return [(row.webhook.name, row.webhook.state, row.counts.dead_count > 0) for row in rows]


def _table(rows: list[WebhookRow]) -> None:
    now = state.workbench().space.clock.now()
    number = st.column_config.NumberColumn
    st.dataframe(
        pl.DataFrame(
            {
                "name": [row.webhook.name for row in rows],
                "state": [state_words(row, now) for row in rows],
                "waiting": [row.counts.waiting_count for row in rows],
                "delivered": [row.counts.delivered_count for row in rows],
                "dead": [row.counts.dead_count for row in rows],
                "success": [
                    f"{ago(at, now)} ({at:%-d %b, %H:%M:%S} UTC)"
                    if (at := row.counts.last_success_at)
                    else "never"
                    for row in rows
                ],
                "tenant": [row.webhook.tenant_id for row in rows],
                "host": [row.webhook.host for row in rows],
                "told": [told_words(row.webhook) for row in rows],
            }
        ),
        hide_index=True,
        key="webhook_table",
        column_config={
            "name": "Webhook",
            "state": "State",
            "waiting": number("Waiting", format="localized", help="Those of decisions that can "
                              "still be undone are among them."),
            "delivered": number("Delivered", format="localized"),
            "dead": number("Dead", format="localized", help="Every attempt failed."),
            "success": "Last success", "tenant": "Tenant", "host": "Host", "told": "Told of",
        },
    )  # fmt: skip
