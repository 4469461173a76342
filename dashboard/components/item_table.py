"""A page of items as a table with selectable rows."""

import hashlib
from typing import Any

import polars as pl
import streamlit as st

from core.domain.label import SCORED_LABELS
from dashboard.components.words import excerpt

_STATUS_WORDS = {
    "pending": "not scored",
    "flagged": "waiting",
    "approved": "approved",
    "rejected": "rejected",
    "invalid": "invalid",
}


def item_table(rows: pl.DataFrame, *, key: str) -> list[int]:
    """Draws the rows; the ids of the selected ones.

    Selections are row numbers, so the ids' fingerprint is in the key: a new page starts unselected.
    """
    ids = rows["item_id"].to_list()
    fingerprint = hashlib.sha256(repr(ids).encode()).hexdigest()[:12]
    event = st.dataframe(
        _shown(rows),
        key=f"{key}_{fingerprint}",
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        height=min(36 * (rows.height + 1) + 2, 36 * 12),
        row_height=36,
        column_config=_columns(),
    )
    return [ids[row] for row in event["selection"]["rows"] if row < len(ids)]


def _shown(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        status=pl.col("status").replace(_STATUS_WORDS),
        text=pl.struct("title", "body").map_elements(
            lambda row: excerpt(f"{row['title']} — {row['body']}" if row["title"] else row["body"]),
            return_dtype=pl.String,
        ),
        **{label.value: pl.col(label.value) for label in SCORED_LABELS},
        reasons=pl.col("verdict_reasons"),
        tenant=pl.col("tenant_id"),
        language=pl.col("language"),
        author=pl.col("author_id"),
        created=pl.col("created_at"),
        queue=pl.col("queue"),
        decided_by=pl.col("decided_by"),
        external_id=pl.col("external_id"),
    )


def _columns() -> dict[str, Any]:
    config = st.column_config
    scores = {
        label.value: config.ProgressColumn(
            label.words, min_value=0.0, max_value=1.0, format="%.2f", width=92
        )
        for label in SCORED_LABELS
    }
    return {
        "status": config.TextColumn("Status", width=80),
        "text": config.TextColumn("Text", width="large"),
        **scores,
        "reasons": config.ListColumn("Policy cites", width="small"),
        "tenant": config.TextColumn("Tenant", width="small"),
        "language": config.TextColumn("Lang.", width=52),
        "author": config.TextColumn("Author", width="small"),
        "created": config.DatetimeColumn("Created", format="D MMM YYYY, HH:mm", timezone="UTC"),
        "queue": config.TextColumn("Queue", width="small"),
        "decided_by": config.TextColumn("Decided by", width="small"),
        "external_id": config.TextColumn("Id", width="small"),
    }
