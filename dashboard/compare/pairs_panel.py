"""A list of items with both verdicts: to read, to export, to have looked at."""

from functools import partial

import polars as pl
import streamlit as st

from core.domain.label import Label
from core.usecases.compare_sides import Comparison
from core.usecases.compared_items import LISTED, Rows, list_pairs
from dashboard import state
from dashboard.components.listed_items import item_actions, item_rows, text_columns
from dashboard.components.words import excerpt


def pairs_panel(
    comparison: Comparison, rows: Rows, *, key: str, order: str, label: Label | None = None
) -> None:
    """Draws the first of the rows; `order` says in words how they are sorted.

    Scores are of the label; without one of the label that moved most on each item.
    """
    if not rows.size:
        st.info("No item there. Choose another part.", icon=":material/search_off:")
        return
    read = partial(
        list_pairs, state.workbench().space, state.person(), comparison, rows, label=label
    )
    shown, count = read(), int(rows.size)
    picked = _table(shown, key)
    item_actions(
        read, count, picked, key=key, name="compared",
        listed=f"{min(count, LISTED):,} of {count:,} shown, {order}",
        why="Two sides of a comparison differ on it.",
    )  # fmt: skip
    if len(picked) == 1:
        st.text(str(shown.filter(pl.col("item_id") == picked[0])["body"][0]))


def _table(rows: pl.DataFrame, key: str) -> list[int]:
    shown = rows.select(
        change=pl.format("{} → {}", "a", "b"),
        people=pl.col("people").fill_null("–"),
        text=pl.col("body").map_elements(excerpt, return_dtype=pl.String),
        moved=pl.col("moved").map_elements(lambda each: Label(each).words, return_dtype=pl.String),
        score_a=pl.col("score_a"),
        score_b=pl.col("score_b"),
        tenant=pl.col("tenant_id"),
        language=pl.col("language"),
        id=pl.col("external_id"),
    )
    config = st.column_config
    columns = text_columns("A → B") | {
        "moved": config.TextColumn(
            "Scores of", width=100,
            help="Without a chosen label: that whose two scores are furthest apart.",
        ),
        "score_a": config.ProgressColumn(
            "A's score", min_value=0.0, max_value=1.0, format="%.2f", width=92
        ),
        "score_b": config.ProgressColumn(
            "B's score", min_value=0.0, max_value=1.0, format="%.2f", width=92
        ),
    }  # fmt: skip
    return item_rows(shown, rows["item_id"].to_list(), columns, key=key, most=11)
