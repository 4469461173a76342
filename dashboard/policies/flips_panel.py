"""The items whose verdict a rule would change: to read, to export, to have looked at."""

from functools import partial

import polars as pl
import streamlit as st

from core.domain.label import SCORED_LABELS
from core.domain.policy import Rule
from core.usecases.preview_policy import FLIPS_LISTED, Preview, list_flips
from dashboard import state
from dashboard.components.listed_items import choose_flip, item_actions, item_rows, text_columns
from dashboard.components.words import excerpt

_CLEAR, _CLOSE = "Clearest first", "Closest to a bound first"


def show_flips(preview: Preview, rule: Rule, *, key: str, name: str = "flips") -> None:
    """Draws the panel; `name` is what an exported file is called."""
    if not preview.flips:
        st.info("No verdict changes on this history.", icon=":material/balance:")
        return
    counts = {
        (was, now): count
        for (was, now), count in sorted(preview.matrix.items(), key=lambda each: -each[1])
        if was is not now and count
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        flip, count = choose_flip(counts, f"{key}_which")
        order = st.segmented_control(
            "Order", [_CLEAR, _CLOSE], default=_CLEAR, required=True, key=f"{key}_order",
            label_visibility="collapsed",
        )  # fmt: skip
    read = partial(
        list_flips, state.workbench().space, state.person(), preview, rule,
        flip=flip, clear_first=order != _CLOSE,
    )  # fmt: skip
    rows = read()
    picked = _table(rows, key)
    item_actions(
        read, count, picked, key=key, name=name,
        listed=f"{min(count, FLIPS_LISTED):,} of {count:,} shown",
        why="Their verdict would change under a policy.",
    )  # fmt: skip
    if len(picked) == 1:
        st.text(str(rows.filter(pl.col("item_id") == picked[0])["body"][0]))


def _table(rows: pl.DataFrame, key: str) -> list[int]:
    shown = rows.select(
        change=pl.format("{} → {}", "before", "after"),
        people=pl.col("people").fill_null("–"),
        text=pl.col("body").map_elements(excerpt, return_dtype=pl.String),
        **{label.value: pl.col(label.value) for label in SCORED_LABELS},
        distance=pl.col("distance"),
        tenant=pl.col("tenant_id"),
        language=pl.col("language"),
        id=pl.col("external_id"),
    )
    config = st.column_config
    columns = text_columns("Change") | {
        label.value: config.ProgressColumn(
            label.words, min_value=0.0, max_value=1.0, format="%.2f", width=84
        )
        for label in SCORED_LABELS
    }
    columns["distance"] = config.NumberColumn(
        "Distance", format="%.3f", width=76, help="From the nearest bound of the new rule."
    )
    return item_rows(shown, rows["item_id"].to_list(), columns, key=key, most=10)
