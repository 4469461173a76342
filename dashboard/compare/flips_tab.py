"""Which verdicts differ, and the items behind each difference."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.verdict import VerdictKind
from core.usecases.compare_sides import Comparison
from core.usecases.compared_items import flip_counts, flipping
from dashboard.charts.flip_matrix import flip_matrix
from dashboard.compare.compared import compared
from dashboard.compare.pairs_panel import pairs_panel
from dashboard.compare.sides import Chosen
from dashboard.components.listed_items import choose_flip


@st.fragment
def show_flips(chosen: Chosen, wanted: ItemFilter) -> None:
    """Draws the part; a chosen direction runs this alone."""
    found = compared(chosen, wanted)
    left, right = st.columns([4, 5], gap="large")
    with left:
        st.plotly_chart(
            flip_matrix(found.matrix), key="compare_matrix", config={"displayModeBar": False},
            alt=f"Verdicts of A and B on {found.items:,} items",
        )  # fmt: skip
    with right:
        _numbers(found)
    moves = flip_counts(found)
    if not moves:
        st.info("A and B conclude the same on every item.", icon=":material/balance:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        flip, _ = choose_flip(moves, "compare_which")
        reviewed = st.toggle(
            "Only what people decided on", key="compare_reviewed",
            help="There one sees which side was right.",
        )  # fmt: skip
    pairs_panel(
        found, flipping(found, flip, reviewed_only=reviewed), key="compare_flips",
        order="the most moved first",
    )  # fmt: skip


def _numbers(found: Comparison) -> None:
    alike = found.agreement
    assert alike.value is not None  # noqa: S101  # the page draws nothing without items
    stricter = sum(n for (was, now), n in flip_counts(found).items() if _rank(now) > _rank(was))
    cells = st.columns(2)
    cells[0].metric(
        "Conclude alike", f"{alike.value:.1%}",
        f"{alike.interval.low:.1%}–{alike.interval.high:.1%}, n = {alike.count:,.0f}",
        delta_color="off", delta_arrow="off", border=True,
    )  # fmt: skip
    cells[1].metric(
        "Flips", f"{found.flips:,}", f"{found.flips / found.items:.1%} of {found.items:,}",
        delta_color="off", delta_arrow="off", border=True,
    )  # fmt: skip
    cells = st.columns(2)
    for cell, name, count in (
        (cells[0], "B is stricter", stricter),
        (cells[1], "B is milder", found.flips - stricter),
    ):
        cell.metric(
            name, f"{count:,}", f"{count / found.flips:.0%} of the flips" if found.flips else None,
            delta_color="off", delta_arrow="off", border=True,
        )  # fmt: skip


def _rank(kind: VerdictKind) -> int:
    return (VerdictKind.APPROVE, VerdictKind.REVIEW, VerdictKind.REJECT).index(kind)
