"""Reports that were built before, with their manifests."""

import streamlit as st

from core.domain.report import ReportRun
from core.domain.report_words import period_words
from core.usecases.keep_reports import report_runs
from dashboard import state
from dashboard.components.words import ago, plain
from dashboard.reports.build_part import downloads
from data.reports.building import run_file


def past_runs() -> None:
    """A table of runs; a chosen one can be downloaded again."""
    workbench = state.workbench()
    runs = report_runs(workbench.space, state.person())
    st.subheader("Built before", anchor=False)
    if not runs:
        st.caption("No report was built yet. What is built stays here with its manifest.")
        return
    now = workbench.space.clock.now()
    event = st.dataframe(
        [
            {
                "Report": run.name, "Period": period_words(run.period),
                "Tenants": "all" if run.tenants is None else ", ".join(run.tenants),
                "Built": ago(run.built_at, now), "By": run.actor, "SHA-256": run.sha256[:16],
            }
            for run in runs
        ],
        hide_index=True, on_select="rerun", selection_mode="single-row",
        # A selection is a place in the table: another table must not inherit it.
        key=f"report_runs_{runs[0].run_id}",
    )  # fmt: skip
    rows = event.selection.rows
    if rows and rows[0] < len(runs):
        _one(runs[rows[0]])


def _one(run: ReportRun) -> None:
    path = run_file(state.workbench(), run)
    if path.exists():
        downloads(path, str(run.run_id))
    else:
        st.caption(
            f"The file {plain(path.name)} is not there any more: the manifest says how to build "
            "the same one again."
        )
    with st.expander("Manifest"):
        st.json(run.manifest, expanded=1)
