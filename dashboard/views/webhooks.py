"""Webhooks: who is told what was decided, and whether they took it."""

import streamlit as st

from dashboard.webhooks.add_form import add_form
from dashboard.webhooks.chosen import choose_webhook, chosen_webhook
from dashboard.webhooks.delivery_log import delivery_log
from dashboard.webhooks.listing import fresh_rows, listing
from dashboard.webhooks.secret_box import secret_box


def show() -> None:
    """Draws the page."""
    st.header("Webhooks", anchor=False)
    st.caption(
        "A webhook tells an address of yours what was decided, signed, when it can no longer be "
        "undone: your platform hides what was rejected and shows what was approved."
    )
    secret_box()
    rows = fresh_rows()
    if rows:
        listing(rows)
    else:
        st.info(
            "Nobody is told yet. Add the address of your platform that is to hear of decisions; "
            "those made from then on are sent. docs/webhooks.md has code that receives them.",
            icon=":material/webhook:",
        )
    add_form(is_first=not rows)
    if not rows:
        return
    chosen = choose_webhook(rows)
    if chosen is not None:
        chosen_webhook(chosen)
    delivery_log(rows, chosen.webhook.name if chosen is not None else None)


show()
