"""The counting rules over report files that somebody has, our own or others'."""

import streamlit as st

from core.usecases.validate_report import validate_report
from dashboard import state
from dashboard.components.words import plain
from dashboard.exports.faults_table import faults_table


def show_check() -> None:
    """Draws the part."""
    st.caption(
        "Checks the CSV files of a harmonised transparency report against the counting rules of "
        "Annex II to Implementing Regulation (EU) 2024/2835. The files stay in this session and "
        "are not kept."
    )
    uploads = st.file_uploader(
        "Parts of a report", type=["csv"], accept_multiple_files=True, key="report_files",
        help="Their names start with the part's number, such as 5_own_initiative_illegal.csv.",
    )  # fmt: skip
    if not uploads:
        st.info("Choose the files 1_….csv to 11_….csv, or some of them.")
        return
    files = {each.name: bytes(each.getbuffer()) for each in uploads}
    key = tuple((each.name, each.file_id) for each in uploads)
    verdict = state.recent("report_check", key, lambda: validate_report(files))
    if verdict.is_accepted:
        st.success(plain(verdict.sentence), icon=":material/check:")
    else:
        st.error(plain(verdict.sentence), icon=":material/rule:")
    for file in verdict.unreadable:
        st.warning(plain(f"{file.file}: {file.problem}."))
    if verdict.faults:
        faults_table(verdict.faults, key="report_faults")
    for note in verdict.notes:
        st.caption(plain(note))
