"""One number in detail: how it moved, where its bins grew, and since when."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain.label import Label
from core.usecases.drift_report import DriftReport, SpreadDrift
from core.usecases.drift_words import items_of
from core.usecases.watch_drift import DaySeries, drift_by_day
from dashboard import state
from dashboard.charts.drift_bins import drift_bins
from dashboard.charts.drift_days import drift_days
from dashboard.drift.verdict import items_link

SIDES = ("reference", "now")


def spread_detail(report: DriftReport, found: SpreadDrift) -> None:
    """Draws a label's scores, or the length of texts."""
    if found.key == "length":
        _length(report, found)
        return
    _score_numbers(found)
    st.plotly_chart(
        drift_bins(found, SIDES), key="drift_bins", config={"displayModeBar": False},
        alt=f"{found.name}: share of items by range of scores, before and now",
    )  # fmt: skip


def since_when(report: DriftReport, found: SpreadDrift) -> None:
    """Draws the label's days: when it began."""
    series = _series(report, Label(found.key))
    st.markdown("**Since when**, each 24 hours against the reference")
    st.plotly_chart(
        drift_days(series.days, current_from=report.periods.current.start),
        key=_days(found),
        on_select="rerun", selection_mode="points", config={"displayModeBar": False},
        alt=f"{found.name}: PSI and mean score by day",
    )  # fmt: skip
    _links(report, found, series)


def _days(found: SpreadDrift) -> str:
    """The chart's key: a click belongs to the label it was made on."""
    return f"drift_days_{found.key}"


def _score_numbers(found: SpreadDrift) -> None:
    (before, error_before), (now, error_now) = found.mean(found.before), found.mean(found.now)
    cells = st.columns(3)
    _psi_metric(cells[0], found)
    cells[1].metric(
        "Mean score", f"{now:.3f}", f"{before:.3f} before", delta_color="off", delta_arrow="off",
        border=True,
        help=f"95 %: now ± {1.96 * error_now:.3f}, before ± {1.96 * error_before:.3f}.",
    )  # fmt: skip
    side = "up" if found.shift > 0 else "down"
    cells[2].metric(
        "Moved by", f"{found.distance:.3f}", f"mean {abs(found.shift):.3f} {side}",
        delta_color="off", delta_arrow="off", border=True,
        help="How far scores moved on average (Wasserstein distance), in units of the score.",
    )  # fmt: skip


def _psi_metric(cell: DeltaGenerator, found: SpreadDrift) -> None:
    before, now = found.counts
    psi = found.test.psi
    cell.metric(
        "PSI", "–" if psi is None else f"{psi:.3f}",
        "too few items" if psi is None else f"chance explains {found.test.by_chance:.3f}",
        delta_color="off", delta_arrow="off", border=True,
        help=f"{now:,} items now, {before:,} before.",
    )  # fmt: skip


def _length(report: DriftReport, found: SpreadDrift) -> None:
    one, two = found.medians
    cells = st.columns(2)
    _psi_metric(cells[0], found)
    cells[1].metric(
        "Median length", "–" if two is None else f"{two:,}",
        None if one is None else f"{one:,} before", delta_color="off", delta_arrow="off",
        border=True, help="Characters of the text, without its title.",
    )  # fmt: skip
    st.plotly_chart(
        drift_bins(found, SIDES), key="drift_bins", config={"displayModeBar": False},
        alt="Share of items by length of the text, before and now",
    )  # fmt: skip
    items_link(items_of(found, report), "Current items on Scores")


def _series(report: DriftReport, label: Label) -> DaySeries:
    workbench, person = state.workbench(), state.person()
    found: DaySeries = state.recent(
        "drift_days", (report.wanted, report.periods, report.model, label, person),
        lambda: drift_by_day(workbench.space, workbench.catalogue, person, report, label),
    )  # fmt: skip
    return found


def _links(report: DriftReport, found: SpreadDrift, series: DaySeries) -> None:
    """To the items of the range that grew most, and of the day that was clicked."""
    grown = items_of(found, report)
    picked = state.picked(_days(found))
    with st.container(horizontal=True, vertical_alignment="center"):
        items_link(
            grown, f"Items scoring {grown.score_min:.3g}–{grown.score_max:.3g}, which grew most"
        )
        if not picked or int(picked[0][0]) >= series.days.height:
            st.caption("Click a day to list its items.", width="content")
            return
        day = series.days.row(int(picked[0][0]), named=True)
        wanted = report.wanted.model_copy(
            update={
                "created_from": day["start"], "created_until": day["end"],
                "label": series.label, "score_min": 0.0, "score_max": 1.0,
            }
        )  # fmt: skip
        items_link(wanted, f"The {day['items']:,} items from {day['start']:%-d %B, %H:%M} on")
