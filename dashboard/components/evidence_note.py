"""What a reader must know of the decisions behind numbers."""

import streamlit as st

from core.usecases.evidence import Evidence


def evidence_note(evidence: Evidence) -> None:
    """The warning, or how the reviews were weighted."""
    if evidence.warning is not None:
        st.warning(evidence.warning, icon=":material/balance:")
    elif evidence.is_weighted:
        one = evidence.left_out == 1
        left_out = (
            f" {evidence.left_out:,} decision{' is' if one else 's are'} left out, because nobody "
            f"knows how {'its item was' if one else 'their items were'} chosen (imported, or "
            "decided in a list)."
            if evidence.left_out
            else ""
        )
        st.caption(
            f"From {evidence.reviews:,} reviews, {evidence.at_random:,} of them of randomly drawn "
            f"items, each weighted by how many items it stands for.{left_out}"
        )
