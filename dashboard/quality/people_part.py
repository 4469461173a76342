"""One row a person, by name: never a ranking."""

import polars as pl
import streamlit as st

from core.usecases.measure_quality import ReviewerQuality


def show_people(found: ReviewerQuality) -> None:
    """Draws the part."""
    st.caption(
        "By name, and not to be ranked: whoever gets the hard queue is slower and overruled more "
        "often. Talk about items before numbers, and look at the intervals: with few decisions "
        "they hold nearly everything."
    )
    table = found.people
    config = st.column_config
    st.dataframe(
        _shown(table), hide_index=True, key="quality_people",
        height=min(560, 35 * (table.height + 1) + 3),
        column_config={
            "actor": config.TextColumn("Reviewer", pinned=True),
            "decisions": config.NumberColumn("Decisions", format="localized"),
            "median": config.TextColumn(
                "Median time", help="Seconds from shown to decided, without pauses; the interval "
                "by order statistics.",
            ),
            "p90": config.TextColumn("90 % within", help="Nine of ten decisions took less."),
            "agreed": config.TextColumn(
                "Agrees with others", help="On items that others answered too: the share of the "
                "others who said the same; Wilson's interval.",
            ),
            "changed": config.TextColumn(
                "Changed later", help="Of their answers that somebody else looked at again in the "
                "period: how many got another answer. What is looked at again is no random "
                "choice.",
            ),
            "overturned": config.TextColumn(
                "Overturned on appeal", help="Of their answers that were appealed and decided."
            ),
            "escalated": config.NumberColumn("Escalated", format="localized"),
            "skips": config.NumberColumn("Skipped", format="localized"),
            "undone": config.NumberColumn("Undone", format="localized"),
        },
    )  # fmt: skip
    if found.ratings.is_empty():
        st.caption(
            "Nobody's answers were compared: no item was approved or rejected by two people."
        )


def _shown(table: pl.DataFrame) -> pl.DataFrame:
    rows = [
        {
            "actor": row["actor"],
            "decisions": row["decisions"],
            "median": _seconds(row, "median"),
            "p90": _seconds(row, "p90"),
            "agreed": _share(row, "agreed_rate", "compared"),
            "changed": _share(row, "changed_rate", "again"),
            "overturned": _share(row, "overturn_rate", "appeals"),
            "escalated": row["escalated"],
            "skips": row["skips"],
            "undone": row["undone"],
        }
        for row in table.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _seconds(row: dict[str, object], name: str) -> str:
    """Such as "8.1 s (7.9–8.4)", or why not."""
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return "no times"
    if low is None or high is None:
        return f"{value:.1f} s (n = {row['timed']}: too few)"
    return f"{value:.1f} s ({low:.1f}–{high:.1f})"


def _share(row: dict[str, object], name: str, count: str) -> str:
    """Such as "92 % (85–96, n = 118)", or a dash where there is nothing to share."""
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if value is None or low is None or high is None:
        return "–"
    ends = f"{100 * float(str(low)):.0f}–{100 * float(str(high)):.0f}"
    return f"{100 * float(str(value)):.0f} % ({ends}, n = {row[count]:,})"
