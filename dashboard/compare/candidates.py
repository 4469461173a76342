"""Several candidates against one side, a row each."""

import polars as pl
import streamlit as st

from core.usecases.judge_comparison import Candidate
from dashboard import state
from dashboard.compare.signed import signed


def show_candidates(candidates: list[Candidate]) -> None:
    """Draws the table; a selected row becomes B."""
    event = st.dataframe(
        pl.DataFrame([_row(each) for each in candidates]),
        key=f"compare_candidates_{hash(tuple(each.side.name for each in candidates))}",
        hide_index=True, on_select="rerun", selection_mode="single-row",
        column_config={
            "Mistakes / 1,000": st.column_config.NumberColumn(format="%.1f"),
            "Reviews a day": st.column_config.NumberColumn(format="%.1f"),
            "Corrected p": st.column_config.NumberColumn(format="%.3f"),
            "Flips": st.column_config.NumberColumn(format="localized"),
            "Items": st.column_config.NumberColumn(format="localized"),
            "Reviewed": st.column_config.NumberColumn(format="localized"),
        },
    )  # fmt: skip
    st.caption(
        "Each against A. p of the difference in mistakes, corrected for looking at "
        f"{len(candidates)} candidates (Holm). Select a row to make it B."
    )
    rows = event["selection"]["rows"]
    if rows and 0 < rows[0] < len(candidates):
        _make_b(candidates, rows[0])


def _row(each: Candidate) -> dict[str, object]:
    judged = each.judged
    if judged is None:
        return {
            "Candidate": each.side.name, "Items": None, "Flips": None, "Reviewed": None,
            "Mistakes / 1,000": None, "B − A": "", "Reviews a day": None, "Corrected p": None,
            "Verdict": each.problem,
        }  # fmt: skip
    found = judged.quality.mistakes.difference
    difference = "no reviews"
    if found.difference is not None:
        ends = (found.difference, found.interval.low, found.interval.high)
        value, low, high = (signed(end * 1000, 1) for end in ends)
        difference = f"{value} ({low} to {high})"
    return {
        "Candidate": each.side.name,
        "Items": judged.comparison.items,
        "Flips": judged.comparison.flips,
        "Reviewed": judged.reviews.count,
        "Mistakes / 1,000": found.b * 1000 if found.b is not None else None,
        "B − A": difference,
        "Reviews a day": judged.comparison.volume(b=True),
        "Corrected p": each.corrected_p,
        "Verdict": judged.verdict.kind.words,
    }


def _make_b(candidates: list[Candidate], row: int) -> None:
    """The chosen one becomes B, and B a candidate in its place."""
    side = candidates[row].side
    others = [each.side for at, each in enumerate(candidates) if at != row]
    state.to_url("b", str(side.model_version_id))
    state.to_url("pb", str(side.policy_version_id))
    state.to_url(
        "more", ",".join(f"{each.model_version_id}.{each.policy_version_id}" for each in others)
    )
    st.rerun()
