"""Both models against people's decisions, label by label, and how far to believe the scores."""

import polars as pl
import streamlit as st

from core.domain.item_filter import ItemFilter
from core.experiments.paired_ratios import RatioDifference
from core.usecases.compared_labels import LabelComparison, compared_labels
from core.usecases.compared_quality import ComparedQuality, compared_quality
from core.usecases.compared_reviews import ComparedReviews, compared_reviews
from dashboard import state
from dashboard.charts.reliability_diagram import reliability_diagram
from dashboard.compare.compared import compared
from dashboard.compare.sides import Chosen
from dashboard.compare.signed import signed
from dashboard.components.evidence_note import evidence_note


def show_quality(chosen: Chosen, wanted: ItemFilter) -> None:
    """Draws the part."""
    found = compared(chosen, wanted)
    with st.spinner("Weighing the reviews …", show_time=True):
        reviews = compared_reviews(state.workbench().space, state.workbench().histories, found)
        if not reviews.count:
            st.info(
                "Nobody has decided on these items yet. Review some, best where A and B disagree "
                "(tab Flips), or plan a sample on the page Scores.",
                icon=":material/rule:",
            )
            return
        quality = compared_quality(found, reviews)
        labels = compared_labels(found, reviews)
    evidence_note(reviews.evidence)
    _paired_mistakes(reviews, quality)
    _label_table(labels)
    _calibration(labels)


def _paired_mistakes(reviews: ComparedReviews, quality: ComparedQuality) -> None:
    a, b = reviews.a.mistakes, reviews.b.mistakes
    both, neither = int((a & b).sum()), int((~a & ~b & reviews.inside).sum())
    left, right = st.columns([4, 5], gap="large")
    with left:
        st.markdown("**Mistakes on the same reviews**")
        st.dataframe(
            pl.DataFrame(
                {
                    "": ["A right or reviews", "A mistaken"],
                    "B right or reviews": [f"{neither:,}", f"{reviews.only_a_wrong:,}"],
                    "B mistaken": [f"{reviews.only_b_wrong:,}", f"{both:,}"],
                }
            ),
            hide_index=True,
        )
    with right:
        test = quality.mcnemar
        if test is not None:
            name = "exact" if test.best_p == test.exact_p else "mid-p"
            interval = test.interval
            st.metric("McNemar's p", f"{test.best_p:.3g}", name, delta_color="off",
                      delta_arrow="off", border=True)  # fmt: skip
            st.caption(
                f"Mistakes of A − those of B: {test.difference:+.2%} of {test.pairs:,} reviews "
                f"({interval.low:+.2%} to {interval.high:+.2%}, Tango). Each review counts once, "
                "also those of one author."
            )
            return
        st.caption(
            "Counted reviews, not weighted. Only those where one side is mistaken and the other is "
            "not tell the sides apart. These reviews stand for different numbers of items, so "
            "McNemar's test of the plain counts would not be fair: the weighted difference with "
            "its bootstrap interval is on the Verdict tab."
        )


def _label_table(labels: list[LabelComparison]) -> None:
    st.markdown("**Ranking, label by label**")
    st.dataframe(pl.DataFrame([_ranking(each) for each in labels]), hide_index=True)
    methods = sorted({each.method for each in labels if each.auc is not None})
    st.caption(
        "With 95 % intervals; differences are B − A"
        + (f" ({', '.join(methods)})" if methods else "")
        + ". AUROC: chance that a rejected item scores above an approved one. AUPRC: average "
        "precision. A rejection that cites other reasons only counts as not this label."
    )
    if problems := [each.problem for each in labels if each.problem]:
        st.caption(" ".join(problems))
    st.markdown("**Calibration, label by label**")
    st.dataframe(pl.DataFrame([_calibrated(each) for each in labels]), hide_index=True)
    st.caption(
        "Less is better. Brier: mean of (score − decision)². ECE: mean gap between score and "
        "observed share over ten bins; it has no interval, for chance alone makes it larger."
    )


def _ranking(each: LabelComparison) -> dict[str, object]:
    row: dict[str, object] = {
        "Label": each.label.words,
        "Reviews": f"{each.count:,} ({each.positives:,} rejected)",
    }
    for name, words, found in (
        ("auc", "AUROC", each.auc),
        ("average_precision", "AUPRC", each.average_precision),
    ):
        reach = each.reach.get(name, (0.0, 0.0))
        row |= {
            f"{words} A": _within(found.a if found else None, reach[0]),
            f"{words} B": _within(found.b if found else None, reach[1]),
            f"{words} B − A": _difference(found),
        }
    return row


def _within(value: float | None, reach: float) -> str:
    return f"{value:.3f} ± {reach:.3f}" if value is not None else "–"


def _calibrated(each: LabelComparison) -> dict[str, object]:
    brier = each.brier_difference
    return {
        "Label": each.label.words,
        "Reviews": f"{each.count:,}",
        "Brier A": f"{brier.a:.4f}" if brier and brier.a is not None else "–",
        "Brier B": f"{brier.b:.4f}" if brier and brier.b is not None else "–",
        "Brier B − A": _difference(brier, 4),
        "ECE A": f"{each.calibration_error(b=False):.3f}" if each.count else "–",
        "ECE B": f"{each.calibration_error(b=True):.3f}" if each.count else "–",
    }


def _difference(found: RatioDifference | None, digits: int = 3) -> str:
    if found is None or found.difference is None:
        return "too few"
    ends = (found.difference, found.interval.low, found.interval.high)
    value, low, high = (signed(end, digits) for end in ends)
    return f"{value} ({low} to {high})"


def _calibration(labels: list[LabelComparison]) -> None:
    known = {each.label: each for each in labels if each.count}
    if not known:
        return
    usual = next((each.label for each in labels if each.problem is None), next(iter(known)))
    chosen = st.selectbox(
        "Calibration of", list(known), list(known).index(usual), key="compare_calibration",
        width=190, format_func=lambda label: label.words,
    )  # fmt: skip
    each = known[chosen]
    for column, b in zip(st.columns(2, gap="large"), (False, True), strict=True):
        with column:
            name = "B" if b else "A"
            st.markdown(f"**{name}**: ECE {each.calibration_error(b=b):.3f}, n = {each.count:,}")
            st.plotly_chart(
                reliability_diagram(each.reliability(b=b), height=320),
                key=f"compare_reliability_{name}", config={"displayModeBar": False},
                alt=f"Reliability of {name}'s {chosen.words.lower()} scores",
            )  # fmt: skip
