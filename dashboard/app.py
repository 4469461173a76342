"""Page configuration and navigation; everything else is in the views."""

from pathlib import Path

import streamlit as st

from dashboard import state

_VIEWS = Path(__file__).parent / "views"

st.set_page_config(page_title="ModDesk", page_icon=":shield:", layout="wide")
st.logo(str(Path(__file__).parent / "static" / "logo.svg"), size="large")

page = st.navigation(
    {
        "Work": [
            st.Page(
                _VIEWS / "overview.py", title="Overview", icon=":material/monitoring:", default=True
            ),
            st.Page(
                _VIEWS / "review.py", title="Review", icon=":material/inbox:", url_path="review"
            ),
        ],
        "Data": [
            st.Page(
                _VIEWS / "imports.py", title="Import", icon=":material/upload:", url_path="import"
            ),
            st.Page(
                _VIEWS / "exports.py", title="Export", icon=":material/download:", url_path="export"
            ),
        ],
        "Admin": [
            st.Page(
                _VIEWS / "models.py",
                title="Models",
                icon=":material/neurology:",
                url_path="models",
            ),
        ],
    }
)
state.enter_page(page.url_path)
if notice := state.workbench().notice:
    st.warning(notice, icon=":material/model_training:")
page.run()
