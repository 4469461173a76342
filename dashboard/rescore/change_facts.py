"""How many verdicts changed, how sure that is, and from what to what."""

import polars as pl
import streamlit as st

from core.domain.verdict import VerdictKind
from core.usecases.trial_changes import TrialChanges
from dashboard.components.estimates import interval_of

_ORDER = tuple(VerdictKind)


def show_changes(changes: TrialChanges) -> None:
    """Draws the numbers, and the verdicts before against those after."""
    left, right = st.columns([5, 3], gap="medium", vertical_alignment="center")
    with left, st.container(key="trial_facts"):
        _numbers(changes)
    with right:
        _matrix(changes)


def _numbers(changes: TrialChanges) -> None:
    stricter = sum(count for (was, now), count in changes.matrix.items() if _step(was, now) > 0)
    found = changes.estimate
    cells = st.columns([3, 6, 4, 4], gap="small")
    cells[0].metric(
        "Tried", f"{changes.count:,}", _lacking(changes), delta_color="off", delta_arrow="off",
        border=True, height="stretch",
        help="New: the model in use has not scored them, so there is no verdict before.",
    )  # fmt: skip
    cells[1].metric(
        "Change verdict", _share(changes), interval_of(found) if found else changes.why_none,
        delta_color="off", delta_arrow="off", border=True, height="stretch",
        help=f"{changes.flips:,} of {changes.compared:,} compared."
        + (f" 95 % interval: {found.method}." if found else ""),
    )  # fmt: skip
    cells[2].metric(
        "Stricter", f"{stricter:,}", _of(stricter, changes), delta_color="off",
        delta_arrow="off", border=True, height="stretch",
    )  # fmt: skip
    milder = changes.flips - stricter
    cells[3].metric(
        "Milder", f"{milder:,}", _of(milder, changes), delta_color="off", delta_arrow="off",
        border=True, height="stretch",
    )  # fmt: skip


def _share(changes: TrialChanges) -> str:
    share = changes.estimate.value if changes.estimate else changes.flip_share
    return "–" if share is None else f"{share:.1%}"


def _step(was: VerdictKind, now: VerdictKind) -> int:
    return _ORDER.index(now) - _ORDER.index(was)


def _of(count: int, changes: TrialChanges) -> str | None:
    return f"{count / changes.compared:.1%} of {changes.compared:,}" if changes.compared else None


def _lacking(changes: TrialChanges) -> str | None:
    without = changes.count - changes.compared
    return f"{without:,} new" if without else None


def _matrix(changes: TrialChanges) -> None:
    """Rows are verdicts before, columns those after."""
    st.dataframe(
        pl.DataFrame(
            {
                "Before ↓  after →": [kind.value for kind in _ORDER],
                **{
                    now.value: [changes.matrix.get((was, now), 0) for was in _ORDER]
                    for now in _ORDER
                },
            }
        ),
        hide_index=True, key="trial_matrix", row_height=30,
        column_config={
            kind.value: st.column_config.NumberColumn(format="localized", width=72)
            for kind in _ORDER
        },
    )  # fmt: skip
