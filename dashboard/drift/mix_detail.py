"""What items consist of, in detail: shares before and now, with the interval of the difference."""

from functools import partial

import polars as pl
import streamlit as st

from core.usecases.drift_report import Category, DriftReport, MixDrift
from core.usecases.drift_words import category_items
from dashboard import state
from dashboard.charts.mix_shift import mix_shift
from dashboard.components.md_escape import md_escape
from dashboard.drift.verdict import items_link

_SIDES = ("reference", "now")
#: More categories than this are in the table only.
_MOST_DRAWN = 12


def mix_detail(report: DriftReport, found: MixDrift) -> None:
    """Draws a mix, or the live policy's verdicts."""
    if not found.categories:
        st.info("Nothing is known of these items here: no verdict of the live policy is recorded.")
        return
    _numbers(report, found)
    chart = f"drift_mix_{found.key}"
    place = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = _chosen(found)
        wanted = category_items(found.key, chosen, report.periods.current.of(report.wanted))
        items_link(wanted, f"Current items of {md_escape(chosen.name)}")
    place.plotly_chart(
        mix_shift(found.categories[:_MOST_DRAWN], _SIDES, chosen=chosen.name), key=chart,
        on_select=partial(_clicked, found, chart), selection_mode="points",
        config={"displayModeBar": False},
        alt=f"{found.name}: shares of {len(found.categories)} categories, before and now",
    )  # fmt: skip
    _table(found)


def _numbers(report: DriftReport, found: MixDrift) -> None:
    before, now = found.counts
    psi, most = found.test.psi, found.most_moved
    cells = st.columns([1.25, 1.5, 0.8] if found.key != "verdicts" else [2, 3])
    cells[0].metric(
        "PSI", "–" if psi is None else f"{psi:.3f}",
        "too few items" if psi is None else f"chance explains {found.test.by_chance:.3f}",
        delta_color="off", delta_arrow="off", border=True,
        help=f"{now:,} items now, {before:,} before.",
    )  # fmt: skip
    if most is not None:
        ends = most.interval
        cells[1].metric(
            "Moved most", md_escape(most.name[:24]),
            f"{100 * most.difference:+.1f} points "
            f"({100 * ends.low:+.1f} to {100 * ends.high:+.1f})",
            delta_color="off", delta_arrow="off", border=True,
            help="The category that adds most to PSI; percentage points, 95 % (Newcombe).",
        )  # fmt: skip
    if found.key != "verdicts":
        cells[2].metric(
            "New", f"{len(found.new):,}", f"{sum(each.now for each in found.new):,} items",
            delta_color="off", delta_arrow="off", border=True,
            help="Categories that the reference has no item of.",
        )  # fmt: skip
    else:
        missing = report.items[1] - now
        lacking = f" {missing:,} current items have none." if missing > 0 else ""
        st.caption(f"Recorded verdicts of {md_escape(report.policy_name)}.{lacking}")


def _chosen(found: MixDrift) -> Category:
    key = f"category_{found.key}"
    names = [each.name for each in found.categories]
    most = found.most_moved or found.categories[0]
    if state.value_of(key) not in names:
        state.put(**{key: most.name})
    name = st.selectbox("Items of", names, key=key, width=260)
    return next((each for each in found.categories if each.name == name), most)


def _clicked(found: MixDrift, chart: str) -> None:
    points = state.picked(chart)
    place = int(points[0][0]) if points else len(found.categories)
    if place < len(found.categories):
        state.put(**{f"category_{found.key}": found.categories[place].name})


def _table(found: MixDrift) -> None:
    rows = pl.DataFrame(
        {
            "name": [each.name for each in found.categories],
            "before": [100 * each.share_before for each in found.categories],
            "now": [100 * each.share_now for each in found.categories],
            "change": [100 * each.difference for each in found.categories],
            "low": [100 * each.interval.low for each in found.categories],
            "high": [100 * each.interval.high for each in found.categories],
            "n_before": [each.before for each in found.categories],
            "n_now": [each.now for each in found.categories],
            "is_new": [each.is_new for each in found.categories],
        }
    )
    config = st.column_config
    percent = "%.1f %%"
    st.dataframe(
        rows, hide_index=True, key="drift_mix_table", height=min(300, 36 * (rows.height + 1) + 2),
        column_config={
            "name": config.TextColumn(found.name),
            "before": config.NumberColumn("Reference", format=percent),
            "now": config.NumberColumn("Now", format=percent),
            "change": config.NumberColumn("Change", format="%+.1f"),
            "low": config.NumberColumn("95 % from", format="%+.1f", help="Newcombe's interval."),
            "high": config.NumberColumn("to", format="%+.1f"),
            "n_before": config.NumberColumn("Items before", format="localized"),
            "n_now": config.NumberColumn("Items now", format="localized"),
            "is_new": config.CheckboxColumn("New"),
        },
    )  # fmt: skip
