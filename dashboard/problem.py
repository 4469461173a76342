"""What a person sees when something does not work: what happened and what to do next."""

import secrets

import streamlit as st
import structlog
from pydantic import ValidationError

from core.errors import SignInError, WorkbenchError
from dashboard.components.words import plain

_log = structlog.get_logger()


def in_words(error: ValidationError) -> str:
    """Which fields were refused and why, without repeating what was in them."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    said = [
        f"{'.'.join(str(part) for part in fault['loc']) or 'It'}: "
        f"{fault['msg'].removeprefix('Value error, ')}"
        for fault in faults
    ]
    return f"This cannot be used. {'; '.join(said)}."


def show_problem(error: Exception) -> bool:
    """Shows an error of a page or of a button's action; True: nothing more is to be shown."""
    if isinstance(error, SignInError):
        st.warning(plain(str(error)), icon=":material/logout:")
        st.link_button("Sign in again", "/sign-in?ended", icon=":material/login:")
    elif isinstance(error, WorkbenchError | ValidationError):
        _log.warning("page.refused", reason=type(error).__name__)
        said = in_words(error) if isinstance(error, ValidationError) else str(error)
        st.error(plain(said), icon=":material/error:")
        st.button("Try again", icon=":material/refresh:", key="try_again")
    else:
        number = secrets.token_hex(4)
        _log.error("page.failed", number=number, exc_info=error)
        st.error(
            f"Something went wrong here. It is in the log under {number}; nothing that was "
            "confirmed before is lost.",
            icon=":material/error:",
        )
        st.button("Try again", icon=":material/refresh:", key="try_again")
    return True
