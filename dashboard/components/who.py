"""Who is signed in, at the foot of the navigation."""

from collections.abc import Callable

import streamlit as st

from core.domain.person import Person


def who(person: Person, *, sign_out: Callable[[], None] | None) -> None:
    """Draws the person with their role, and the way out; None when sign-in is off."""
    with st.sidebar, st.container(key="who"):
        st.text(person.name)
        st.caption(person.role.words.capitalize())
        if person.tenants is not None:
            st.text(f"Sees {', '.join(person.tenants)}")
        if sign_out is not None:
            st.button(
                "Sign out", icon=":material/logout:", type="tertiary", key="sign_out",
                on_click=sign_out,
            )  # fmt: skip
        else:
            st.caption("Sign-in is off: everybody on this machine is this person.")
