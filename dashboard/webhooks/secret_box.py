"""A webhook's new secret: shown until it is put away, and never again."""

import streamlit as st

from core.usecases.manage_webhooks import NewSecret
from dashboard import state
from dashboard.components.words import plain

_KEPT = "webhook_secret"


def remember_secret(made: NewSecret) -> None:
    """Has the next run show it."""
    state.keep(_KEPT, made)


def forget_secret(name: str) -> None:
    """Puts the secret of a webhook away that is no more."""
    made: NewSecret | None = state.kept(_KEPT)
    if made is not None and made.webhook.name == name:
        state.keep(_KEPT, None)


def secret_box() -> None:
    """Draws the secret; nothing when there is none to show."""
    made: NewSecret | None = state.kept(_KEPT)
    if made is None:
        return
    name = plain(made.webhook.name)
    with st.container(border=True, key="webhook_secret_box"):
        st.success(
            f"The secret of **{name}** is shown this one time. Copy it into the receiver now; if "
            "it gets lost, make a new one.",
            icon=":material/key:",
        )
        st.code(made.secret.get_secret_value(), language=None)
        if made.webhook.previous_until is not None:
            st.caption(
                "The one before signs as well for 24 hours: until "
                f"{plain(f'{made.webhook.previous_until:%-d %b %Y, %H:%M} UTC')}."
            )
        st.button(
            "I have copied it", icon=":material/check:", key="webhook_secret_copied",
            on_click=state.keep, args=(_KEPT, None),
        )  # fmt: skip
