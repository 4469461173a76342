"""Before and after on the same history: counts, quality with intervals, hours; and by place."""

import polars as pl
import streamlit as st

from core.domain.verdict import VerdictKind
from core.usecases.preview_policy import Preview, Side
from dashboard.components.estimates import with_interval
from dashboard.components.evidence_note import evidence_note

_KINDS = {
    VerdictKind.APPROVE: "Approved",
    VerdictKind.REVIEW: "To review",
    VerdictKind.REJECT: "Rejected",
}


def show_impact(preview: Preview) -> None:
    """Draws the numbers that change."""
    with st.container(key="lab_numbers"):
        _counts(preview)
    evidence_note(preview.evidence)
    _quality(preview)


def _counts(preview: Preview) -> None:
    cells = st.columns(4)
    for cell, (kind, words) in zip(cells, _KINDS.items(), strict=False):
        was, now = preview.before.counts[kind], preview.after.counts[kind]
        moved = now != was
        cell.metric(
            words, f"{now:,}", f"{now - was:+,}" if moved else "as before",
            delta_color="off", delta_arrow="auto" if moved else "off", border=True,
        )  # fmt: skip
    cells[3].metric(
        "Change verdict", f"{preview.flips:,}",
        f"{preview.flip_share:.2%} of {preview.history.size:,}",
        delta_color="off", delta_arrow="off", border=True,
    )  # fmt: skip


def _quality(preview: Preview) -> None:
    sides = preview.before, preview.after
    rows = {
        **{words: [f"{each.counts[kind]:,}" for each in sides] for kind, words in _KINDS.items()},
        "Precision": [with_interval(each.precision) for each in sides],
        "Recall": [with_interval(each.recall) for each in sides],
        "Missed": [with_interval(each.missed, 2) for each in sides],
        "Reviews a day": [f"{each.reviews_per_day:,.1f}" for each in sides],
        "Reviewer time a day": [_hours(each) for each in sides],
    }
    st.dataframe(
        pl.DataFrame(
            {
                "": list(rows),
                "Before": [pair[0] for pair in rows.values()],
                "After": [pair[1] for pair in rows.values()],
            }
        ),
        hide_index=True,
        column_config={"": st.column_config.TextColumn(width=140)},
    )
    speed = (
        f"{preview.handling_seconds:.0f} s a decision, the mean of {preview.handled:,} timed ones"
        if preview.handling_seconds is not None
        else "no decision was timed yet, so hours are not known"
    )
    st.caption(
        "Precision: of what is rejected without a person, people reject. Recall: of what people "
        "reject, is rejected or reviewed. Missed: of what is approved, people reject. Intervals "
        f"are 95 %. Over {preview.days:,.1f} days of history; {speed}."
    )


def _hours(side: Side) -> str:
    if side.hours_per_day is None:
        return "not known"
    if side.hours_per_day < 1:
        return f"{side.hours_per_day * 60:.1f} min"
    return f"{side.hours_per_day:,.1f} h"


def show_by(preview: Preview) -> None:
    """Draws the same by language, tenant or reason."""
    what = st.segmented_control(
        "By", ["Language", "Tenant", "Reason"], default="Language", key="lab_by", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    if what == "Reason":
        found = preview.reasons()
        if found.is_empty():
            st.caption("Neither rule cites a reason on this history.")
            return
        st.dataframe(
            found.select(
                Reason="reason", Before="before", After="after",
                Change=pl.col("after") - pl.col("before"),
            ),
            hide_index=True,
        )  # fmt: skip
        return
    name = (what or "Language").lower()
    found = preview.by(name)
    shown = found.select(
        pl.col(name).fill_null("unknown").alias(what or "Language"),
        pl.col("items").alias("Items"),
        *(
            pl.format("{} → {}", f"before_{kind.value}", f"after_{kind.value}").alias(words)
            for kind, words in _KINDS.items()
        ),
        pl.col("flips").alias("Change"),
        _shares("precision").alias("Precision after"),
        _shares("recall").alias("Recall after"),
    )
    st.dataframe(shown, hide_index=True)


def _shares(name: str) -> pl.Expr:
    percent = [(pl.col(f"{name}{part}") * 100).round(1) for part in ("", "_low", "_high")]
    return (
        pl.when(pl.col(name).is_not_null())
        .then(
            pl.format(
                "{} % ({}–{}, n = {})", *percent, pl.col(f"{name}_n").cast(pl.Int64, strict=False)
            )
        )
        .otherwise(pl.lit("no reviews"))
    )
