"""The way to scores that are missing."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.role import Permission
from dashboard import state


def rescore_link(wanted: ItemFilter, model_name: str) -> None:
    """A link to the page that scores the selected items with a model; nothing for who may not."""
    if not state.person().may(Permission.RESCORE):
        return
    values = wanted.model_dump(mode="json", exclude_none=True, exclude={"model"})
    st.page_link(
        "views/models.py", label="Score what is missing", icon=":material/neurology:",
        query_params={name: str(value) for name, value in values.items()}
        | {"model_chosen": model_name},
    )  # fmt: skip
