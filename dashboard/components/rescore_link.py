"""The way to scores that are missing."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.role import Permission
from dashboard import state

#: The part of the Import page that takes scores.
SCORES_PART = "Scores of another model"
#: The part of the Re-score page that keeps what it scores.
WHOLE_PART = "Whole selection"


def rescore_link(
    wanted: ItemFilter, model_name: str, *, label: str = "Score what is missing"
) -> None:
    """A link to where the selected items get scores of a model; nothing for who may not."""
    person = state.person()
    models = state.workbench().catalogue.models
    if any(each.is_external for each in models if each.name == model_name):
        # Nothing here can score with it: what is missing can only be imported.
        if person.may(Permission.IMPORT):
            st.page_link(
                "views/imports.py", label="Import what is missing", icon=":material/upload:",
                query_params={"import_part": SCORES_PART},
            )  # fmt: skip
        return
    if not person.may(Permission.RESCORE):
        return
    values = wanted.model_dump(mode="json", exclude_none=True, exclude={"model"})
    st.page_link(
        "views/rescore.py", label=label, icon=":material/restart_alt:",
        query_params={name: str(value) for name, value in values.items()}
        | {"rescore_part": WHOLE_PART, "rescore_model": model_name},
    )  # fmt: skip
