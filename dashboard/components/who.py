"""Who is signed in, at the foot of the navigation."""

import streamlit as st

from core.domain.person import Person


def who(person: Person, *, is_signed_in: bool) -> None:
    """Draws the person with their role, and the way out."""
    with st.sidebar, st.container(key="who"):
        st.text(person.name)
        st.caption(person.role.words.capitalize())
        if person.tenants is not None:
            st.text(f"Sees {', '.join(person.tenants)}")
        if is_signed_in:
            st.link_button("Sign out", "/sign-out", icon=":material/logout:", type="tertiary")
        else:
            st.caption("Sign-in is off: everybody on this machine is this person.")
