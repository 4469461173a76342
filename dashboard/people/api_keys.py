"""Keys of the HTTP API on the page People: made, shown once, revoked."""

from datetime import datetime, timedelta

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain.api_key import DEFAULT_PER_MINUTE, ApiKey, Scope
from core.errors import WorkbenchError
from core.usecases.manage_api_keys import create_api_key, list_api_keys, revoke_api_key
from dashboard import state
from dashboard.components.tenant_names import tenant_names
from dashboard.components.words import ago, plain

#: Lifetimes to choose from, in days; None: until it is revoked.
_LIFETIMES: dict[str, int | None] = {
    "30 days": 30, "90 days": 90, "a year": 365, "until it is revoked": None,
}  # fmt: skip


def show_api_keys() -> None:
    """The keys of the tenants that the person sees, and the form for a new one."""
    st.subheader("API keys", anchor=False)
    st.caption(
        "Programs send content and read results over the HTTP API with a key. A key sees one "
        "tenant, and its decisions are in the history as key:NAME."
    )
    # Above the form, and that is no popover, which would cover what is shown only once.
    made = st.container()
    _new_key(made)
    keys = list_api_keys(state.workbench().space, state.person())
    if not keys:
        st.caption("There is no key yet. Make one for each program, so that each can be revoked.")
        return
    now = state.workbench().space.clock.now()
    _table(keys, now)
    _revoke([key.name for key in keys if key.state(now) == "active"])


def _table(keys: list[ApiKey], now: datetime) -> None:
    st.dataframe(
        pl.DataFrame(
            {
                "name": [key.name for key in keys],
                "state": [key.state(now) for key in keys],
                "tenant": [key.tenant_id for key in keys],
                "scopes": [", ".join(key.scopes) for key in keys],
                "rate": [key.per_minute for key in keys],
                "expires": [
                    f"{key.expires_at:%Y-%m-%d}" if key.expires_at else "never" for key in keys
                ],
                "used": [ago(key.used_at, now) if key.used_at else "never" for key in keys],
                "by": [key.created_by for key in keys],
            }
        ),
        hide_index=True,
        column_config={
            "name": "Name", "state": "State", "tenant": "Tenant", "scopes": "May",
            "rate": st.column_config.NumberColumn("Requests a minute", format="localized"),
            "expires": "Expires",
            "used": "Last used", "by": "Made by",
        },
    )  # fmt: skip


def _new_key(shown: DeltaGenerator) -> None:
    with st.expander("Make a key", icon=":material/key:"):
        name = st.text_input(
            "Name", key="new_key_name", max_chars=80, help="The program that uses it."
        )
        tenant = st.selectbox(
            "Tenant", tenant_names(), key="new_key_tenant", accept_new_options=True,
            help="The one tenant whose content it sends and reads.",
        )  # fmt: skip
        scopes = st.multiselect(
            "May", list(Scope), key="new_key_scopes",
            help="  \n".join(f"**{scope}**: {scope.words}" for scope in Scope),
        )  # fmt: skip
        lifetime = st.selectbox("Expires after", list(_LIFETIMES), index=1, key="new_key_life")
        rate = st.number_input(
            "Requests a minute", 1, 1_000_000, DEFAULT_PER_MINUTE, key="new_key_rate"
        )
        is_ready = bool(name.strip() and tenant and scopes)
        if st.button("Make it", type="primary", disabled=not is_ready, key="make_key"):
            with shown:
                _make(name, str(tenant), scopes, _LIFETIMES[str(lifetime)], int(rate))


def _make(name: str, tenant: str, scopes: list[Scope], days: int | None, rate: int) -> None:
    space = state.workbench().space
    try:
        made = create_api_key(
            space, state.person(), name=name, tenant=tenant, scopes=scopes, per_minute=rate,
            expires_at=space.clock.now() + timedelta(days=days) if days else None,
        )  # fmt: skip
    except WorkbenchError as error:
        st.error(plain(str(error)))
        return
    st.success(
        f"The key {plain(made.key.name)} is shown this one time. Copy it now.",
        icon=":material/key:",
    )
    st.code(made.secret, language=None)


def _revoke(names: list[str]) -> None:
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Key", names, key="revoked_key", width=260)
        if st.button("Revoke", icon=":material/key_off:", key="revoke_key"):
            try:
                revoke_api_key(state.workbench().space, state.person(), str(name))
            except WorkbenchError as error:
                st.toast(plain(str(error)), icon=":material/error:")
                return
            st.toast(plain(f"{name} opens nothing any more."), icon=":material/check:")
            st.rerun()
