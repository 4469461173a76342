"""How an export is written: the formats that fit what is exported."""

import streamlit as st

from core.domain.labeler import NO_LABELER, is_did
from core.usecases.export_records import FORMATS, ExportFormat, ExportKind

_NOTES = {
    ExportFormat.CSV: "Text cells that a spreadsheet could run as a formula get an apostrophe in "
    "front; Parquet keeps every cell as it is.",
    ExportFormat.PARQUET: "Every cell as it is, with its type.",
    ExportFormat.LABEL_STUDIO: "One task per item: its text, the model's scores as a prediction, "
    "what people decided as annotations. The labeling configuration that fits is in "
    "docs/interop.md.",
    ExportFormat.ARGILLA: "One record per line: the text, the verdict as a suggestion, each "
    "person's last decision as a response.",
    ExportFormat.ATPROTO: "A label per reason of every rejection, and its negation when the "
    "rejection fell; approvals of what never was rejected leave no label.",
}


def choose_format(kind: ExportKind) -> tuple[ExportFormat, str | None]:
    """The format, and the labeler of labels: None while what was typed is no DID."""
    options = FORMATS[kind]
    chosen = st.segmented_control(
        "Format", options, default=options[0], required=True, format_func=_words,
        # A choice among other formats would not fit here.
        key=f"export_format_{kind.value}",
    )  # fmt: skip
    written_as = chosen or options[0]
    st.caption(_NOTES[written_as])
    if written_as is not ExportFormat.ATPROTO:
        return written_as, NO_LABELER
    labeler = st.text_input(
        "Labeler (DID)", NO_LABELER, key="export_labeler", max_chars=2_048, width=400
    ).strip()
    if is_did(labeler):
        return written_as, labeler
    st.error("Not a DID: write did:plc:… or did:web:labels.example.org.", icon=":material/error:")
    return written_as, None


def _words(written_as: ExportFormat) -> str:
    return written_as.words
