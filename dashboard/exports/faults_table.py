"""What is wrong with a report's files, as a table."""

import polars as pl
import streamlit as st

from core.policies.report_table import ReportFault


def faults_table(faults: tuple[ReportFault, ...], *, key: str) -> None:
    """One row a fault: part, line, row, column, what is wrong, and the rule."""
    st.dataframe(
        pl.DataFrame(
            {
                "Part": [each.part for each in faults],
                "Line": [str(each.line or "") for each in faults],
                "Row": [each.row for each in faults],
                "Column": [each.column for each in faults],
                "Problem": [each.problem for each in faults],
                "Rule": [each.rule.value for each in faults],
            }
        ),
        hide_index=True, key=key,
        column_config={
            "Part": st.column_config.NumberColumn(width="small"),
            "Line": st.column_config.TextColumn(width="small"),
            "Problem": st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip
