"""Quality: how far reviewers agree, how they work, and what they have to look at."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from core.domain.period import Period
from core.usecases.measure_quality import ReviewerQuality, measure_quality
from dashboard import state
from dashboard.components.page_head import page_head
from dashboard.quality.agreement_part import show_agreement
from dashboard.quality.exposure_part import show_exposure
from dashboard.quality.golden_part import show_golden
from dashboard.quality.people_part import show_people
from dashboard.quality.two_reviewers_part import show_two_reviewers

_PARTS = {
    "Agreement": show_agreement,
    "Two reviewers": show_two_reviewers,
    "People": show_people,
    "Golden items": show_golden,
    "Exposure": show_exposure,
}
_PERIODS = {"30 days": 30, "90 days": 90, "All": None}
_USUAL = "90 days"
_ALL = "All"
_BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)


def show() -> None:
    """Draws the page."""
    part = page_head("Quality", list(_PARTS), key="measure", label="Measure")
    with st.container(horizontal=True, vertical_alignment="bottom", key="quality_filters"):
        span = st.segmented_control(
            "Decided in the last", list(_PERIODS), default=_USUAL, key="decided", required=True,
            bind="query-params", width="content",
        )  # fmt: skip
        tenant = _choice("Tenant", "tenant")
        language = _choice("Language", "language")
    found = _measured(span or _USUAL, tenant, language)
    if found.is_empty:
        st.info(
            "Nobody decided anything here. Choose a longer period or other items; as soon as "
            "people decide on the page Review, or past decisions are imported, this page fills.",
            icon=":material/groups:",
        )
        return
    _PARTS[part](found)


def _choice(name: str, facet: str) -> str | None:
    """One of the values that exist, as the address or the person says; None: all of them."""
    options = [_ALL, *state.facets()[facet]]
    if state.from_url(facet) not in options:
        state.to_url(facet, None)
    chosen = st.selectbox(name, options, key=facet, bind="query-params", width=180)
    return None if chosen in (_ALL, None) else chosen


def _measured(span: str, tenant: str | None, language: str | None) -> ReviewerQuality:
    """By the minute, so that it is not counted anew while somebody looks around."""
    workbench, person = state.workbench(), state.person()
    now = workbench.space.clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    days = _PERIODS[span]
    start = now - timedelta(days=days) if days else _BEGINNING
    found: ReviewerQuality = state.recent(
        "quality",
        (person, now, span, tenant, language),
        lambda: _read(Period(start=start, end=now), tenant, language),
    )  # fmt: skip
    return found


def _read(period: Period, tenant: str | None, language: str | None) -> ReviewerQuality:
    workbench = state.workbench()
    with st.spinner("Reading answers …", show_time=True):
        return measure_quality(
            workbench.space, workbench.catalogue, state.person(), period,
            tenant=tenant, language=language,
        )  # fmt: skip


show()
