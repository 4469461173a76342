"""The form for a new webhook; what is wrong with it is said beside it."""

import streamlit as st

from core.domain.decision import Outcome, Source
from core.domain.webhook import TOLD_OUTCOMES, TOLD_SOURCES
from core.errors import WorkbenchError
from core.usecases.manage_webhooks import add_webhook
from dashboard import state
from dashboard.components.tenant_names import tenant_names
from dashboard.components.words import plain
from dashboard.webhooks.secret_box import remember_secret
from dashboard.webhooks.sending import sender
from dashboard.webhooks.wording import SOURCE_WORDS

#: Which of the forms of this session is shown: one that was used is not filled in again.
_FORM = "webhook_form"


def add_form(*, is_first: bool) -> None:
    """Draws the form, open when there is no webhook yet."""
    number = int(state.kept(_FORM, 0))
    with (
        st.expander("Add a webhook", icon=":material/add_link:", expanded=is_first),
        st.form(f"webhook_form_{number}", border=False),
    ):
        left, right = st.columns([3, 2])
        name = left.text_input(
            "Name", key=f"webhook_name_{number}", max_chars=80, placeholder="shop",
            help="Letters, digits and . @ + - _; the history shows it, so it is never used again.",
        )  # fmt: skip
        tenant = right.selectbox(
            "Tenant", tenant_names(), key=f"webhook_tenant_{number}", accept_new_options=True,
            help="The one tenant whose decisions it is told.",
        )  # fmt: skip
        url = st.text_input(
            "Address", key=f"webhook_url_{number}", max_chars=2_100,
            placeholder="https://hooks.example.com/moderation",
        )  # fmt: skip
        left, right = st.columns([3, 2])
        outcomes = left.pills(
            "Told of", list(TOLD_OUTCOMES), selection_mode="multi", default=list(TOLD_OUTCOMES),
            key=f"webhook_outcomes_{number}", format_func=lambda each: each.value,
            help="What was told and is taken back later is told of its own accord.",
        )  # fmt: skip
        sources = right.pills(
            "Decided by", list(TOLD_SOURCES), selection_mode="multi", default=list(TOLD_SOURCES),
            key=f"webhook_sources_{number}", format_func=SOURCE_WORDS.__getitem__,
            help="Imported decisions are never told: they were made elsewhere.",
        )  # fmt: skip
        pressed = st.form_submit_button("Add it", type="primary", key=f"webhook_add_{number}")
        if pressed:
            _add(number, name, tenant or "", url, outcomes, sources)


def _add(
    number: int, name: str, tenant: str, url: str, outcomes: list[Outcome], sources: list[Source]
) -> None:
    try:
        with st.spinner("Looking the address up …"):
            made = add_webhook(
                state.workbench().space, sender(), state.person(), name=name, tenant=tenant,
                url=url, outcomes=outcomes, sources=sources,
            )  # fmt: skip
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    remember_secret(made)
    state.keep(_FORM, number + 1)
    state.to_url("webhook", made.webhook.name)
    state.keep("webhook_to_choose", made.webhook.name)
    st.rerun()
