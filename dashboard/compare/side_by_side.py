"""Every number of both sides beside each other, with intervals and the difference."""

import polars as pl
import streamlit as st

from core.domain.verdict import VerdictKind
from core.metrics.survey import Estimate
from core.policies.judge import KINDS
from core.usecases.compared_quality import Metric
from core.usecases.judge_comparison import Judged
from dashboard.compare.signed import signed

#: The shares that are compared, and what they are called.
METRICS = {
    "mistakes": "Mistakes",
    "missed": "Harm left up",
    "removed": "Wrong removals",
    "caught": "Harm caught",
    "precision": "Precision of removals",
    "missed_share": "Missed harm",
}
#: Of all items, and so shown per 1,000.
_PER_THOUSAND = {"mistakes", "missed", "removed"}
_VOLUMES = {
    VerdictKind.APPROVE: "Approved",
    VerdictKind.REVIEW: "To review",
    VerdictKind.REJECT: "Rejected",
}


def side_by_side(judged: Judged) -> None:
    """Draws the table."""
    comparison = judged.comparison
    rows: list[tuple[str, ...]] = []
    if judged.reviews.count:
        for name, words in METRICS.items():
            rows.append(_row(name, words, getattr(judged.quality, name)))
    for at, kind in enumerate(KINDS):
        a, b = (int(comparison.matrix.sum(axis=axis)[at]) for axis in (1, 0))
        rows.append((_VOLUMES[kind], f"{a:,}", f"{b:,}", signed(b - a, 0)))
    volumes = [comparison.volume(b=b) for b in (False, True)]
    rows.append(
        ("Reviews a day", *(f"{each:,.1f}" for each in volumes),
         signed(volumes[1] - volumes[0], 1))
    )  # fmt: skip
    hours = [comparison.hours(b=b) for b in (False, True)]
    rows.append(
        ("Reviewer time a day", *(_time(each) for each in hours),
         "not known" if hours[0] is None or hours[1] is None
         else f"{signed((hours[1] - hours[0]) * 60, 1)} min")
    )  # fmt: skip
    st.dataframe(
        pl.DataFrame(
            {
                name: [row[at] for row in rows]
                for at, name in enumerate(("", "A", "B", "B − A"))
            }
        ),
        hide_index=True, height=36 * (len(rows) + 1) + 2, row_height=36,
        column_config={"": st.column_config.TextColumn(width=150)},
    )  # fmt: skip
    st.caption(
        "Mistakes, harm left up and wrong removals are per 1,000 items. Harm caught: of what "
        "people reject, is rejected or reviewed. Precision: of what is rejected without a person, "
        "people reject. Missed harm: of what is approved without a person, people reject."
        if judged.reviews.count
        else "Counted over all items of both."
    )


def _row(name: str, words: str, metric: Metric) -> tuple[str, str, str, str]:
    per = name in _PER_THOUSAND
    found = metric.difference
    difference = "not known"
    if found.difference is not None:
        ends = (found.difference, found.interval.low, found.interval.high)
        value, low, high = (signed(each * (1000 if per else 100), 1) for each in ends)
        difference = f"{value}{'' if per else ' pp'} ({low} to {high})"
    return (words, _estimate(metric.a, per=per), _estimate(metric.b, per=per), difference)


def _estimate(found: Estimate, *, per: bool) -> str:
    if found.value is None:
        return "no reviews"
    low, high = found.interval.low, found.interval.high
    n = f"n = {found.count:,.0f}"
    if per:
        return f"{found.value * 1000:.1f} ({low * 1000:.1f}–{high * 1000:.1f}, {n})"
    return f"{found.value:.1%} ({low * 100:.1f}–{high * 100:.1f}, {n})"


def _time(hours: float | None) -> str:
    if hours is None:
        return "not known"
    return f"{hours * 60:.1f} min" if hours < 1 else f"{hours:,.1f} h"
