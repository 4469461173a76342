"""What a regulatory export holds back and why, as a table."""

import polars as pl
import streamlit as st

from core.usecases.held_back import HeldGroup


def held_table(groups: tuple[HeldGroup, ...], *, key: str) -> None:
    """One row a problem, the most frequent first."""
    st.dataframe(
        pl.DataFrame(
            {
                "Reason": [each.reason.words if each.reason else "" for each in groups],
                "Field": [each.field for each in groups],
                "Problem": [each.problem for each in groups],
                "Decisions": [each.count for each in groups],
            },
            schema_overrides={"Decisions": pl.Int64},
        ),
        hide_index=True, key=key,
        column_config={
            "Problem": st.column_config.TextColumn(width="large"),
            "Decisions": st.column_config.NumberColumn(format="localized", width="small"),
        },
    )  # fmt: skip
