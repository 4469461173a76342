"""Two periods side by side: all comparisons on the left, the chosen one on the right."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.period import Periods
from core.usecases.drift_report import DriftReport, MixDrift, SpreadDrift
from core.usecases.watch_drift import NoComparison, watch_drift
from dashboard import state
from dashboard.charts.drift_bullets import drift_bullets
from dashboard.components.rescore_link import rescore_link
from dashboard.components.words import plain
from dashboard.drift.choose_periods import choose_periods
from dashboard.drift.decisions_detail import decisions_detail
from dashboard.drift.mix_detail import mix_detail
from dashboard.drift.numbers_table import numbers_table
from dashboard.drift.spread_detail import since_when, spread_detail
from dashboard.drift.verdict import compared_periods, verdict

_CHART = "drift_bullets"
_SCORES, _DECISIONS = "Scores", "What people decide"


def show_periods(wanted: ItemFilter) -> None:
    """Draws the part."""
    row = st.container(horizontal=True, vertical_alignment="bottom", key="drift_periods")
    asked = choose_periods(row)
    if asked is None:
        return
    report = _report(wanted, asked)
    if isinstance(report, NoComparison):
        st.info(report.sentence, icon=":material/date_range:")
        return
    state.keep("drift_periods", report.periods)
    with row:
        compared_periods(report)
    verdict(report, choose)
    _unscored(report)
    left, right = st.columns([2, 3], gap="large")
    with right:
        head = st.container(horizontal=True, vertical_alignment="bottom")
        with head:
            chosen = _chosen(report)
        found = next(each for each in report.all if each.key == chosen)
        shows = _shows(head, found)
        if isinstance(found, MixDrift):
            mix_detail(report, found)
        elif shows == _DECISIONS:
            decisions_detail(report, Label(found.key))
        else:
            spread_detail(report, found)
    with left:
        st.markdown("**How far each is from the reference** (PSI)")
        st.plotly_chart(
            drift_bullets(report.all, chosen=chosen), key=_CHART, on_select=_clicked,
            selection_mode="points", config={"displayModeBar": False},
            alt=f"PSI of {len(report.all)} comparisons",
        )  # fmt: skip
        st.caption(
            "Red: more than chance explains (blue mark; all comparisons together, wrong on one "
            "page in 100) and above 0.1 (dotted), which is large enough to matter. Click a bar to "
            "look at it."
        )
    if isinstance(found, SpreadDrift) and found.key != "length" and shows == _SCORES:
        since_when(report, found)
    numbers_table(report)


def _shows(head: DeltaGenerator, found: SpreadDrift | MixDrift) -> str:
    """What of a label is shown; other comparisons have one side only."""
    if isinstance(found, MixDrift) or found.key == "length":
        return _SCORES
    with head:
        shows = st.segmented_control(
            "Show", [_SCORES, _DECISIONS], default=_SCORES, key="show", required=True,
            bind="query-params", label_visibility="collapsed", width="content",
        )  # fmt: skip
    return shows or _SCORES


def _report(wanted: ItemFilter, asked: int | Periods) -> DriftReport | NoComparison:
    workbench, person = state.workbench(), state.person()
    catalogue = workbench.catalogue
    with st.spinner("Counting …"):
        found: DriftReport | NoComparison = state.recent(
            "drift", (wanted, asked, catalogue.policy.policy_version_id, person),
            lambda: watch_drift(workbench.space, catalogue, person, wanted, asked),
        )  # fmt: skip
    return found


def _chosen(report: DriftReport) -> str:
    """The comparison to look at: the chosen one, else what drifted most, else the first."""
    names = {each.key: each.name for each in report.all}
    first = report.alarms[0].key if report.alarms else next(iter(names))
    if state.value_of("look") not in names:
        state.put(look=state.from_url("look") if state.from_url("look") in names else first)
    chosen = st.selectbox(
        "Look at", list(names), key="look", width=220, format_func=names.__getitem__
    )
    state.to_url("look", chosen)
    return chosen or first


def choose(key: str) -> None:
    """Looks at a comparison."""
    state.put(look=key)


def _clicked() -> None:
    points = state.picked(_CHART)
    if points:
        choose(str(points[0][0]))


def _unscored(report: DriftReport) -> None:
    if not report.unscored:
        return
    names = ", ".join(each.words.lower() for each in report.unscored)
    model = plain(report.model.display_name)
    if report.scores:
        st.caption(f":material/info: {model} has no scores here of: {names}.")
        return
    st.warning(
        f"None of these items has scores of {model}: only what came in can be compared.",
        icon=":material/hourglass_empty:",
    )
    rescore_link(report.wanted, report.model.name)
