"""Change the model, keep your policy: A's bounds in B's scores, what they keep, what flips."""

from functools import partial

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.role import Permission
from core.errors import WorkbenchError
from core.experiments.translation import Keep
from core.usecases.compare_sides import Comparison
from core.usecases.compared_items import flip_counts
from core.usecases.translate_policy import (
    Translation,
    score_quantiles,
    translate,
    translated_flips,
)
from dashboard import state
from dashboard.charts.score_translation import score_translation
from dashboard.compare.adopt_form import adopt_form
from dashboard.compare.pairs_panel import pairs_panel
from dashboard.compare.sides import Chosen
from dashboard.compare.translation_words import (
    KEEP_HELP,
    KEEP_WORDS,
    all_notes,
    bounds_table,
    label_words,
    losses,
    share_words,
    summary,
    verdicts_table,
)
from dashboard.components.evidence_note import evidence_note
from dashboard.components.listed_items import choose_flip
from dashboard.components.words import plain
from data.bootstrap import Workbench


def translation_tab(chosen: Chosen, wanted: ItemFilter) -> None:
    """Draws the part."""
    keep = _keep()
    if chosen.a.model_version_id == chosen.b.model_version_id:
        st.info(
            "A and B read the same model version, so there is nothing to translate. Choose another "
            "model for B: A's policy is then translated to its scores.",
            icon=":material/content_copy:",
        )
        return
    workbench = state.workbench()
    try:
        with st.spinner("Translating the bounds …", show_time=True):
            found = translate(
                workbench.space, workbench.histories, workbench.catalogue, state.person(), wanted,
                chosen.a, chosen.model_b, keep,
            )  # fmt: skip
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/join_inner:")
        return
    if lost := losses(found, chosen.model_a.display_name, chosen.model_b.display_name):
        st.warning(plain(" ".join(lost)), icon=":material/link_off:")
    if found.comparison is None:
        st.info(
            "Nobody has decided on items that both models have scored, so precision and recall are "
            "not known. Keep the volume, which needs no reviews; or review some items first: plan "
            "a sample on the page Scores, Harm and samples.",
            icon=":material/rate_review:",
        )
        return
    _translated(found, found.comparison, chosen)


def _keep() -> Keep:
    names = {words: keep for keep, words in KEEP_WORDS.items()}
    chosen = st.segmented_control(
        "Keep", list(names), default=KEEP_WORDS[Keep.VOLUME], required=True, key="keep",
        bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    keep = names.get(chosen or "", Keep.VOLUME)
    st.caption(
        f"{KEEP_HELP[keep]} A's policy is translated to B's scores; B's own policy plays no part."
    )
    return keep


def _translated(found: Translation, comparison: Comparison, chosen: Chosen) -> None:
    st.markdown(f"**{plain(summary(found))}**")
    _numbers(found, comparison)
    if found.reviews:
        evidence_note(comparison.paired.evidence)
    _bounds(found)
    adopt_form(found)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _curve(found)
    with right:
        st.markdown("**Verdicts**")
        st.dataframe(verdicts_table(found), hide_index=True, key="translation_verdicts")
        st.caption(
            f"A: {plain(chosen.a.name)}. B: {plain(chosen.model_b.display_name)}. Of "
            f"{comparison.items:,} items that both have scored, "
            f"{found.reviews:,} of them reviewed."
        )
    st.markdown("**Items that still change verdict**")
    _flips(found, comparison)


def _numbers(found: Translation, comparison: Comparison) -> None:
    matrix = comparison.matrix
    cells = st.columns(4)
    for cell, name, side in (
        (cells[0], "Flips, translated", comparison),
        (cells[1], "Flips, not translated", found.as_it_is),
    ):
        cell.metric(
            name, f"{side.flips:,}", share_words(side.flips, side.items),
            delta_color="off", delta_arrow="off", border=True,
        )  # fmt: skip
    for cell, name, count in (
        (cells[2], "Rejected by A alone", int(matrix[2, :2].sum())),
        (cells[3], "Rejected by B alone", int(matrix[:2, 2].sum())),
    ):
        cell.metric(
            name, f"{count:,}", share_words(count, comparison.items),
            delta_color="off", delta_arrow="off", border=True,
        )  # fmt: skip


def _bounds(found: Translation) -> None:
    config = st.column_config
    narrow = {name: config.TextColumn(width=84) for name in ("A's bound", "B's bound")}
    st.dataframe(
        bounds_table(found.bounds, digits=0).drop("Note"), hide_index=True,
        key="translation_bounds", column_config=narrow,
    )  # fmt: skip
    for line in all_notes(found.bounds):
        st.caption(f":material/info: {plain(line)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "Caught: at or above a bound of review, above one of rejection. Precision: of what is "
            "caught and reviewed, people reject it for the label. Recall: of what people reject "
            "for the label, is caught. Intervals are 95 %.",
        )
        person = state.person()
        if person.may(Permission.EXPORT):
            st.download_button(
                "CSV", data=partial(_csv, state.workbench(), person, found),
                file_name="translated-bounds.csv", mime="text/csv", icon=":material/download:",
                key="translation_csv", on_click="ignore",
            )  # fmt: skip


def _csv(workbench: Workbench, person: Person, found: Translation) -> bytes:
    """Made when it is asked for, outside any run of the page."""
    return workbench.table_csv(person, "translated-bounds", bounds_table(found.bounds))


def _curve(found: Translation) -> None:
    labels = list(dict.fromkeys(each.a.label for each in found.bounds))
    names = {label_words(label): label for label in labels}
    name = st.selectbox(
        "Scores of A and B by rank", list(names), key="translation_label", width=200
    )
    label: Label | None = names[name]
    pairs = score_quantiles(found, label)
    if pairs is None:
        st.caption("No item has both scores.")
        return
    words = "overall score" if label is None else f"{label.words.lower()} score"
    st.plotly_chart(
        score_translation(
            *pairs, [each for each in found.bounds if each.a.label is label], name=words
        ),
        key="translation_curve", config={"displayModeBar": False},
        alt=f"A's {words} against B's at the same rank, with the bounds of both",
    )  # fmt: skip


@st.fragment
def _flips(found: Translation, comparison: Comparison) -> None:
    counts = flip_counts(comparison)
    if not counts:
        st.info("No verdict changes: B decides as A did.", icon=":material/balance:")
        return
    flip, _ = choose_flip(counts, "translation_which")
    pairs_panel(
        comparison, translated_flips(found, flip), key="translation_flips",
        order="the clearest first",
    )  # fmt: skip
