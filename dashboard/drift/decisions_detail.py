"""Whether people reject as much as before of what scores alike."""

import streamlit as st

from core.domain.label import Label
from core.usecases.drift_decisions import (
    FEWEST_REVIEWS,
    BucketDrift,
    DecisionDrift,
    decision_drift,
)
from core.usecases.drift_report import DriftReport
from dashboard import state
from dashboard.charts.reject_rates import reject_rates
from dashboard.components.evidence_note import evidence_note


def decisions_detail(report: DriftReport, label: Label) -> None:
    """Draws reject rates by score; says when there are too few decisions."""
    workbench = state.workbench()
    with st.spinner("Reading scores and decisions …"):
        found = decision_drift(
            workbench.histories, workbench.catalogue, state.person(), report, label
        )
    before, now = found.reviews
    known = [each for each in found.buckets if each.is_known]
    if not known:
        st.info(
            f"Too few decisions to compare: {now:,} on the current items, {before:,} on the "
            f"reference. A range of scores needs the weight of {FEWEST_REVIEWS} reviews in both. A "
            "sample (page Scores, Harm and samples) brings them.",
            icon=":material/rule:",
        )
        if not (before and now):
            return
    _said(found, known)
    st.plotly_chart(
        reject_rates(found, ("reference", "now")), key="drift_rates",
        config={"displayModeBar": False},
        alt=f"Share rejected for {label.words.lower()} by score, before and now",
    )  # fmt: skip
    st.caption(
        "Where the same score is rejected more often than before, the score has come to mean "
        "something else: people, rules or content changed, and bounds chosen then do not fit now."
    )
    for evidence, words in zip(found.evidence, ("Reference", "Now"), strict=True):
        st.caption(f"**{words}**: {evidence.reviews:,} reviews")
        evidence_note(evidence)


def _said(found: DecisionDrift, known: list[BucketDrift]) -> None:
    for each in found.alarms:
        st.error(_sentence(each, found.label), icon=":material/trending_up:")
    if known and not found.alarms:
        st.success(
            f"No sign that people judge otherwise: of {len(found.buckets)} ranges of the score "
            f"{len(known)} have reviews enough, and none differs beyond chance and by more than "
            "10 points.",
            icon=":material/check_circle:",
        )


def _sentence(each: BucketDrift, label: Label) -> str:
    first, second = each.before.value or 0.0, each.now.value or 0.0
    ends = each.interval
    between = f" (difference {ends.low:+.0%} to {ends.high:+.0%})" if ends else ""
    return (
        f"Of items scoring {each.low:g}–{each.high:g}, people rejected {first:.0%} for "
        f"{label.words.lower()} before and {second:.0%} now{between}; "
        f"{each.before.count:,.0f} and {each.now.count:,.0f} reviews."
    )
