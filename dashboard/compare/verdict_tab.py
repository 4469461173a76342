"""The verdict in words, what it rests on, and what both sides cost."""

from math import isnan

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.experiments.comparison_numbers import MARGIN, ComparisonKind, ComparisonVerdict
from core.usecases.judge_comparison import Judged, judge_candidates
from dashboard import state
from dashboard.charts.difference_forest import Line, difference_forest
from dashboard.compare.candidates import show_candidates
from dashboard.compare.cost_and_speed import show_cost, show_speed
from dashboard.compare.side_by_side import METRICS, side_by_side
from dashboard.compare.sides import Chosen
from dashboard.components.evidence_note import evidence_note
from dashboard.components.words import plain

_COLOURS = {
    ComparisonKind.BETTER: "green",
    ComparisonKind.WORSE: "red",
    ComparisonKind.TRADE_OFF: "orange",
    ComparisonKind.EQUIVALENT: "blue",
}
#: What the picture shows, of the metrics per item.
_DRAWN = ("mistakes", "missed", "removed")


def show_verdict(chosen: Chosen, wanted: ItemFilter) -> None:
    """Draws the part."""
    margin = _margin()
    workbench = state.workbench()
    with st.spinner("Weighing the reviews …", show_time=True):
        candidates = judge_candidates(
            workbench.space, workbench.histories, workbench.catalogue, state.person(), wanted,
            chosen.a, (chosen.b, *chosen.more), margin=margin,
        )  # fmt: skip
    judged = candidates[0].judged
    if judged is None:
        st.error(plain(candidates[0].problem or ""), icon=":material/join_inner:")
        return
    _words(judged.verdict)
    if chosen.more:
        show_candidates(candidates)
    evidence_note(judged.reviews.evidence)
    _figures(judged, chosen)


def _margin() -> float:
    """The margin in the address, or what is usual; the control stands beside the picture."""
    linked = state.from_url("margin")
    try:
        value = float(linked) if linked is not None else MARGIN * 1000
    except ValueError:
        value = MARGIN * 1000
    if isnan(value):
        value = MARGIN * 1000
    return float(state.value_of("compare_margin", min(max(value, 0.0), 1000.0))) / 1000


def _words(verdict: ComparisonVerdict) -> None:
    with st.container(border=True, key="compare_verdict"):
        st.badge(verdict.kind.words, color=_COLOURS.get(verdict.kind, "gray"))  # type: ignore[arg-type]  # named colours
        st.markdown(f"### {plain(verdict.headline)}")
        if verdict.sentences:
            st.markdown(plain(" ".join(verdict.sentences)))
        if verdict.warning:
            st.markdown(f":orange[:material/warning:] {plain(verdict.warning)}")


def _figures(judged: Judged, chosen: Chosen) -> None:
    comparison = judged.comparison
    cells = st.columns(4)
    cells[0].metric("Items of both", f"{comparison.items:,}", border=True,
                    help="Selected items that both model versions have scored.")  # fmt: skip
    alike = comparison.agreement
    cells[1].metric(
        "Conclude alike", f"{alike.value:.1%}" if alike.value is not None else "–",
        f"{alike.interval.low:.1%}–{alike.interval.high:.1%}, {comparison.flips:,} flip",
        delta_color="off", delta_arrow="off", border=True,
    )  # fmt: skip
    cells[2].metric(
        "Reviewed", f"{judged.reviews.count:,}",
        f"{judged.reviews.clusters:,} authors or texts" if judged.reviews.count else None,
        delta_color="off", delta_arrow="off", border=True,
        help="Items of both that people decided on. Reviews of one author, or of nearly equal "
        "texts, are no independent evidence: intervals count them together.",
    )  # fmt: skip
    volumes = [comparison.volume(b=b) for b in (False, True)]
    cells[3].metric(
        "Reviews a day", f"{volumes[0]:,.1f} → {volumes[1]:,.1f}", _change(*volumes),
        delta_color="off", delta_arrow="off", border=True,
        help="What A and what B send to review, over the days the items came in. Counted.",
    )  # fmt: skip
    if not judged.reviews.count:
        st.info(
            "Review some of these items, best where A and B disagree (tab Flips), or plan a sample "
            "on the page Scores: mistakes can then be counted.",
            icon=":material/rule:",
        )
        side_by_side(judged)
        show_speed(chosen)
        return
    left, right = st.columns(2, gap="large")
    with left:
        _picture(judged)
    with right:
        show_cost(judged)
        show_speed(chosen)
    side_by_side(judged)


def _change(before: float, after: float) -> str:
    if before <= 0:
        return "A asks for none" if after > 0 else "none"
    return f"{after / before - 1:+.0%}".replace("-", "−")


def _picture(judged: Judged) -> None:
    lines = []
    for name in _DRAWN:
        found = getattr(judged.quality, name).difference
        if found.difference is None:
            continue
        low, high = found.interval.low * 1000, found.interval.high * 1000
        is_sure = judged.reviews.evidence.is_weighted and not low <= 0 <= high
        value = found.difference * 1000
        lines.append(
            Line(
                METRICS[name], value, low, high, value < 0 if is_sure else None,
                f"{value:+.1f} per 1,000 ({low:+.1f} to {high:+.1f})",
            )
        )  # fmt: skip
    margin = judged.numbers.margin * 1000
    st.plotly_chart(
        difference_forest(lines, axis="per 1,000 items, B − A", margin=margin),
        key="compare_forest", config={"displayModeBar": False},
        alt="Differences in mistakes, harm left up and wrong removals with 95 % intervals",
    )  # fmt: skip
    st.number_input(
        "Does not matter: mistakes per 1,000 items", 0.0, 1000.0, margin, 0.5, format="%.1f",
        key="compare_margin", width=290, on_change=_margin_to_url,
        help="The grey band. An interval that lies within it says that A and B are equivalent.",
    )  # fmt: skip
    st.caption(
        "A mistake: approved or rejected without a person, and people decided otherwise. What is "
        "sent to review is no mistake, but a review. Bars are 95 % intervals of a paired bootstrap "
        "over authors or nearly equal texts."
    )


def _margin_to_url() -> None:
    state.to_url("margin", f"{float(state.value_of('compare_margin')):g}")
