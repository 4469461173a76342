"""How much harm people had to look at, all together and by day, without names."""

import polars as pl
import streamlit as st

from core.policies.priority import SEVERE_HARM
from core.usecases.measure_quality import ReviewerQuality
from core.usecases.reviewers_work import LITTLE, SEVERE, SOME, SOME_HARM, UNKNOWN

_WORDS = {
    SEVERE: f"Severe (harm from {SEVERE_HARM:g}; blurred)",
    SOME: f"Some ({SOME_HARM:g} to {SEVERE_HARM:g})",
    LITTLE: f"Little (below {SOME_HARM:g})",
    UNKNOWN: "No scores",
}


def show_exposure(found: ReviewerQuality) -> None:
    """Draws the part."""
    days = found.severe_days
    if days.is_empty():
        st.info(
            "All decisions of this period were imported: nobody looked at anything here. Choose "
            "another period.",
            icon=":material/visibility_off:",
        )
        return
    table = found.exposure
    total = int(table["decisions"].sum())
    severe = table.row(by_predicate=pl.col("band") == SEVERE, named=True)
    seen = int(severe["decisions"] or 0)
    cells = st.columns(4)
    cells[0].metric(
        "Severe items", f"{seen:,}", f"{seen / total:.1%} of {total:,} looked at",
        delta_color="off", delta_arrow="off", border=True,
        help="Decisions on items whose expected harm is severe by the model in use. Counted: no "
        "interval.",
    )  # fmt: skip
    cells[1].metric(
        "Time on severe items", _minutes(severe["minutes"] if seen else 0.0),
        f"of {int(severe['timed'] or 0):,} with a handling time",
        delta_color="off", delta_arrow="off", border=True,
    )  # fmt: skip
    most = int(days["severe"].to_list()[-1])
    for cell, name, share in ((cells[2], "Usual day", 0.5), (cells[3], "Heavy day", 0.9)):
        cell.metric(
            name, f"{days['severe'].quantile(share, 'higher') or 0:,.0f} severe",
            f"{_minutes(days['minutes'].quantile(share, 'higher'))} on them",
            delta_color="off", delta_arrow="off", border=True,
            help=f"{'Half' if share == 0.5 else 'Nine of ten'} of {days.height:,} days on which "
            f"one person decided had at most this; the most were {most:,}. "
            "Counted: no interval.",
        )  # fmt: skip
    st.dataframe(
        table.select(
            band=pl.col("band").replace_strict(_WORDS),
            decisions=pl.col("decisions").fill_null(0),
            share=100 * pl.col("decisions").fill_null(0) / total,
            minutes=pl.col("minutes").fill_null(0.0),
            timed=pl.col("timed").fill_null(0),
        ),
        hide_index=True, key="exposure", height=35 * (table.height + 1) + 3,
        column_config={
            "band": st.column_config.TextColumn("Expected harm"),
            "decisions": st.column_config.NumberColumn("Items looked at", format="localized"),
            "share": st.column_config.NumberColumn("Share", format="%.1f %%"),
            "minutes": st.column_config.NumberColumn("Minutes", format="%.1f"),
            "timed": st.column_config.NumberColumn("With a time", format="localized"),
        },
    )  # fmt: skip
    st.caption(
        "Over all people together: how much one person looked at is theirs to know. Load adds up, "
        "and blurring is a preference, no protection: shorten severe queues, mix them with others "
        "and rotate. Undone decisions count, skipped items do not."
    )


def _minutes(value: float | None) -> str:
    minutes = float(value or 0.0)
    return f"{minutes / 60:,.1f} h" if minutes >= 120 else f"{minutes:,.1f} min"
