"""Trying models on texts of one's own: pasted, or from a file. They are stored nowhere."""

from typing import Any

import streamlit as st

from core.errors import WorkbenchError
from core.usecases.trial_run import MOST_ITEMS
from core.usecases.trial_texts import TrialTexts, texts_of_lines
from dashboard import state
from dashboard.components.words import plain
from dashboard.rescore.choices import Choices, caution, choices, has_overrides
from dashboard.rescore.start import say_problem, start_trial
from data.trial_file import MOST_MB, TrialFile, read_lines, read_trial_file

_PASTED = "try_texts"


def show_texts_part() -> None:
    """Draws the part above the results."""
    left, right = st.columns([3, 2], gap="medium")
    with right:
        upload = st.file_uploader(
            "Or a file: one text per line, or a CSV with a column of texts",
            type=["csv", "tsv", "txt", "jsonl"], key="try_file", max_upload_size=MOST_MB,
        )  # fmt: skip
        if upload is None:
            state.keep("trial_file", None)
        uploaded = _uploaded(upload) if upload is not None else None
    with left:
        st.text_area(
            "Texts, one per line", key=_PASTED, height=150, persist_state="session",
            placeholder="Paste one text per line", disabled=upload is not None,
            help=f"At most {MOST_ITEMS:,}. They are scored in memory and stored nowhere."
            if upload is None
            else "The file is tried. Remove it to try pasted texts.",
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom", key="try_choices"):
        chosen = choices()
        st.button(
            f"Try on {len(uploaded.texts):,} texts" if uploaded else "Try on these texts",
            type="primary", icon=":material/play_arrow:", key="try_start",
            disabled=not chosen.models or (upload is not None and uploaded is None),
            on_click=_start, args=(chosen, uploaded),
        )  # fmt: skip
    caution(chosen)
    if has_overrides(chosen.policy):
        st.caption("Bounds for a tenant or a language do not apply: texts are from nowhere.")


def _uploaded(upload: Any) -> TrialTexts | None:
    """The texts of the file; None, and why, when there are none."""
    try:
        return _read(upload)
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None


def _read(upload: Any) -> TrialTexts:
    # Read once per upload: every click on the page would parse it again.
    known = state.kept("trial_file")
    if known is None or known[0] != upload.file_id:
        content = bytes(upload.getbuffer())
        found = read_lines(upload.name, content) or read_trial_file(upload.name, content)
        known = (upload.file_id, found)
        state.keep("trial_file", known)
    found = known[1]
    texts = found if isinstance(found, TrialTexts) else _of_column(found)
    notes = [f"{len(texts.texts):,} texts"]
    notes += [f"{texts.empty_count:,} empty left out"] if texts.empty_count else []
    notes += [f"{len(texts.refused):,} rows could not be read"] if texts.refused else []
    st.caption(" · ".join(notes), help=plain(" ".join(texts.refused[:5])) or None)
    return texts


def _of_column(file: TrialFile) -> TrialTexts:
    if file.is_lines:
        st.caption("One column without a known name: every line is a text, the first one too.")
        return file.texts(None)
    columns = file.table.columns
    index = columns.index(file.guess) if file.guess else None
    column = st.selectbox(
        "Column with the texts", columns, index, key="try_column", placeholder="Choose a column"
    )
    return file.texts(column)


def _start(chosen: Choices, uploaded: TrialTexts | None) -> None:
    try:
        texts = uploaded or texts_of_lines(str(state.value_of(_PASTED) or ""))
    except WorkbenchError as error:
        say_problem(str(error))
        return
    count = len(texts.texts)
    start_trial(chosen, texts.texts, f"{count:,} text{'' if count == 1 else 's'} of your own")
