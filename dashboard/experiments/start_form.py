"""Planning an experiment: what is tried, on whom, what it is judged by, and how long it takes."""

import streamlit as st
from pydantic import ValidationError

from core.domain.experiment import (
    GUARDS,
    NAME_MAX,
    NOTE_MAX,
    ExperimentMode,
    ExperimentPlan,
    Guard,
    Measure,
    SplitUnit,
)
from core.domain.policy import Place, PolicyMode, PolicyVersion
from core.domain.role import Permission
from core.errors import WorkbenchError
from core.usecases.plan_experiment import PastTraffic, past_traffic
from core.usecases.run_experiment import start_experiment
from dashboard import state
from dashboard.components.words import plain
from dashboard.experiments.listing import CHOSEN, NAME
from dashboard.experiments.words import HELP, MODES, UNITS, scale_of, unit_word
from dashboard.policies.names import version_words, versions_in_order

_ANY = "All"


def show_start() -> None:
    """Draws the part."""
    if not state.person().may(Permission.MANAGE_POLICIES):
        st.info(
            "Starting an experiment takes the right to publish policies. Ask a policy manager.",
            icon=":material/lock:",
        )
        return
    candidates = _candidates()
    if not candidates:
        st.info(
            "There is nothing to try yet: change the live rule in the lab of the page Policies, "
            "save it as a draft, and come back.",
            icon=":material/edit_note:",
        )
        st.page_link("views/policies.py", label="To the lab", icon=":material/tune:")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        facts = _what(candidates)
        facts |= _who()
    with right:
        facts |= _judged_by(ExperimentMode(str(facts["mode"])))
        plan = _planned(facts)
        _hint(plan)
        st.button(
            "Start", type="primary", icon=":material/science:", key="experiment_start",
            disabled=plan is None, on_click=_start, args=(plan, bool(facts["name"])),
        )  # fmt: skip
        if (problem := state.kept("experiment_problem")) is not None:
            st.error(plain(problem), icon=":material/error:")
            state.keep("experiment_problem", None)


def _candidates() -> dict[int, PolicyVersion]:
    catalogue = state.workbench().catalogue
    return {
        key: each
        for key, each in versions_in_order().items()
        if each.mode in (PolicyMode.DRAFT, PolicyMode.SHADOW)
        and each.model_version_id == catalogue.model.model_version_id
    }


def _what(candidates: dict[int, PolicyVersion]) -> dict[str, object]:
    live = state.workbench().catalogue.policy
    treatment = st.selectbox(
        "Treatment", list(candidates), key="experiment_treatment", width=320,
        format_func=lambda key: version_words(candidates[key]),
        help=f"Tried against {live.display_name}, which is live. Drafts and versions in shadow "
        "that read the model in use.",
    )  # fmt: skip
    name = st.text_input(
        "Name", key="experiment_name", max_chars=NAME_MAX, placeholder="Careful with satire"
    )
    hypothesis = st.text_area(
        "Hypothesis", key="experiment_hypothesis", max_chars=NOTE_MAX, height=90,
        placeholder="Satire is rejected too often: with a higher bound people will overturn less.",
    )  # fmt: skip
    mode = st.radio("Mode", list(MODES), format_func=MODES.__getitem__, key="experiment_mode")
    return {
        "treatment_id": treatment, "name": name.strip(), "hypothesis": hypothesis.strip(),
        "mode": mode,
    }  # fmt: skip


def _who() -> dict[str, object]:
    facets = state.facets()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        unit = st.segmented_control(
            "What is split", list(UNITS), format_func=UNITS.__getitem__, default=SplitUnit.AUTHOR,
            key="experiment_unit", required=True, width="content",
            help="All items of one author or thread are in one arm, always the same.",
        )  # fmt: skip
        tenant = st.selectbox(
            "Tenant", [_ANY, *facets["tenant"]], key="experiment_tenant", width=160
        )
        language = st.selectbox(
            "Language", [_ANY, *facets["language"]], key="experiment_language", width=120
        )
    participation = st.slider(
        "Units that take part", 1, 100, 100, format="%d %%", key="experiment_participation"
    )
    share = st.slider(
        "Of them, with the treatment", 1, 99, 50, format="%d %%", key="experiment_share",
        help="Half and half finds a difference soonest; less risks less.",
    )  # fmt: skip
    scope = Place(
        tenant=None if tenant == _ANY else tenant, language=None if language == _ANY else language
    )
    return {
        "unit": unit or SplitUnit.AUTHOR, "participation": participation,
        "treatment_share": share, "scope": scope,
    }  # fmt: skip


def _judged_by(mode: ExperimentMode) -> dict[str, object]:
    is_shadow = mode is ExperimentMode.SHADOW
    measures = [each for each in Measure if each.shows_in_shadow or not is_shadow]
    primary = st.selectbox(
        "Judged by", measures, format_func=lambda each: each.words, width=320,
        key=f"experiment_primary_{mode}",
    )  # fmt: skip
    st.caption(HELP[primary])
    is_lower = True
    if primary in (Measure.REJECTED, Measure.REVIEWED):
        is_lower = st.segmented_control(
            "Better is", ["less", "more"], default="less", key="experiment_direction",
            required=True, width="content",
        ) != "more"  # fmt: skip
    scale, words = scale_of(primary), unit_word(primary)
    effect = st.number_input(
        f"Least difference that matters, in {words}", 0.01, 99.0 if primary.is_share else 10_000.0,
        primary.usual_effect * scale, 0.1, key=f"experiment_effect_{primary}", width=320,
        help="The smaller, the longer it takes. A smaller difference counts as none.",
    )  # fmt: skip
    return {
        "primary": primary, "is_lower_better": is_lower, "minimal_effect": effect / scale,
        "guards": _guards(primary, is_shadow=is_shadow),
    }  # fmt: skip


def _guards(primary: Measure, *, is_shadow: bool) -> tuple[Guard, ...]:
    st.markdown(
        "**Guards**",
        help="Measures that must not grow by more than their limit. One that clearly does is said "
        "with the verdict, and shipping then needs a reason.",
    )
    guards = []
    for each in GUARDS:
        measure = each.measure
        if measure is primary or (is_shadow and not measure.shows_in_shadow):
            continue
        limit = st.number_input(
            f"{measure.words}: up to this much more, in {unit_word(measure)}", 0.0, 1_000.0,
            each.limit * scale_of(measure), 0.1, key=f"experiment_guard_{measure}", width=320,
            help=HELP[measure],
        )  # fmt: skip
        guards.append(Guard(measure=measure, limit=limit / scale_of(measure)))
    return tuple(guards)


def _planned(facts: dict[str, object]) -> ExperimentPlan | None:
    """The plan, if it can work; one without a name yet has a stand-in, for the hint."""
    try:
        return ExperimentPlan.model_validate(facts | {"name": facts["name"] or "unnamed"})
    except ValidationError as error:
        problems = "; ".join(str(each["msg"]) for each in error.errors())
        st.error(plain(problems), icon=":material/error:")
        return None


def _hint(plan: ExperimentPlan | None) -> None:
    if plan is None:
        return
    workbench, person = state.workbench(), state.person()
    with st.spinner("Looking at the last two weeks …"):
        past: PastTraffic = state.recent(
            "past_traffic", (plan.unit, plan.scope, person),
            lambda: past_traffic(
                workbench.space, workbench.catalogue, person, unit=plan.unit, scope=plan.scope
            ),
        )  # fmt: skip
    units = UNITS[plan.unit].lower()
    with st.container(border=True, key="experiment_hint"):
        if not past.items:
            st.markdown(
                "Nothing came in during the last two weeks: how long it takes cannot be said."
            )
            return
        came = (
            f"In the last {past.days:,.0f} days {past.items:,} items of {past.units:,} {units} "
            "came in."
        )
        st.markdown(f"{came} {_needed(past, plan)}")
        if past.without_unit:
            st.markdown(
                f":orange[:material/warning:] {past.without_unit:,} of these items name no "
                f"{plan.unit.value}: each would be a unit of its own."
            )


def _needed(past: PastTraffic, plan: ExperimentPlan) -> str:
    effect = f"{plan.minimal_effect * scale_of(plan.primary):g} {unit_word(plan.primary)}"
    if plan.mode is ExperimentMode.SHADOW:
        return (
            "In shadow every item answers for both sides, so it takes far less than a split; how "
            "long depends on how often the verdicts differ, which the lab’s preview shows."
        )
    days, units = past.days_needed(plan), past.units_needed(plan)
    if days is None or units is None:
        why = (
            "too few of the randomly drawn items are decided"
            if plan.primary.is_asked
            else "too few of them are known"
        )
        return f"How long it takes to find {effect} cannot be said: {why}."
    return (
        f"At that pace a difference of **{effect}** is found (4 times in 5) within about "
        f"**{days:,} days**, from {units:,} {UNITS[plan.unit].lower()}, if there is one."
    )


def _start(plan: ExperimentPlan, is_named: bool) -> None:
    if not is_named:
        state.keep("experiment_problem", "Give the experiment a name first.")
        return
    workbench = state.workbench()
    try:
        started = start_experiment(workbench.space, workbench.catalogue, state.person(), plan)
    except WorkbenchError as error:
        state.keep("experiment_problem", str(error))
        return
    key = str(started.experiment_id)
    state.put(**{CHOSEN: key, "experiments_part": "Results"})
    state.to_url(NAME, key)
    st.toast(f"{plain(started.name)} runs: new items are split from now on.")
