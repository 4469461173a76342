"""Overview: what waits, how old it is, who decides, and how long it takes."""

from datetime import timedelta

import polars as pl
import streamlit as st

from core.domain.role import Permission
from core.usecases.overview import Overview, overview, running_jobs
from dashboard import state
from dashboard.charts.decisions_by_hour import decisions_by_hour
from dashboard.charts.handling_time import handling_time
from dashboard.charts.volume_by_day import volume_by_day
from dashboard.components.words import plain, share, span
from dashboard.drift.overview_alarms import overview_alarms
from dashboard.webhooks.dead_line import overview_dead_letters

_PERIODS = {"24 hours": 1, "7 days": 7, "30 days": 30, "90 days": 90}


def show() -> None:
    """Draws the page."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.header("Overview", anchor=False, width="content")
        period = st.segmented_control(
            "Period",
            list(_PERIODS),
            default="30 days",
            key="period",
            required=True,
            bind="query-params",
            label_visibility="collapsed",
            width="content",
        )
    facts = overview(
        state.workbench().space, state.person(),
        period=timedelta(days=_PERIODS[period or "30 days"]),
    )  # fmt: skip
    _running_jobs()
    overview_dead_letters()
    _numbers(facts)
    drift = st.container(key="overview_drift")
    if facts.waiting.is_empty() and facts.volume_by_day.is_empty():
        _empty()
        return
    _charts(facts, by_day=_PERIODS[period or "30 days"] > 2)
    _waiting_table(facts)
    # Last, so that nothing waits for it.
    with drift:
        overview_alarms()


def _numbers(facts: Overview) -> None:
    automated, decided = facts.automated
    oldest = facts.oldest_waiting
    hours = (facts.as_of - facts.since).total_seconds() / 3600
    handling = facts.handling.row(0, named=True)
    cells = st.columns(5)
    cells[0].metric(
        "Waiting",
        f"{facts.waiting_count:,}",
        help="Open review tasks in all queues, now.",
        border=True,
    )
    cells[1].metric(
        "Oldest waiting",
        span(facts.as_of - oldest) if oldest else "–",
        f"{facts.overdue_count:,} past due" if facts.overdue_count else None,
        delta_color="inverse",
        delta_arrow="off",
        help="Age of the open task that has waited longest; due within its queue's target.",
        border=True,
    )
    cells[2].metric(
        "Decided by people",
        f"{facts.decided_count:,}",
        f"{facts.decided_count / hours:,.1f} per hour",
        delta_color="off",
        delta_arrow="off",
        help="Decisions in the period that were not taken back.",
        border=True,
    )
    cells[3].metric(
        "Decided automatically",
        share(automated, decided),
        f"{automated:,} of {decided:,}",
        delta_color="off",
        delta_arrow="off",
        help="Of the items that arrived in the period and are decided: those the policy alone "
        "decided.",
        border=True,
    )
    median, slow = handling["p50"], handling["p90"]
    cells[4].metric(
        "Handling time",
        f"{median:.1f} s" if median is not None else "–",
        f"9 of 10 under {slow:.0f} s · n = {handling['n']:,}" if slow is not None else None,
        delta_color="off",
        delta_arrow="off",
        help="Median seconds from shown to decided, idle time excluded.",
        border=True,
    )


def _charts(facts: Overview, *, by_day: bool) -> None:
    left, right = st.columns([3, 2])
    with left.container(border=True):
        st.markdown("**Decisions by people**" + (" per day" if by_day else " per hour"))
        if facts.decisions_by_hour.is_empty():
            st.caption("Nobody decided anything in this period.")
        else:
            st.plotly_chart(
                decisions_by_hour(facts.decisions_by_hour, by_day=by_day),
                key="by_hour",
                config={"displayModeBar": False},
            )
    with right.container(border=True):
        st.markdown("**Handling time**")
        if facts.handling_times.is_empty():
            st.caption("No handling times in this period: imported decisions carry none.")
        else:
            st.plotly_chart(
                handling_time(facts.handling_times),
                key="handling",
                config={"displayModeBar": False},
            )
    with st.container(border=True):
        st.markdown("**Items arriving** per day")
        if facts.volume_by_day.is_empty():
            st.caption("No items arrived in this period.")
        else:
            st.plotly_chart(
                volume_by_day(facts.volume_by_day), key="volume", config={"displayModeBar": False}
            )


def _waiting_table(facts: Overview) -> None:
    st.markdown("**Waiting by queue and tenant**")
    if facts.waiting.is_empty():
        st.caption("Nothing waits.")
        return
    rows = facts.waiting.select(
        "queue",
        "tenant_id",
        "waiting",
        "overdue",
        "claimed",
        oldest=pl.col("oldest").map_elements(
            lambda since: span(facts.as_of - since), return_dtype=pl.String
        ),
    )
    st.dataframe(
        rows,
        hide_index=True,
        column_config={
            "queue": "Queue",
            "tenant_id": "Tenant",
            "waiting": st.column_config.NumberColumn("Waiting", format="localized"),
            "overdue": st.column_config.NumberColumn("Past due", format="localized"),
            "claimed": st.column_config.NumberColumn("In somebody's hands", format="localized"),
            "oldest": "Oldest waits",
        },
    )
    if state.person().may(Permission.REVIEW):
        st.page_link("views/review.py", label="Open the review queue", icon=":material/inbox:")


def _running_jobs() -> None:
    for job in running_jobs(state.workbench().space, state.person()):
        st.progress(job.share or 0.0, text=f"{plain(job.title)} · {job.stage} · {job.done:,} done")


def _empty() -> None:
    st.info(
        "There is no history yet. Import a file of items, with old decisions if you have them: "
        "scores, queues and these numbers follow by themselves.",
        icon=":material/upload:",
    )
    if state.person().may(Permission.IMPORT):
        st.page_link("views/imports.py", label="Import items", icon=":material/upload:")


show()
