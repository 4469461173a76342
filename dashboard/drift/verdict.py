"""What drifted, in words, above everything else."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.metrics.binned_drift import FEWEST
from core.usecases.drift_report import DriftReport
from core.usecases.drift_words import Alarm, alarms_of, period_words
from dashboard import state
from dashboard.components.md_escape import md_escape
from dashboard.components.words import plain

_DAY = "%-d %b %Y, %H:%M"


def verdict(report: DriftReport, choose: Callable[[str], None]) -> None:
    """Draws every alarm, or that there is none; a button looks at one."""
    before, now = report.items
    if not report.has_enough:
        st.info(
            f"Too few items to tell drift from chance: {now:,} against {before:,}; {FEWEST} of "
            "each are needed. Choose a longer period, or widen the filter.",
            icon=":material/hourglass_empty:",
        )
        return
    alarms = alarms_of(report)
    if not alarms:
        st.success(
            f"No drift beyond chance {plain(period_words(report))}, in {report.tests} comparisons "
            f"of {now:,} items against {before:,}.",
            icon=":material/check_circle:",
        )
        return
    with st.container(border=True, key="drift_alarms", gap="xsmall"):
        count = "One thing" if len(alarms) == 1 else f"{len(alarms)} things"
        st.markdown(f"**{count} drifted** of {report.tests} comparisons")
        for alarm in alarms:
            _alarm(alarm, choose)


def _alarm(alarm: Alarm, choose: Callable[[str], None]) -> None:
    words, look, items = st.columns([15, 1.2, 1.3], vertical_alignment="center", gap="small")
    words.markdown(f":red[:material/error:] {md_escape(alarm.sentence)}")
    look.button(
        "Look", key=f"look_{alarm.key}", type="tertiary", on_click=partial(choose, alarm.key)
    )
    with items:
        items_link(alarm.items, "Items", icon=None)


def items_link(wanted: ItemFilter, label: str, *, icon: str | None = ":material/list:") -> None:
    """A link to the items on Scores; the label is Markdown."""
    values = wanted.model_dump(mode="json", exclude_none=True)
    st.page_link(
        "views/scores.py", label=label, icon=icon,
        query_params={name: str(value) for name, value in values.items()},
    )  # fmt: skip


def compared_periods(report: DriftReport) -> None:
    """Draws which periods are compared, and what is odd about them."""
    reference, current = report.periods.reference, report.periods.current
    before, now = report.items
    lines = [
        f"**{current.start:{_DAY}} – {current.end:{_DAY}}** ({now:,} items) against "
        f"**{reference.start:{_DAY}} – {reference.end:{_DAY}}** ({before:,} items), UTC."
    ]
    if report.is_anchored:
        today = state.workbench().space.clock.now()
        lines.append(
            f":material/history: The newest item is from {report.newest:{_DAY}}, "
            f"{(today - report.newest).days:,} days ago: the periods end there, not today."
        )
    if report.first > reference.start:
        lines.append(
            f":material/info: The history begins on {report.first:{_DAY}}: the reference is "
            "shorter than it says."
        )
    st.caption("  \n".join(lines), width="stretch")
