"""Every number of the comparison in one table."""

import polars as pl
import streamlit as st

from core.usecases.drift_report import DriftReport, SpreadDrift


def numbers_table(report: DriftReport) -> None:
    """Draws the table, folded away."""
    with st.expander("All numbers", icon=":material/table:"):
        config = st.column_config
        st.dataframe(
            _rows(report),
            hide_index=True,
            key="drift_numbers",
            height=36 * len(report.all) + 38,
            column_config={
                "name": config.TextColumn("What"),
                "psi": config.NumberColumn("PSI", format="%.4f"),
                "chance": config.NumberColumn("Chance explains", format="%.4f"),
                "p": config.NumberColumn("p", format="%.2g", help="Before Holm's correction."),
                "bins": config.NumberColumn("Bins"),
                "before": config.NumberColumn("Mean before", format="%.3f"),
                "now": config.NumberColumn("Mean now", format="%.3f"),
                "moved": config.NumberColumn("Moved by", format="%.3f"),
                "n_before": config.NumberColumn("Items before", format="localized"),
                "n_now": config.NumberColumn("Items now", format="localized"),
                "is_alarm": config.CheckboxColumn("Drifted"),
            },
        )


def _rows(report: DriftReport) -> pl.DataFrame:
    rows = []
    for each in report.all:
        drift = each.test.drift
        row = {
            "name": each.name,
            "psi": each.test.psi,
            "chance": each.test.by_chance if drift else None,
            "p": drift.p if drift else None,
            "bins": drift.before.size if drift else None,
            "before": None,
            "now": None,
            "moved": None,
            "n_before": each.counts[0],
            "n_now": each.counts[1],
            "is_alarm": each.test.is_alarm,
        }
        if isinstance(each, SpreadDrift):
            row |= {
                "before": each.mean(each.before)[0],
                "now": each.mean(each.now)[0],
                "moved": each.distance,
            }
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)
