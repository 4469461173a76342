"""A file to be imported, and how its text is written."""

from typing import Any

import streamlit as st

from dashboard import state

_ENCODINGS = ["utf-8", "cp1252", "latin-1", "utf-16", "cp1251", "shift_jis", "gb18030"]
_TYPES = ["csv", "tsv", "txt", "jsonl", "ndjson", "json", "parquet"]


def chosen_file(name: str, *, key: str) -> tuple[Any, str | None] | None:
    """The upload and its encoding (None: utf-8); None before there is one."""
    upload = st.file_uploader(
        name, type=_TYPES, key=f"{key}_file",
        max_upload_size=state.workbench().settings.max_upload_mb,
    )  # fmt: skip
    if upload is None:
        return None
    encoding = st.selectbox(
        "Encoding", _ENCODINGS, key=f"{key}_encoding", help="Only matters for CSV and JSONL.",
        width=180,
    )  # fmt: skip
    return upload, None if encoding == "utf-8" else encoding
