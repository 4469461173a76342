"""Both scores of a label on every item; a box or a range lists the items in it."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.policy import LabelThresholds, Rule, ThresholdRule
from core.usecases.compare_sides import Comparison
from core.usecases.compared_items import PairedScores, in_box, moved_by, paired_scores
from dashboard import state
from dashboard.charts.paired_density import difference_histogram, paired_density
from dashboard.compare.compared import compared
from dashboard.compare.pairs_panel import pairs_panel
from dashboard.compare.sides import Chosen

_BOX, _RANGE = "compare_box", "compare_range"


@st.fragment
def show_scores(chosen: Chosen, wanted: ItemFilter) -> None:
    """Draws the part; a brush runs this alone."""
    found = compared(chosen, wanted)
    labels = [label.value for label in found.paired.shared_labels]
    linked = state.from_url("of")
    name = st.selectbox(
        "Label", labels, labels.index(linked) if linked in labels else 0, key="compare_label",
        width=190, format_func=lambda each: Label(each).words, persist_state="session",
    )  # fmt: skip
    label = Label(name)
    state.to_url("of", name)
    scores = paired_scores(found, label)
    if not scores.count:
        st.info(
            f"No item has a {label.words.lower()} score of both. Choose another label.",
            icon=":material/search_off:",
        )
        return
    _charts(found, scores, label)
    _items(found, label)


def _charts(found: Comparison, scores: PairedScores, label: Label) -> None:
    left, right = st.columns([6, 5], gap="large")
    with left:
        st.plotly_chart(
            paired_density(
                scores, (_bounds(found.pair.a.rule, label), _bounds(found.pair.b.rule, label))
            ),
            key=_BOX, on_select=_boxed, selection_mode="box", config={"displayModeBar": False},
            alt=f"{label.words} scores of A and B, {scores.count:,} items",
        )  # fmt: skip
    with right:
        cells = st.columns(3)
        assert scores.mean_difference is not None  # noqa: S101  # there are scores
        cells[0].metric(
            "Mean B − A", f"{scores.mean_difference:+.3f}".replace("-", "−"),
            f"n = {scores.count:,}", delta_color="off", delta_arrow="off", border=True,
            help="Mean of B's score − A's.",
        )  # fmt: skip
        cells[1].metric(
            "Correlation",
            f"{scores.correlation:.3f}" if scores.correlation is not None else "–", border=True,
            help="Pearson's, of both scores over all items.",
        )  # fmt: skip
        cells[2].metric(
            "Moved > 0.1", f"{scores.moved:,}", f"{scores.moved / scores.count:.1%}",
            delta_color="off", delta_arrow="off", border=True,
            help="Items whose two scores are more than 0.1 apart.",
        )  # fmt: skip
        st.plotly_chart(
            difference_histogram(scores.differences), key=_RANGE, on_select=_ranged,
            selection_mode="box", config={"displayModeBar": False},
            alt=f"Differences of {label.words.lower()} scores",
        )  # fmt: skip
        st.caption(
            "Drag over either chart to list the items there. Dashed: the bounds of review "
            "(orange) and rejection (red) of each side's rule."
        )


def _items(found: Comparison, label: Label) -> None:
    brush = state.kept("compare_brush")
    if brush is None:
        rows = moved_by(found, label, (-1.0, 1.0))
        st.markdown("**All items**")
    elif len(brush) == 4:  # a box has four edges
        x0, x1, y0, y1 = brush
        rows = in_box(found, label, (x0, x1), (y0, y1))
        st.markdown(f"**A from {x0:.2f} to {x1:.2f}, B from {y0:.2f} to {y1:.2f}**")
    else:
        low, high = brush
        rows = moved_by(found, label, (low, high))
        st.markdown(f"**B − A from {low:+.2f} to {high:+.2f}**".replace("-", "−"))
    pairs_panel(found, rows, key="compare_scores", order="the furthest apart first", label=label)


def _bounds(rule: Rule, label: Label) -> LabelThresholds | None:
    return rule.thresholds.get(label) if isinstance(rule, ThresholdRule) else None


def _boxed() -> None:
    """A box that is taken away lists everything again."""
    box = state.brushed(_BOX)
    edges = tuple(min(1.0, max(0.0, round(edge, 3))) for edge in box or ())
    state.keep("compare_brush", edges or None)


def _ranged() -> None:
    box = state.brushed(_RANGE)
    ends = (max(-1.0, round(box[0], 3)), min(1.0, round(box[1], 3))) if box else None
    state.keep("compare_brush", ends)
