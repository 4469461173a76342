"""Earlier imports: what they brought, what they refused, and taking one back."""

import polars as pl
import streamlit as st

from core.domain.import_run import ImportState
from core.errors import WorkbenchError
from core.usecases.list_imports import list_imports
from dashboard import state
from dashboard.components.words import ago
from dashboard.imports.refused_part import show_refused


def show_runs() -> None:
    """Draws the part."""
    runs = list_imports(state.workbench().space, state.person())
    if not runs:
        if not (state.job_on_page("import") or state.job_on_page("score_import")):
            st.info(
                "Nothing was imported yet. The file needs one column with the text; ids, authors, "
                "languages, dates and old decisions are used when they are there."
            )
        return
    st.subheader("Earlier imports", anchor=False)
    now = state.workbench().space.clock.now()
    frame = pl.DataFrame(
        [
            {
                "file": run.file_name,
                "result": run.sentence,
                "by": run.actor,
                "when": ago(run.finished_at, now),
                "state": run.state.value,
            }
            for run in runs
        ]
    )
    event = st.dataframe(
        frame, hide_index=True, on_select="rerun", selection_mode="single-row",
        key=f"runs_{runs[0].import_id}",
        column_config={"result": st.column_config.TextColumn("Result", width="large")},
    )  # fmt: skip
    chosen = [runs[row] for row in event["selection"]["rows"]]
    if not chosen:
        st.caption("Select an import to see its problems or to take it back.")
        return
    run = chosen[0]
    if run.rejected_count:
        show_refused(run)
    if run.scores_of is not None:
        st.caption("Recorded scores stay: nothing reads them unless somebody chooses that version.")
    elif run.state is ImportState.DONE and (run.new_count or run.decision_count):
        st.button(
            f"Take back {run.new_count:,} items"
            if run.new_count
            else f"Take back {run.decision_count:,} past decisions",
            icon=":material/undo:",
            on_click=_undo,
            args=(run.import_id,),
            key="undo_import",
            help="Possible while nobody decided on its items.",
        )


def _undo(import_id: int) -> None:
    try:
        removed = state.workbench().undo_import(import_id, state.person())
    except WorkbenchError as error:
        st.toast(str(error), icon=":material/error:")
    else:
        st.toast(
            f"Taken back: {removed:,} items and every past decision it brought.",
            icon=":material/undo:",
        )
