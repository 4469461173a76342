"""The confirm step of a bulk decision: shows the items, asks for reasons and a note."""

from collections.abc import Callable

import polars as pl
import streamlit as st

from core.domain.decision import NOTE_MAX, Outcome
from core.domain.label import CITABLE_LABELS, Label
from core.usecases.decide_in_bulk import BulkDecision
from dashboard.components.words import excerpt

VERBS = {
    Outcome.APPROVE: "Approve",
    Outcome.REJECT: "Reject",
    Outcome.ESCALATE: "Escalate",
    Outcome.INVALIDATE: "Mark invalid",
}


def decision_dialog(
    rows: pl.DataFrame, outcome: Outcome, on_confirm: Callable[[BulkDecision], None]
) -> None:
    """Opens the dialog; `on_confirm` gets the decision when the person confirms it."""
    count = rows.height
    verb = VERBS[outcome]

    @st.dialog(f"{verb} {count:,} item{'s' if count != 1 else ''}?", width="large")
    def confirm() -> None:
        st.dataframe(
            rows.select(
                text=pl.col("body").map_elements(
                    lambda body: excerpt(body, 220), return_dtype=pl.String
                ),
                tenant=pl.col("tenant_id"),
                status=pl.col("status"),
                in_hands_of=pl.col("owner").str.split("#").list.first(),
            ),
            hide_index=True,
            height=min(36 * (count + 1), 360),
            column_config={
                "text": st.column_config.TextColumn("Text", width="large"),
                "tenant": "Tenant",
                "status": "Status now",
                "in_hands_of": "In the hands of",
            },
        )
        reasons: list[Label] = []
        if outcome is Outcome.REJECT:
            reasons = st.pills(
                "Reasons (at least one)",
                CITABLE_LABELS,
                selection_mode="multi",
                default=_common_reasons(rows),
                format_func=lambda label: label.words,
                key="bulk_reasons",
            )
        note = st.text_area("Note (optional)", max_chars=NOTE_MAX, key="bulk_note", height=80)
        missing = outcome is Outcome.REJECT and not reasons
        if st.button(
            f"{verb} {count:,}",
            type="primary",
            disabled=missing,
            key="bulk_confirm",
            help="Choose at least one reason first." if missing else None,
        ):
            on_confirm(
                BulkDecision(outcome=outcome, reasons=tuple(reasons), note=note.strip() or None)
            )
            st.rerun()

    confirm()


def _common_reasons(rows: pl.DataFrame) -> list[Label]:
    cited = rows["verdict_reasons"].drop_nulls().to_list()
    if not cited:
        return []
    common = set.intersection(*(set(reasons) for reasons in cited))
    return [label for label in CITABLE_LABELS if label.value in common]
