"""Where two people differ: their answers side by side, and the items."""

import polars as pl
import streamlit as st

from core.usecases.measure_quality import ReviewerQuality, differing_texts
from core.usecases.rated_items import TwoReviewers
from dashboard import state
from dashboard.charts.answer_matrix import answer_matrix, value_words
from dashboard.components.words import excerpt
from dashboard.quality.agreement_part import interval_words, nothing_twice
from dashboard.quality.golden_form import golden_form

_LISTED = 50


def show_two_reviewers(found: ReviewerQuality) -> None:
    """Draws the part."""
    names = found.raters
    if len(names) < 2:
        nothing_twice(found)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="quality_pair"):
        first = _chosen("First", "first", names, names[0])
        others = [each for each in names if each != first]
        second = _chosen("Second", "second", others, others[0])
        by_reason = st.toggle(
            "By reason", key="by_reason", bind="query-params",
            help="A rejection counts under the first reason it cites, in the order of the digit "
            "keys.",
        )  # fmt: skip
    pair = found.between(first, second, by_reason=by_reason)
    if pair.kappa is None:
        st.info(
            "No item was answered by both. Choose two others, or a longer period.",
            icon=":material/join_inner:",
        )
        return
    _numbers(pair, found.ratings["item_id"].n_unique())
    chart, listed = st.columns([5, 6], gap="large")
    with chart:
        st.plotly_chart(
            answer_matrix(pair), key="answer_matrix", config={"displayModeBar": False},
            alt=f"Answers of two people on {pair.items} items",
        )  # fmt: skip
        st.caption("Grey: they agree. Neither of the two is the truth.")
    with listed:
        _items(pair)


def _chosen(name: str, key: str, names: list[str], usual: str) -> str:
    """One of the names, as the address or the person says."""
    linked = state.value_of(f"quality_{key}", state.from_url(key))
    start = linked if linked in names else usual
    state.put(**{f"quality_{key}": start})
    chosen = st.selectbox(name, names, key=f"quality_{key}", width=220)
    state.to_url(key, chosen)
    return chosen or usual


def _numbers(pair: TwoReviewers, twice: int) -> None:
    kappa = pair.kappa
    if kappa is None:
        return
    cells = st.columns(3)
    cells[0].metric(
        "Items in common", f"{pair.items:,}", f"of {twice:,} answered by several",
        delta_color="off", delta_arrow="off", border=True,
        help="Each person counts with the last thing they said of an item.",
    )  # fmt: skip
    cells[1].metric(
        "Differ on", f"{pair.differing.height:,}", f"{1 - kappa.agreed:.1%} of them",
        delta_color="off", delta_arrow="off", border=True,
    )  # fmt: skip
    known = kappa.kappa is not None
    cells[2].metric(
        "Cohen's kappa", f"{kappa.kappa:.3f}" if known else "–",
        interval_words(kappa.interval) if known else "both said one thing only",
        delta_color="off", delta_arrow="off", border=True,
        help="Agreement beyond what their own habits make by chance; 95 % of a large sample.",
    )  # fmt: skip
    if pair.items < 20:
        st.caption(
            ":orange[:material/warning:] Fewer than 20 items in common: kappa and its interval "
            "say little."
        )


def _items(pair: TwoReviewers) -> None:
    if pair.differing.is_empty():
        st.success("They differ on no item.", icon=":material/handshake:")
        return
    rows = differing_texts(state.workbench().space, state.person(), pair, most=_LISTED)
    more = pair.differing.height - rows.height
    st.markdown(f"**Where they differ**{f' (the newest {rows.height:,})' if more else ''}")
    config = st.column_config
    event = st.dataframe(
        rows.select(
            first=pl.col("a").map_elements(value_words, return_dtype=pl.String),
            second=pl.col("b").map_elements(value_words, return_dtype=pl.String),
            text=pl.col("body").map_elements(excerpt, return_dtype=pl.String),
            tenant="tenant_id",
            id="external_id",
        ),
        hide_index=True, height=min(400, 35 * (rows.height + 1) + 3),
        # Selections are row numbers: another list must start unselected.
        key=f"differing_{hash(tuple(rows['item_id'].to_list()))}",
        on_select="rerun", selection_mode="single-row",
        column_config={
            "first": config.TextColumn(pair.first, width="small"),
            "second": config.TextColumn(pair.second, width="small"),
            "text": config.TextColumn("Text", width="large"),
            "tenant": config.TextColumn("Tenant"),
            "id": config.TextColumn("Id"),
        },
    )  # fmt: skip
    picked = event["selection"]["rows"]
    if picked and picked[0] < rows.height:
        item_id, body = rows.select("item_id", "body").row(picked[0])
        st.text(str(body))
        golden_form(int(item_id), key="differing")
