"""The rows that an import left out."""

from functools import partial
from pathlib import Path

import streamlit as st

from core.domain.import_run import ImportRun
from core.usecases.list_imports import may_see_refused, refused_rows
from dashboard import state
from dashboard.components.words import plain

_SHOWN = 200


def show_refused(run: ImportRun) -> None:
    """Draws the problems and their download, or for whom they are."""
    if not may_see_refused(state.person(), run):
        st.caption(f"Its refused rows are for {plain(run.actor)}, who brought the file.")
        return
    rows = refused_rows(state.workbench().space, state.person(), run.import_id, limit=_SHOWN)
    st.markdown(f"**{run.rejected_count:,} problems** in rows that were left out:")
    st.dataframe(
        rows,
        hide_index=True,
        key=f"problems_{run.import_id}",
        column_config={
            "row": st.column_config.NumberColumn("Row", format="%d"),
            "field": "Field",
            "problem": st.column_config.TextColumn("Problem", width="large"),
            "excerpt": "Value",
        },
    )
    st.download_button(
        "Download all problems (CSV)",
        data=partial(state.rejected_csv, run.import_id),
        file_name=f"{Path(run.file_name).stem}-problems.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"problems_file_{run.import_id}",
    )
