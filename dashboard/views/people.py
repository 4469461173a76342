"""People: who may sign in, what they may do, who is signed in now, and keys for programs."""

from collections.abc import Callable

import polars as pl
import streamlit as st

from core.domain.account import PASSWORD_MIN, Account, Session
from core.domain.role import Permission, Role
from core.errors import WorkbenchError
from core.usecases.manage_people import (
    add_person,
    change_person,
    end_sessions,
    list_people,
    set_password,
)
from dashboard import state
from dashboard.components.words import ago, plain
from dashboard.people.api_keys import show_api_keys


def show() -> None:
    """Draws the page."""
    workbench = state.workbench()
    st.header("People", anchor=False)
    if state.gate().open_to is not None:
        st.info(
            "Sign-in is off: everybody on this machine is one person. It goes on at the next start "
            "once there is an account here.",
            icon=":material/lock_open:",
        )
    people = list_people(workbench.space, state.person(), state.gate().rules)
    _add()
    if people:
        _table(people)
        _change([account for account, _ in people])
        _permissions()
    else:
        st.caption("Nobody has an account yet. Add yourself first, as admin.")
    show_api_keys()


def _table(people: list[tuple[Account, list[Session]]]) -> None:
    now = state.workbench().space.clock.now()
    st.dataframe(
        pl.DataFrame(
            {
                "name": [account.name for account, _ in people],
                "role": [account.role.words for account, _ in people],
                "tenants": [
                    "all" if account.tenants is None else ", ".join(account.tenants)
                    for account, _ in people
                ],
                "state": ["active" if account.is_active else "closed" for account, _ in people],
                "password": [
                    "has one" if account.has_password else "signs in elsewhere"
                    for account, _ in people
                ],
                "sessions": [len(sessions) for _, sessions in people],
                "seen": [
                    ago(max(each.seen_at for each in sessions), now) if sessions else "–"
                    for _, sessions in people
                ],
            }
        ),
        hide_index=True,
        column_config={
            "name": "Name", "role": "Role", "tenants": "Sees tenants", "state": "Account",
            "password": "Password", "sessions": "Signed in", "seen": "Last seen",
        },
    )  # fmt: skip


def _add() -> None:
    with st.popover("Add somebody", icon=":material/person_add:"):
        name = st.text_input(
            "Name", key="new_name", max_chars=200, help="Often the e-mail address."
        )
        role = st.selectbox("Role", list(Role), format_func=lambda role: role.words, key="new_role")
        tenants = st.multiselect(
            "Sees only these tenants", state.facets()["tenant"], key="new_tenants",
            placeholder=_no_tenants(), accept_new_options=True,
        )  # fmt: skip
        password = st.text_input(
            f"Password (at least {PASSWORD_MIN} characters)", type="password", key="new_password",
            help="Leave empty for somebody who comes through single sign-on.",
        )  # fmt: skip
        if st.button("Add", type="primary", disabled=not name.strip(), key="add_person"):
            _try(
                lambda: add_person(
                    state.workbench().space, state.person(), state.workbench().passwords,
                    name=name, role=role or Role.REVIEWER,
                    tenants=tenants or None, password=password or None,
                ),
                f"{name.strip().lower()} was added.",
            )  # fmt: skip


def _no_tenants() -> str:
    """What choosing none means: somebody kept to tenants must choose some of theirs."""
    return "All tenants" if state.person().tenants is None else "Choose some of yours"


def _change(accounts: list[Account]) -> None:
    by_name = {account.name: account for account in accounts}
    with st.container(border=True):
        name = st.selectbox("Change", list(by_name), key="changed_name")
        account = by_name[name]
        with st.container(horizontal=True, vertical_alignment="bottom"):
            role = st.selectbox(
                "Role", list(Role), index=list(Role).index(account.role),
                format_func=lambda role: role.words, key=f"role_{name}", width=190,
            )  # fmt: skip
            tenants = st.multiselect(
                "Sees only these tenants",
                sorted({*state.facets()["tenant"], *(account.tenants or ())}),
                default=list(account.tenants or ()), key=f"tenants_{name}",
                placeholder=_no_tenants(), accept_new_options=True,
            )  # fmt: skip
            is_active = st.toggle("May sign in", value=account.is_active, key=f"active_{name}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if st.button("Save", type="primary", key="save_person"):
                _try(
                    lambda: change_person(
                        state.workbench().space, state.person(), name,
                        role=role or account.role, tenants=tenants or None, is_active=is_active,
                    ),
                    f"{name} was changed.",
                )  # fmt: skip
            if st.button("Sign out everywhere", icon=":material/logout:", key="end_sessions"):
                _try(
                    lambda: end_sessions(state.workbench().space, state.person(), name),
                    f"{name} was signed out, and their claims went back.",
                )
            with st.popover("New password", icon=":material/key:"):
                password = st.text_input("New password", type="password", key=f"password_{name}")
                if st.button("Set it", key="set_password", disabled=not password):
                    _try(
                        lambda: set_password(
                            state.workbench().space, state.person(), state.workbench().passwords,
                            name=name, password=password,
                        ),
                        f"{name} has a new password and was signed out.",
                    )  # fmt: skip


def _permissions() -> None:
    with st.expander("What each role may do"):
        st.dataframe(
            pl.DataFrame(
                {"may": [permission.words for permission in Permission]}
                | {
                    role.words: [permission in role.permissions for permission in Permission]
                    for role in Role
                }
            ),
            hide_index=True,
            column_config={"may": "May …"},
        )


def _try(action: Callable[[], object], done: str) -> None:
    try:
        action()
    except WorkbenchError as error:
        st.toast(plain(str(error)), icon=":material/error:")
        return
    state.gate().forget()
    st.toast(plain(done), icon=":material/check:")
    st.rerun()


show()
