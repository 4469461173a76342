"""Models: which can score, what they reach, where they are used; try a text."""

import polars as pl
import streamlit as st

from core.domain.item_filter import ItemFilter
from core.usecases.list_models import ModelRow
from dashboard import state
from dashboard.components.rescore_link import rescore_link
from dashboard.components.tried_text import marked, scores_table, verdict_line


def show() -> None:
    """Draws the page."""
    st.header("Models", anchor=False)
    rows = state.workbench().models(state.person())
    _table(rows)
    usable = {row.name: row for row in rows if row.is_installed}
    chosen = usable[
        st.selectbox(
            "Model", list(usable), format_func=lambda name: usable[name].display_name,
            key="model_chosen", width=320, bind="query-params",
        )
    ]  # fmt: skip
    rescore_link(ItemFilter(), chosen.name, label="Score history with it")
    trying, quality = st.tabs(["Try a text", "Quality"])
    with trying:
        _try(chosen)
    with quality:
        _quality(chosen)


def _table(rows: list[ModelRow]) -> None:
    st.dataframe(
        pl.DataFrame(
            {
                "Model": [row.display_name for row in rows],
                "In use": [row.is_in_use for row in rows],
                "Kind": [row.kind for row in rows],
                "Items scored": [row.item_count for row in rows],
                "Read by": [", ".join(row.policies) or "–" for row in rows],
                "Digest": [row.digest[:12] for row in rows],
                "Origin": [row.note for row in rows],
                "Labels": [", ".join(label.words for label in row.labels) for row in rows],
            }
        ),
        hide_index=True,
        column_config={
            "Items scored": st.column_config.NumberColumn(format="localized"),
            "Digest": st.column_config.TextColumn(
                help="SHA-256 over everything that decides the scores; checked at load."
            ),
        },
    )


def _try(chosen: ModelRow) -> None:
    st.caption("Nothing is stored. The words in colour raised the score.")
    with st.form("try_form", border=False):
        text = st.text_area(
            "Text", max_chars=10_000, key="try_text", height=120,
            placeholder="Paste a text and press Score",
        )  # fmt: skip
        pressed = st.form_submit_button("Score", type="primary", icon=":material/science:")
    if not pressed:
        return
    if not text.strip():
        st.info("Type or paste a text first.")
        return
    with st.spinner("Scoring and explaining …"):
        tried = state.workbench().try_text(chosen.name, text)
    verdict_line(tried)
    marked(tried)
    scores_table(tried)


def _quality(chosen: ModelRow) -> None:
    _held_out(chosen)
    if st.button("Measure speed here", icon=":material/speed:", key="models_speed"):
        with st.spinner("Scoring 200 short posts …"):
            rate = state.workbench().speed(chosen.name)
        st.markdown(
            f"{chosen.name} scores **{rate:,.0f} short posts a second** on this machine now."
        )


def _held_out(chosen: ModelRow) -> None:
    if not chosen.held_out:
        st.info(
            "This model's quality was not measured here. Run it on labelled rows: "
            f"`moddesk evaluate --model {chosen.name} FILE.parquet`."
        )
        return
    st.caption(
        "On rows that nothing was trained on. Scores are probabilities at the stated base rate; "
        "the model card has the data, their licences and the limits."
    )
    results = chosen.held_out
    st.dataframe(
        pl.DataFrame(
            {
                "Label": [label.words for label in results],
                "Rows": [result.count for result in results.values()],
                "Positives": [result.positives for result in results.values()],
                "Base rate": [result.base_rate for result in results.values()],
                "AUROC": [result.auroc for result in results.values()],
                "AUPRC": [result.auprc for result in results.values()],
                "Calibration error": [result.ece for result in results.values()],
            }
        ),
        hide_index=True,
    )


show()
