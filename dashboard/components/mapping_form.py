"""The editable column mapping of an import."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain.column_mapping import Field, guess_mapping
from core.domain.label import CITABLE_LABELS
from core.store.reader import FileShape

_FIRST = (Field.BODY, Field.EXTERNAL_ID, Field.AUTHOR_ID, Field.CREATED_AT, Field.LANGUAGE,
          Field.TITLE)  # fmt: skip
_NONE = "–"


def mapping_form(shape: FileShape, default_tenant: str) -> tuple[list[str], str]:
    """The mapping as field=column pairs (empty column = not in the file), and the tenant."""
    guess = guess_mapping(shape.columns, shape.preview)
    options = [_NONE, *shape.columns]
    fingerprint = str(hash(shape.columns))
    pairs = []
    st.markdown("**Columns**")
    cells: Sequence[DeltaGenerator] = st.columns(3)
    for place, field in enumerate(_FIRST):
        with cells[place % 3]:
            pairs.append(_pair(field.value, guess.columns.get(field), options, fingerprint))
    with st.expander("More fields, and old decisions", expanded=guess.has_decisions):
        rest = [field for field in Field if field not in _FIRST]
        cells = st.columns(4)
        for place, field in enumerate(rest):
            with cells[place % 4]:
                pairs.append(_pair(field.value, guess.columns.get(field), options, fingerprint))
        st.caption(
            "Columns in which people answered 0 or 1 per label: 1 becomes a rejection that cites "
            "the label, all 0 an approval, empty says nothing."
        )
        cells = st.columns(4)
        for place, label in enumerate(CITABLE_LABELS):
            with cells[place % 4]:
                name = f"label:{label.value}"
                pairs.append(_pair(name, guess.labels.get(label), options, fingerprint))
    return pairs, tenant_input(default_tenant)


def tenant_input(default_tenant: str) -> str:
    """The tenant of rows that name none."""
    tenant = st.text_input(
        "Tenant of rows that name none", default_tenant, key="import_tenant", max_chars=200,
        width=300,
    )  # fmt: skip
    return tenant or default_tenant


def _pair(name: str, guessed: str | None, options: list[str], fingerprint: str) -> str:
    chosen = st.selectbox(
        name,
        options,
        index=options.index(guessed) if guessed in options else 0,
        key=f"map_{name}_{fingerprint}",
    )
    return f"{name}={'' if chosen == _NONE else chosen}"
