"""Page configuration, the gate and navigation; everything else is in the views."""

from pathlib import Path

import streamlit as st

from core.domain.person import Person
from dashboard import state
from dashboard.components.who import who
from dashboard.pages import pages_for

_VIEWS = Path(__file__).parent / "views"


def _navigation(person: Person) -> None:
    sections: dict[str, list[st.Page]] = {}
    for number, entry in enumerate(pages_for(person)):
        sections.setdefault(entry.section, []).append(
            st.Page(
                _VIEWS / f"{entry.view}.py", title=entry.title, default=number == 0,
                icon=f":material/{entry.icon}:", url_path=entry.url_path,
            )
        )  # fmt: skip
    page = st.navigation(sections, expanded=True)
    who(person, sign_out=state.sign_out if state.gate().open_to is None else None)
    state.enter_page(page.url_path)
    if notice := state.workbench().notice:
        st.warning(notice, icon=":material/model_training:")
    page.run()


st.set_page_config(page_title="ModDesk", page_icon=":shield:", layout="wide")
st.logo(str(Path(__file__).parent / "static" / "logo.svg"), size="large")
# Asked on every run: the connection of a page outlives the session that opened it.
if (somebody := state.enter()) is None:
    st.warning("Your session has ended, and what you had claimed went back to its queue.")
    st.link_button("Sign in again", "/sign-in?ended", icon=":material/login:")
else:
    _navigation(somebody)
