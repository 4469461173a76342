"""Which periods are compared: recent ones, or dates; both live in the address."""

from datetime import UTC, date, datetime, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain.period import Period, Periods
from core.usecases.watch_drift import CURRENT_DAYS, REFERENCE_DAYS
from dashboard import state

_DATES = "Dates"
SPANS = {"Last 24 hours" if days == 1 else f"Last {days} days": days for days in CURRENT_DAYS}
USUAL = "Last 7 days"


def choose_periods(row: DeltaGenerator) -> int | Periods | None:
    """The chosen length in days or both periods; None while dates are not complete."""
    with row:
        span = st.segmented_control(
            "Current period", [*SPANS, _DATES], default=USUAL, key="span", required=True,
            bind="query-params", width="content",
            help=f"Held against the {REFERENCE_DAYS} days before it: whole weeks, so that weekdays "
            "weigh the same in both. They end with this hour; a history that ended in the past "
            "is read up to its end.",
        )  # fmt: skip
        if span != _DATES:
            for name in ("current", "reference"):
                state.to_url(name, None)
            return SPANS[span or USUAL]
        chosen = [_dates(name) for name in ("reference", "current")]
    if chosen[0] is None or chosen[1] is None:
        st.info("Choose the first and the last day of both periods.", icon=":material/date_range:")
        return None
    if chosen[0].end > chosen[1].start:
        st.warning(
            "The reference must end before the current period starts: items in both would hide "
            "what changed. Choose other dates.",
            icon=":material/date_range:",
        )
        return None
    return Periods(reference=chosen[0], current=chosen[1])


def _dates(name: str) -> Period | None:
    """Days of one period, both included, as the address or the widget has them."""
    known = _parsed(state.from_url(name)) or _looked_at(name)
    chosen = st.date_input(
        f"{name.capitalize()}: first and last day", known, key=f"drift_{name}", width=250,  # type: ignore[arg-type]  # a range may be empty
        help="Whole days (UTC), both included.",
    )  # fmt: skip
    days = [day for day in chosen if day] if isinstance(chosen, tuple) else [chosen]
    if len(days) < 2 or days[0] is None or days[1] is None:
        return None
    first, last = days[0], days[1]
    state.to_url(name, f"{first.isoformat()}_{last.isoformat()}")
    midnight = datetime(first.year, first.month, first.day, tzinfo=UTC)
    after = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    return Period(start=midnight, end=after)


def _looked_at(name: str) -> tuple[date, ...]:
    """The days of the periods that were on screen last, to start from; none at first."""
    periods: Periods | None = state.kept("drift_periods")
    if periods is None:
        return ()
    first = periods.current.start.date()
    if name == "current":
        return first, (periods.current.end - timedelta(microseconds=1)).date()
    return periods.reference.start.date(), first - timedelta(days=1)


def _parsed(text: str | None) -> tuple[date, ...]:
    """The days in the address; none where it holds something else."""
    first, _, last = (text or "").partition("_")
    try:
        days = (date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        return ()
    return days if days[0] <= days[1] else ()
