"""Where B is better or worse: by language, tenant and source, corrected for having looked."""

import polars as pl
import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.experiments.paired_ratios import RatioDifference
from core.usecases.compared_reviews import compared_reviews
from core.usecases.compared_slices import FEWEST, Slice, compared_slices
from dashboard import state
from dashboard.charts.difference_forest import Line, difference_forest
from dashboard.compare.compared import compared
from dashboard.compare.sides import Chosen
from dashboard.compare.signed import signed
from dashboard.components.evidence_note import evidence_note
from dashboard.components.words import plain

_MOST_DRAWN = 16


def show_slices(chosen: Chosen, wanted: ItemFilter) -> None:
    """Draws the part."""
    found = compared(chosen, wanted)
    labels = [label.value for label in found.paired.shared_labels]
    name = st.selectbox(
        "Ranking of", labels, key="compare_slice_label", width=190, persist_state="session",
        format_func=lambda each: Label(each).words,
    )  # fmt: skip
    with st.spinner("Weighing the reviews …", show_time=True):
        reviews = compared_reviews(state.workbench().space, state.workbench().histories, found)
        slices = compared_slices(found, reviews, Label(name))
    if not slices:
        st.info(
            "Nobody has decided on these items yet, so no part can be told from the others."
            if not reviews.count
            else "All reviews are of one language, tenant and source: there is nothing to tell "
            "apart.",
            icon=":material/rule:",
        )
        return
    evidence_note(reviews.evidence)
    _said(slices, is_weighted=reviews.evidence.is_weighted)
    _picture(slices)
    _table(slices, Label(name))


def _said(slices: list[Slice], *, is_weighted: bool) -> None:
    where = "" if is_weighted else " on the reviewed items"
    clear = [each for each in slices if each.is_clear]
    tested = sum(each.corrected_p is not None for each in slices)
    if not clear:
        st.info(
            f"In none of {tested} parts is one side clearly better{where}, corrected for having "
            "looked at all of them.",
            icon=":material/balance:",
        )
        return
    for worse, icon, write in ((True, "warning", st.warning), (False, "check", st.success)):
        names = [each.words for each in clear if each.is_worse is worse]
        if names:
            write(
                f"B makes clearly **{'more' if worse else 'fewer'}** mistakes{where} in "
                f"{plain(', '.join(names))}.",
                icon=f":material/{icon}:",
            )


def _picture(slices: list[Slice]) -> None:
    lines = []
    for each in slices[:_MOST_DRAWN]:
        found = each.mistakes
        if found.difference is None:
            continue
        value, low, high = (
            end * 1000 for end in (found.difference, found.interval.low, found.interval.high)
        )
        lines.append(
            Line(
                each.words, value, low, high, not each.is_worse if each.is_clear else None,
                f"{each.words}: {value:+.1f} per 1,000 ({low:+.1f} to {high:+.1f}), "
                f"{each.reviews:,} reviews",
            )
        )  # fmt: skip
    st.plotly_chart(
        difference_forest(lines, axis="mistakes per 1,000, B − A"), key="compare_slice_forest",
        config={"displayModeBar": False}, alt="Difference in mistakes by language, tenant, source",
    )  # fmt: skip


def _table(slices: list[Slice], label: Label) -> None:
    st.dataframe(
        pl.DataFrame([_row(each, label) for each in slices]),
        hide_index=True, height=min(36 * (len(slices) + 1) + 2, 36 * 16), row_height=36,
        column_config={
            "Reviews": st.column_config.NumberColumn(format="localized", width=76),
            "Corrected p": st.column_config.TextColumn(
                help="Holm's, over all parts together, of the difference in mistakes."
            ),
            "Only A, only B": st.column_config.TextColumn(
                help="Reviews on which only this side is mistaken."
            ),
        },
    )  # fmt: skip
    st.caption(
        "Mistakes are per 1,000 items of the part, with the 95 % interval of B − A, which is not "
        f"corrected; p is. Parts of fewer than {FEWEST} reviews are shown and not tested. AUROC "
        f"is of {label.words.lower()}."
    )


def _row(each: Slice, label: Label) -> dict[str, object]:
    found = each.mistakes
    return {
        "Part": each.words,
        "Reviews": each.reviews,
        "Only A, only B": f"{each.only_a_wrong:,}, {each.only_b_wrong:,}",
        "Mistakes A": f"{found.a * 1000:.1f}" if found.a is not None else "–",
        "Mistakes B": f"{found.b * 1000:.1f}" if found.b is not None else "–",
        "B − A": _words(found, 1000, 1),
        "Corrected p": f"{each.corrected_p:.3f}" if each.corrected_p is not None else "too few",
        f"AUROC {label.words.lower()}, B − A": _words(each.auc, 1, 3),
    }


def _words(found: RatioDifference | None, scale: int, digits: int) -> str:
    if found is None or found.difference is None:
        return "too few"
    ends = (found.difference, found.interval.low, found.interval.high)
    value, low, high = (signed(end * scale, digits) for end in ends)
    return f"{value} ({low} to {high})"
