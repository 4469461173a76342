"""One webhook: tried, paused, resumed, given a new secret, removed."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.domain.delivery import Answer
from core.domain.webhook import WebhookState
from core.errors import WorkbenchError
from core.usecases.manage_webhooks import (
    WebhookRow,
    pause_webhook,
    remove_webhook,
    resume_webhook,
    rotate_secret,
    send_test,
)
from dashboard import state
from dashboard.components.words import ago, plain
from dashboard.webhooks.secret_box import forget_secret, remember_secret
from dashboard.webhooks.sending import sender
from dashboard.webhooks.wording import answer_words, exact, told_words

ALL = "All webhooks"
_CHOSEN, _TRIED = "webhook_chosen", "webhook_tried"


def choose_webhook(rows: Sequence[WebhookRow]) -> WebhookRow | None:
    """Draws the choice, which is in the address; None: all of them."""
    by_name = {row.webhook.name: row for row in rows}
    options = [ALL, *by_name]
    just_added = state.kept("webhook_to_choose")
    state.keep("webhook_to_choose", None)
    linked = just_added or state.from_url("webhook")
    if linked is not None and linked not in by_name:
        st.warning("The link's webhook is not here: it may be removed.", icon=":material/link_off:")
    if just_added or state.value_of(_CHOSEN) not in options:
        first = options[1] if len(options) == 2 else ALL
        state.put(**{_CHOSEN: linked if linked in by_name else first})
    name = st.selectbox("Webhook", options, key=_CHOSEN, width=320)
    state.to_url("webhook", None if name == ALL else name)
    return by_name.get(name or "")


def chosen_webhook(row: WebhookRow) -> None:
    """Draws what there is to know about it and to do with it."""
    webhook, now = row.webhook, state.workbench().space.clock.now()
    with st.container(border=True, key="webhook_box"):
        st.text(webhook.url)
        told = f"Told of {told_words(webhook)} in {webhook.tenant_id}."
        added = f"Added by {webhook.created_by} {ago(webhook.created_at, now)}."
        # How far it is stands in the table above, which is looked at again while this is not.
        st.caption(plain(f"{told} {added}"))
        if webhook.previous_until is not None and webhook.previous_until > now:
            st.caption(
                plain(f"The secret before the last signs as well until "
                      f"{exact(webhook.previous_until)}.")
            )  # fmt: skip
        if webhook.state is WebhookState.PAUSED:
            st.warning(
                plain(f"Paused: {webhook.reason or 'nobody said why.'} What happens waits until "
                      "it is resumed."),
                icon=":material/pause_circle:",
            )  # fmt: skip
        with st.container(horizontal=True):
            tried = st.button("Send a test event", icon=":material/send:", key="webhook_test")
            _pause_or_resume(row)
            if st.button("New secret", icon=":material/key:", key="webhook_rotate"):
                _rotate(webhook.name)
            if st.button("Remove", icon=":material/delete:", key="webhook_remove"):
                _remove(webhook.name, row.counts.waiting_count)
        if tried:
            _try_out(webhook.name)
        _tried(webhook.name)


def _pause_or_resume(row: WebhookRow) -> None:
    name = row.webhook.name
    space, person = state.workbench().space, state.person()
    if row.webhook.state is WebhookState.PAUSED:
        if st.button("Resume", icon=":material/play_arrow:", key="webhook_resume", type="primary"):
            _do(lambda: resume_webhook(space, person, name), f"{name} is told again.")
    elif st.button("Pause", icon=":material/pause:", key="webhook_pause"):
        _do(lambda: pause_webhook(space, person, name), f"{name} is paused; what happens waits.")


def _do(action: Callable[[], object], done: str) -> None:
    try:
        action()
    except WorkbenchError as error:
        st.toast(plain(str(error)), icon=":material/error:")
        return
    st.toast(plain(done), icon=":material/check:")
    st.rerun()


def _try_out(name: str) -> None:
    try:
        with st.spinner("Sending; an answer may take ten seconds …"):
            answer = send_test(state.workbench().space, sender(), state.person(), name)
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    state.keep(_TRIED, (name, answer))


def _tried(name: str) -> None:
    """The answer to the last test event of this session, as text that is somebody else's."""
    known: tuple[str, Answer] | None = state.kept(_TRIED)
    if known is None or known[0] != name:
        return
    answer = known[1]
    if answer.is_success:
        st.success(plain(f"It took the test event: {answer_words(answer)}."),
                   icon=":material/check_circle:")  # fmt: skip
    else:
        st.error(plain(f"It did not take the test event: {answer_words(answer)}"),
                 icon=":material/error:")  # fmt: skip
    if answer.excerpt:
        st.caption("What it answered, as it came:")
        st.code(answer.excerpt, language=None, wrap_lines=True)


@st.dialog("Make a new secret?")
def _rotate(name: str) -> None:
    st.markdown(
        f"**{plain(name)}** gets a new secret. For 24 hours both sign every event, so that you can "
        "change it at the receiver without losing one; then the old one ends. If there was a "
        "rotation within the last day, the secret before that one ends now."
    )
    if st.button("Make it", type="primary", key="webhook_rotate_confirm"):
        try:
            made = rotate_secret(state.workbench().space, state.person(), name)
        except WorkbenchError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        remember_secret(made)
        st.rerun()


@st.dialog("Remove this webhook?")
def _remove(name: str, waiting: int) -> None:
    left = {0: "Nothing waits for it now.", 1: "One delivery that waits is not sent."}
    st.markdown(
        f"**{plain(name)}** is told nothing any more. "
        f"{left.get(waiting, f'{waiting:,} deliveries that wait are not sent.')} Its log is no "
        "longer shown, its secret is erased and its name is never used again. To stop it for a "
        "while only, pause it."
    )
    if st.button("Remove it", type="primary", key="webhook_remove_confirm"):
        try:
            withdrawn = remove_webhook(state.workbench().space, state.person(), name)
        except WorkbenchError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        state.to_url("webhook", None)
        forget_secret(name)
        st.toast(plain(f"{name} is removed; {withdrawn:,} waiting deliveries are not sent."))
        st.rerun()
