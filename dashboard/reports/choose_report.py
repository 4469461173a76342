"""Which report is meant: period, tenants, queues and sections, all of them in the address."""

from datetime import UTC, date

import streamlit as st
from pydantic import ValidationError

from core.domain.report import ReportDefinition, Rolling, SavedReport, Section, whole_days
from core.usecases.keep_reports import saved_reports
from dashboard import state
from dashboard.components.words import plain
from dashboard.problem import in_words

_DATES = "Dates"
_NONE = "Not saved"
_PERIODS = {each.words: each for each in Rolling}


def choose_report() -> ReportDefinition | None:
    """The report that the widgets describe; None while it is not complete."""
    _take_saved()
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(
                "Title", max_chars=80, key="report_title", bind="query-params", width=300,
                placeholder="Moderation report",
            )  # fmt: skip
            span = st.segmented_control(
                "Period", [*_PERIODS, _DATES], default=Rolling.LAST_MONTH.words,
                key="report_period", required=True, bind="query-params", width="content",
                help="The last whole week (from Monday), month or quarter that is over, in UTC.",
            )  # fmt: skip
            days = _dates() if span == _DATES else None
            compares = st.toggle(
                "Compare with the period before", value=True, key="report_compares",
                bind="query-params",
            )  # fmt: skip
        left, right = st.columns(2)
        tenants = left.multiselect(
            "Tenants", state.facets()["tenant"], key="report_tenants", bind="query-params",
            placeholder="All that you see",
        )  # fmt: skip
        queues = right.multiselect(
            "Queues", _queues(), key="report_queues", bind="query-params", placeholder="All",
            help="Queues narrow what people did. Volumes, automation, quality and drift are about "
            "all items of the tenants; each section says so.",
        )  # fmt: skip
        sections = st.pills(
            "Sections", [each.words for each in Section], selection_mode="multi",
            key="report_sections", bind="query-params",
            help="None chosen: all of them.",
        )  # fmt: skip
    if span == _DATES and days is None:
        st.info("Choose the first and the last day.", icon=":material/date_range:")
        return None
    period = whole_days(*days) if days else None
    try:
        return ReportDefinition(
            name=name.strip() if name and name.strip() else "Moderation report",
            rolling=None if period else _PERIODS[span or Rolling.LAST_MONTH.words],
            start=period.start if period else None, end=period.end if period else None,
            tenants=tuple(tenants), queues=tuple(queues),
            sections=tuple(each for each in Section if not sections or each.words in sections),
            compares=compares,
        )  # fmt: skip
    except ValidationError as error:
        st.warning(plain(in_words(error)))
        return None


def _queues() -> list[str]:
    with state.workbench().space.store.reading() as parts:
        return [each.name for each in parts.queues.all()]


def _dates() -> tuple[date, date] | None:
    """The first and the last day, as the address or the widget has them."""
    today = state.workbench().space.clock.now().astimezone(UTC).date()
    known = _parsed(state.from_url("report_days")) or (today.replace(day=1), today)
    chosen = st.date_input(
        "First and last day", known, key=f"report_dates_{state.kept('report_taken')}", width=240,
        help="Whole days (UTC), both included.",
    )  # fmt: skip
    days = [day for day in chosen if day] if isinstance(chosen, tuple) else []
    if len(days) < 2 or days[0] is None or days[1] is None:
        return None
    state.to_url("report_days", f"{days[0].isoformat()}_{days[1].isoformat()}")
    return days[0], days[1]


def _parsed(text: str | None) -> tuple[date, date] | None:
    first, _, last = (text or "").partition("_")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    return days if days[0] <= days[1] else None


def _take_saved() -> None:
    """Sets the widgets to the saved report that the address names, once each time it is chosen."""
    found = {each.definition.name: each for each in _saved()}
    if not found:
        return
    asked = state.from_url("report")
    if asked is not None and asked not in found:
        st.warning(
            f"There is no saved report called “{plain(asked)}”, or not for you.",
            icon=":material/link_off:",
        )
        asked = None
        state.to_url("report", None)
    # As a default it would fight with what is put there when a report is saved or removed.
    if state.value_of("report_chosen") not in (_NONE, *found):
        state.put(report_chosen=asked or _NONE)
    chosen = st.selectbox("Saved report", [_NONE, *found], key="report_chosen", width=320)
    name = chosen if chosen in found else None
    state.to_url("report", name)
    if name != state.kept("report_taken"):
        state.keep("report_taken", name)
        if name is not None:
            _show(found[name].definition)
            st.rerun()


def _saved() -> list[SavedReport]:
    return saved_reports(state.workbench().space, state.person())


def _show(saved: ReportDefinition) -> None:
    """Puts a definition into the widgets."""
    is_all = set(saved.sections) == set(Section)
    state.put(
        report_title=saved.name,
        report_period=saved.rolling.words if saved.rolling else _DATES,
        report_compares=saved.compares,
        report_tenants=[each for each in saved.tenants if each in state.facets()["tenant"]],
        report_queues=[each for each in saved.queues if each in _queues()],
        report_sections=[] if is_all else [each.words for each in saved.ordered_sections],
    )
    if saved.start is not None and saved.end is not None:
        last = date.fromordinal(saved.end.date().toordinal() - 1)
        state.to_url("report_days", f"{saved.start.date().isoformat()}_{last.isoformat()}")
