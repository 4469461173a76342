"""The rows of a trial: what changed first, then what moved."""

from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from core.domain.label import SCORED_LABELS, Label
from core.usecases.trial_changes import moved_words
from core.usecases.trial_run import BEFORE, TrialRun, score_column, side_name

#: A table of more rows is a file.
_SHOWN = 1_000
_ROW_HEIGHT = 34
_HUNDREDTHS = pl.Decimal(4, 2)
_ALL, _FLIPS = "All", "Flips"


def show_rows(run: TrialRun, number: int, rows: pl.DataFrame) -> None:
    """Draws rows of a running trial; they change too often to be selected."""
    st.dataframe(
        table_of(run, number, rows), key="trial_live", hide_index=True, row_height=_ROW_HEIGHT,
        height=_height(rows), column_config=_columns(),
    )  # fmt: skip


def choose_row(run: TrialRun, number: int, rows: pl.DataFrame) -> int | None:
    """Draws the rows of a finished trial; the place in the run of the selected one."""
    rows = _filtered(run, rows)
    shown = rows.head(_SHOWN)
    places = shown["place"].to_list()
    event = st.dataframe(
        table_of(run, number, shown), hide_index=True, row_height=_ROW_HEIGHT,
        height=_height(shown), column_config=_columns(), on_select="rerun",
        selection_mode="single-row",
        # Selections are row numbers: another list must start unselected.
        key=f"trial_rows_{run.run_id}_{number}_{hash(tuple(places))}",
    )  # fmt: skip
    picked = [row for row in event["selection"]["rows"] if row < len(places)]
    hints = ["Select a row to see which words made its scores, before and after."]
    if rows.height > _SHOWN:
        hints.insert(0, f"The first {_SHOWN:,} of {rows.height:,}; the export has all.")
    if not picked and places:
        st.caption(" ".join(hints))
    return int(places[picked[0]]) if picked else None


def _height(rows: pl.DataFrame) -> int:
    return min(_ROW_HEIGHT * (rows.height + 1) + 4, _ROW_HEIGHT * 10)


def _filtered(run: TrialRun, rows: pl.DataFrame) -> pl.DataFrame:
    """All rows, flips only, or one change of verdict."""
    flips = rows.filter("is_flip")
    counts = flips.group_by("before", "after").len().sort("len", descending=True)
    moves = {f"{was} → {now}": (was, now, count) for was, now, count in counts.iter_rows()}
    sizes = {_ALL: rows.height, _FLIPS: flips.height}
    sizes |= {name: count for name, (_, _, count) in moves.items()} if len(moves) > 1 else {}
    chosen = st.pills(
        "Which", list(sizes), default=_ALL, required=True, key=f"trial_which_{run.run_id}",
        format_func=partial(_with_count, sizes), label_visibility="collapsed",
    )  # fmt: skip
    if chosen in moves:
        was, now, _ = moves[chosen]
        return flips.filter((pl.col("before") == was) & (pl.col("after") == now))
    return flips if chosen == _FLIPS else rows


def _with_count(sizes: dict[str, int], name: str) -> str:
    return f"{name} {sizes.get(name, 0):,}"


def table_of(run: TrialRun, number: int, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as people read them, each label as before → after."""
    side = side_name(number)
    columns = {
        "change": pl.concat_str(
            pl.col("before").fill_null("–"), pl.lit(" → "), pl.col("after").fill_null("–")
        ),
        "text": pl.col("text"),
        "moved": pl.struct("moved", "by").map_elements(
            lambda row: moved_words(row["moved"], row["by"]), return_dtype=pl.String
        ),
        **{label.value: _pair(label, side) for label in SCORED_LABELS},
    }
    if run.plan.sample is not None:
        columns |= {
            "people": pl.col("people"),
            "tenant": pl.col("tenant_id"),
            "language": pl.col("language"),
            "id": pl.col("external_id"),
        }
    return rows.select(**columns)


def _pair(label: Label, side: str) -> pl.Expr:
    before, after = (
        pl.col(score_column(label, each)).cast(_HUNDREDTHS).cast(pl.String).fill_null("–")
        for each in (BEFORE, side)
    )
    return pl.concat_str(before, pl.lit(" → "), after)


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "change": config.TextColumn("Verdict", width=128),
        "text": config.TextColumn("Text", width="large"),
        "moved": config.TextColumn(
            "Moved most", width=128, help="The label whose score changed most."
        ),
        **{
            label.value: config.TextColumn(label.words, width=94, help="Score before → after.")
            for label in SCORED_LABELS
        },
        "people": config.TextColumn("People", width=76, help="What people decided, if they did."),
        "tenant": config.TextColumn("Tenant", width="small"),
        "language": config.TextColumn("Lang.", width=52),
        "id": config.TextColumn("Id", width="small"),
    }
