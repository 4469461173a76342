"""Shares with their intervals, as people read them."""

from core.metrics.survey import Estimate


def in_percent(found: Estimate, digits: int = 1) -> str:
    """The value, or a dash when nothing is known."""
    return f"{found.value:.{digits}%}" if found.value is not None else "–"


def with_interval(found: Estimate, digits: int = 1) -> str:
    """Such as "12.3 % (10.1–14.8 %, n = 512)"."""
    if found.value is None:
        return "not known: no reviews"
    low, high = found.interval.low, found.interval.high
    return f"{found.value:.{digits}%} ({low:.{digits}%}–{high:.{digits}%}, n = {found.count:,.0f})"


def interval_of(found: Estimate, digits: int = 1) -> str | None:
    """Such as "10.1–14.8 %, n = 512"; None when nothing is known."""
    if found.value is None:
        return None
    return (
        f"{found.interval.low:.{digits}%}–{found.interval.high:.{digits}%}, n = {found.count:,.0f}"
    )
