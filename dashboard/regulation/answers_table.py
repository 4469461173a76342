"""Which reasons are answered, at a glance."""

import polars as pl
import streamlit as st

from core.domain.category_words import words_of
from core.domain.dsa_enums import in_words
from core.domain.dsa_mapping import DsaMapping, ReasonMapping
from core.domain.label import CITABLE_LABELS

_NOTHING = ReasonMapping()
_FIELDS = {
    "decision_ground": "ground",
    "illegal_content_legal_ground": "law",
    "illegal_content_explanation": "why it applies",
    "incompatible_content_ground": "clause",
    "incompatible_content_explanation": "why it applies",
    "decision_visibility": "restriction",
    "decision_visibility_other": "other restriction",
    "decision_monetary_other": "other restriction of payments",
    "decision_facts": "facts",
    "category_specification_other": "what “Other” stands for",
}


def answers_table(mapping: DsaMapping) -> None:
    """One row a reason: its category, its keywords, and the fields nobody has answered."""
    reasons = [mapping.reasons.get(label, _NOTHING) for label in CITABLE_LABELS]
    st.dataframe(
        pl.DataFrame(
            {
                "Reason": [label.words for label in CITABLE_LABELS],
                "Not answered": [
                    ", ".join(_FIELDS.get(name, name) for name in each.missing()) or "complete"
                    for each in reasons
                ],
                "Category": [
                    words_of(each.category.value) if each.category else "–" for each in reasons
                ],
                "Keywords": [", ".join(_keyword(each, code) for code in each.keywords)
                             for each in reasons],
                "Ground": [in_words(each.ground.value) if each.ground else "–" for each in reasons],
            }
        ),
        hide_index=True, key=f"regulation_answers_{mapping.version}",
        column_config={"Not answered": st.column_config.TextColumn(width="medium"),
                       "Category": st.column_config.TextColumn(width="medium")},
    )  # fmt: skip


def _keyword(reason: ReasonMapping, code: str) -> str:
    if code == "KEYWORD_OTHER" and reason.keyword_other:
        return f"other: {reason.keyword_other}"
    return words_of(code)
