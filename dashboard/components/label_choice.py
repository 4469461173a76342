"""The choice of one label."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS


def label_choice(wanted: ItemFilter, *, key: str, name: str = "Label", keep: bool = False) -> str:
    """The label to look at, as its value; `keep` keeps it while the widget is not on screen."""
    names = [label.value for label in SCORED_LABELS]
    first = wanted.label.value if wanted.label else names[0]
    chosen = st.selectbox(
        name, names, names.index(first), key=key, width=165,
        persist_state="session" if keep else None,
        format_func=lambda value: value.replace("_", " ").capitalize(),
    )  # fmt: skip
    return chosen or first
