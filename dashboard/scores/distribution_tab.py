"""One label's distribution: the policy's bounds on its axis, and a brush that chooses items."""

from datetime import timedelta
from functools import partial
from typing import Any

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.policy import LabelThresholds, Place, ThresholdRule
from core.usecases.score_distribution import (
    Distribution,
    score_distribution,
    shift,
    without_range,
)
from dashboard import state
from dashboard.charts.score_histogram import ABOVE, ITEMS, SHARES, score_histogram
from dashboard.components.label_choice import label_choice
from dashboard.components.rescore_link import rescore_link
from dashboard.components.words import plain
from dashboard.scores.selection_panel import selection_panel

_BY = {
    "Nothing": "none",
    "Outcome": "outcome",
    "Verdict": "verdict",
    "Language": "language",
    "Tenant": "tenant",
    "Source": "source",
    "Model version": "model",
}
_BEFORE = "the period before"
_CHART = "score_brush"


@st.fragment
def show_distribution(wanted: ItemFilter) -> None:
    """Draws the part; a brush runs this alone."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = Label(label_choice(wanted, key="score_label"))
        by = st.selectbox("Tell apart by", list(_BY), 1, key="score_by", width=150)
        model = _model(wanted)
        shows = st.segmented_control(
            "Show", [ITEMS, SHARES, ABOVE], default=ITEMS, key="score_shows", required=True
        )
        log = st.toggle("Log scale", value=True, key="score_log")
        other = _compared(wanted)
    wanted = wanted.model_copy(update={"model": model, "label": label})
    with st.spinner("Counting …"):
        found = _counted("score_counts", wanted, label, _BY[by])
    _missing(found, wanted)
    if not found.scored:
        st.info("None of the selected items has a score. Widen the filter above.")
        state.filter_to_url(wanted)
        return
    low, high = _range(wanted)
    charts = partial(
        _charts, found, other, wanted, by=_BY[by], shows=shows or ITEMS, log=log, chosen=(low, high)
    )
    place = st.container()
    # After a brush the chart shows already what was chosen, and painting it anew takes a core from
    # the answer: it comes last then.
    is_brushed = bool(state.kept("score_brushed"))
    state.keep("score_brushed", None)
    if not is_brushed:
        with place:
            charts()
    chosen = wanted.model_copy(update={"score_min": low, "score_max": high})
    state.filter_to_url(chosen)
    # Told apart by model version, an item has several scores; what is chosen is of one model's.
    of = _counted("score_of", wanted, label, "none") if _BY[by] == "model" else found
    selection_panel(chosen, of.scored, key="scores")
    if is_brushed:
        with place:
            charts()


def _charts(
    found: Distribution,
    other: tuple[str, ItemFilter] | None,
    wanted: ItemFilter,
    *,
    by: str,
    **show: Any,
) -> None:
    bounds = _bounds(found.label, wanted)
    if other is None:
        _chart(found, bounds, show)
    else:
        words, second = other
        second = second.model_copy(update={"model": wanted.model, "label": found.label})
        beside = _counted("score_counts_beside", second, found.label, by)
        left, right = st.columns(2)
        with left:
            st.caption(f"This selection · n = {found.scored:,}")
            _chart(found, bounds, show)
        with right:
            st.caption(f"{plain(words).capitalize()} · n = {beside.scored:,}")
            if beside.scored:
                st.plotly_chart(
                    score_histogram(beside, bounds, **show), key="score_beside",
                    config={"displayModeBar": False},
                )  # fmt: skip
            else:
                st.info("No scored items there.")
        _shift(beside, found, words)
    policy = plain(state.workbench().catalogue.policy.display_name)
    st.caption(
        "Drag over the chart to choose a range, or type it. Dashed lines are the bounds of "
        f"{policy}."
        if bounds
        else "Drag over the chart to choose a range, or type it. The live policy has no bounds for "
        "this label."
    )


def _counted(name: str, wanted: ItemFilter, label: Label, by: str) -> Distribution:
    """The counts, which a moved range does not change."""
    workbench, person = state.workbench(), state.person()
    everywhere = without_range(wanted)
    found: Distribution = state.recent(
        name, (everywhere, label, by, person),
        lambda: score_distribution(
            workbench.space, workbench.catalogue, person, everywhere, label, by=by
        ),
    )  # fmt: skip
    return found


def _chart(found: Distribution, bounds: LabelThresholds | None, show: dict[str, Any]) -> None:
    st.plotly_chart(
        score_histogram(found, bounds, **show), key=_CHART, on_select=_brushed,
        selection_mode="box", config={"displayModeBar": False},
        alt=f"Distribution of {found.label.words.lower()} scores over {found.scored:,} items",
    )  # fmt: skip


def _brushed() -> None:
    """A drawn box becomes the range; clearing it leaves the range as it is."""
    box = state.brushed(_CHART)
    if box is not None:
        low, high = (min(1.0, max(0.0, round(edge, 2))) for edge in box[:2])
        state.put(score_from=low, score_to=max(low, high))
        state.keep("score_brushed", value=True)


def _range(wanted: ItemFilter) -> tuple[float, float]:
    if state.value_of("score_from") is None:
        state.put(score_from=0.5 if wanted.score_min is None else wanted.score_min)
    if state.value_of("score_to") is None:
        state.put(score_to=1.0 if wanted.score_max is None else wanted.score_max)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        low = st.number_input(
            "From", 0.0, 1.0, step=0.01, format="%.3f", key="score_from", width=130
        )
        high = st.number_input("To", 0.0, 1.0, step=0.01, format="%.3f", key="score_to", width=130)
    if low > high:
        st.warning("“From” is above “To”: both were swapped.", icon=":material/swap_horiz:")
        low, high = high, low
    return low, high


def _model(wanted: ItemFilter) -> int | None:
    models = state.workbench().catalogue.models
    if len(models) < 2:
        return wanted.model
    in_use = state.workbench().catalogue.model.model_version_id
    names = {each.model_version_id: each.display_name for each in models}
    ids = list(names)
    first = wanted.model if wanted.model in names else in_use
    chosen = st.selectbox(
        "Scored by", ids, ids.index(first), key="score_model", width=210,
        format_func=names.__getitem__,
    )  # fmt: skip
    return None if chosen == in_use else chosen


def _bounds(label: Label, wanted: ItemFilter) -> LabelThresholds | None:
    rule = state.workbench().catalogue.policy.rule
    if not isinstance(rule, ThresholdRule) or wanted.model is not None:
        return None
    place = Place(tenant=wanted.tenant, language=wanted.language)
    return rule.bounds_at(place).get(label)


def _compared(wanted: ItemFilter) -> tuple[str, ItemFilter] | None:
    """A second selection and its name, if one is asked for."""
    facets = state.facets()
    options: dict[str, ItemFilter] = {}
    now = state.workbench().space.clock.now()
    if wanted.created_from is not None:
        length = (wanted.created_until or now) - wanted.created_from
        options[_BEFORE] = wanted.model_copy(
            update={
                "created_from": wanted.created_from - max(length, timedelta(minutes=1)),
                "created_until": wanted.created_from,
            }
        )
    for field in ("tenant", "language", "source"):
        for value in facets[field]:
            if value != getattr(wanted, field):
                options[f"{field} {value}"] = wanted.model_copy(update={field: value})
    chosen = st.selectbox(
        "Beside", list(options), index=None, key="score_beside_what", width=170,
        placeholder="Nothing",
        help="Another tenant, language or source; the period before, once “Arrived” is set.",
    )  # fmt: skip
    return (chosen, options[chosen]) if chosen else None


def _missing(found: Distribution, wanted: ItemFilter) -> None:
    missing = found.selected - found.scored
    if missing <= 0 or state.value_of("score_by") == "Model version":
        return
    st.warning(
        f"{missing:,} of {found.selected:,} selected items have no {found.label.words.lower()} "
        "score of this model and are not shown.",
        icon=":material/hourglass_empty:",
    )
    catalogue = state.workbench().catalogue
    model = wanted.model or catalogue.model.model_version_id
    names = {each.model_version_id: each.name for each in catalogue.models}
    rescore_link(without_range(wanted), names[model])


def _shift(before: Distribution, now: Distribution, words: str) -> None:
    moved = shift(before, now)
    if moved.drift is None or moved.moved is None:
        return
    chance = moved.drift.by_chance
    verdict = (
        "more than chance and large enough to matter"
        if moved.drift.is_alarm
        else "within what chance explains, or too small to matter"
    )
    st.caption(
        f"Against {plain(words)}: scores differ by {moved.moved:.3f} on average; PSI "
        f"{moved.drift.psi:.3f} (chance alone reaches {chance:.3f} in 1 of 100 cases): {verdict}."
    )
