"""What one experiment says: the split, the verdict, its course, its measures."""

import polars as pl
import streamlit as st

from core.domain.experiment import Arm, ExperimentMode, Measure
from core.domain.role import Permission
from core.domain.verdict import VerdictKind
from core.experiments.sample_ratio import SampleRatio
from core.experiments.split_numbers import (
    GuardResult,
    MeasuredDifference,
    SplitNumbers,
    SplitVerdict,
)
from core.experiments.split_verdict import (
    change_words,
    interval_words,
    p_words,
    ratio_words,
    value_words,
)
from core.policies.rule_words import rule_differences
from core.usecases.read_experiment import (
    ExperimentReport,
    KnownExperiment,
    experiment_report,
    idle_words,
    kept_evidence,
)
from dashboard import state
from dashboard.charts.experiment_course import experiment_course
from dashboard.components.words import plain
from dashboard.experiments.endings import show_endings
from dashboard.experiments.listing import state_words
from dashboard.experiments.words import (
    HELP,
    KIND_COLOURS,
    KIND_WORDS,
    STATE_COLOURS,
    scale_of,
    split_words,
    unit_word,
)

_COUNTS = (
    ("Units", "units"), ("Items", "items"), ("Approved", "approved"), ("To review", "to_review"),
    ("Rejected", "rejected"), ("Decided automatically", "automated"),
    ("… looked at by people", "looked_at"), ("… and overturned", "overturned"),
    ("Decided by people", "by_people"),
)  # fmt: skip
#: The same policy decided both arms.
_COUNTS_IN_SHADOW = (("Units", "units"), ("Items", "items"), ("Decided by people", "by_people"))


def show_report(known: KnownExperiment) -> None:
    """Draws one experiment."""
    _about(known)
    idle = idle_words(known, state.workbench().catalogue)
    if idle is not None:
        st.warning(plain(idle), icon=":material/link_off:")
    report = _report(known)
    if report is None:
        st.info("No evidence was kept when it ended.", icon=":material/inventory_2:")
        return
    _verdict(report.verdict, report.numbers)
    if known.is_running and state.person().may(Permission.MANAGE_POLICIES):
        show_endings(known, report)
    if not report.numbers.units:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        _course(known, report)
    with right:
        _split(report.numbers)
    _measures(known, report.numbers)
    if known.experiment.mode is ExperimentMode.SHADOW:
        _cells(known, report.numbers)


def _about(known: KnownExperiment) -> None:
    experiment = known.experiment
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"### {plain(experiment.name)}", width="content")
        st.badge(known.state.value, color=STATE_COLOURS[known.state])  # type: ignore[arg-type]  # named colours
        st.badge(experiment.mode.value, color="gray")
    if experiment.hypothesis:
        st.markdown(plain(experiment.hypothesis))
    control, treatment = (plain(each.display_name) for each in (known.control, known.treatment))
    st.caption(
        f"Control {control}, treatment {treatment} · {plain(split_words(experiment))} · since "
        f"{known.started_at:%-d %B %Y, %H:%M} UTC, by {plain(experiment.actor)}. "
        + state_words(known)
    )
    if known.changes[-1].note:
        st.text(known.changes[-1].note)
    with st.expander("What the treatment changes"):
        changes = rule_differences(known.control.rule, known.treatment.rule)
        same = ["In nothing: this tests the split itself (A against A)."]
        st.markdown("\n".join(f"- {plain(each)}" for each in changes or same))


def _report(known: KnownExperiment) -> ExperimentReport | None:
    key = known.experiment.experiment_id
    if not known.is_running:
        later = st.toggle(
            "With what people decided since", key=f"experiment_since_{key}",
            help="Off: the evidence as it was kept when the experiment ended.",
        )  # fmt: skip
        if not later:
            return kept_evidence(known)
    person = state.person()
    with st.spinner("Counting …"):
        found: ExperimentReport = state.recent(
            "experiment_report", (key, person, known.state, known.broken),
            lambda: experiment_report(state.workbench().space, person, key),
        )  # fmt: skip
    return found


def _verdict(verdict: SplitVerdict, numbers: SplitNumbers) -> None:
    with st.container(border=True, key="experiment_verdict"):
        with st.container(horizontal=True, gap="small"):
            colour = KIND_COLOURS.get(verdict.kind, "gray")
            st.badge(KIND_WORDS[verdict.kind], color=colour)  # type: ignore[arg-type]  # named colours
            if numbers.worse_guards:
                st.badge("guard worse", color="orange", icon=":material/shield:")
            if numbers.broken is not None:
                st.badge("broken", color="orange", icon=":material/link_off:")
        st.markdown(f"### {plain(verdict.headline)}")
        for sentence in verdict.sentences:
            st.markdown(plain(sentence))


def _course(known: KnownExperiment, report: ExperimentReport) -> None:
    experiment, measure = known.experiment, known.experiment.primary
    scale = scale_of(measure)
    st.markdown(f"**{measure.words}: treatment − control**", help=HELP[measure])
    course = pl.DataFrame(
        {
            "at": [each.at for each in report.course],
            "units": [each.units for each in report.course],
            **{
                name: [
                    None if (value := getattr(each, name)) is None else value * scale
                    for each in report.course
                ]
                for name in ("difference", "low", "high")
            },
        },
        schema_overrides=dict.fromkeys(("difference", "low", "high"), pl.Float64),
    )
    if course["low"].null_count() == course.height:
        st.info(
            "Too little is known for an interval yet: it appears here as items come in.",
            icon=":material/hourglass_empty:",
        )
        return
    st.plotly_chart(
        experiment_course(
            course, axis=unit_word(measure), margin=experiment.minimal_effect * scale,
            lower_is_better=experiment.is_lower_better,
        ),
        key=f"experiment_course_{experiment.experiment_id}", config={"displayModeBar": False},
        alt=f"{measure.words}: difference over time with its always-valid interval",
    )  # fmt: skip
    st.caption(
        "The band holds the true difference at all moments together with 95 %: look as often as "
        "you like, and stop when you like. The grey strip is what does not matter."
    )


def _split(numbers: SplitNumbers) -> None:
    st.markdown("**The split**")
    if numbers.sample_ratio is not None:
        _ratio(numbers.sample_ratio)
    arms = [numbers.of(arm) for arm in Arm]
    rows = _COUNTS if numbers.mode is ExperimentMode.ENFORCED else _COUNTS_IN_SHADOW
    st.dataframe(
        pl.DataFrame(
            {
                "": [words for words, _ in rows],
                **{
                    arm.words.capitalize(): [getattr(found, name) for _, name in rows]
                    for arm, found in zip(Arm, arms, strict=True)
                },
            }
        ),
        hide_index=True,
        column_config={
            arm.words.capitalize(): st.column_config.NumberColumn(format="localized") for arm in Arm
        },
    )
    if numbers.without_unit:
        st.caption(
            f":material/info: {numbers.without_unit:,} of {numbers.items:,} items name no author "
            "or thread: each is a unit of its own."
        )


def _ratio(found: SampleRatio) -> None:
    words = plain(ratio_words(found))
    if found.is_suspect:
        st.error(f"Sample ratio: {words}", icon=":material/warning:")
    else:
        st.success(f"Sample ratio as planned: {words}", icon=":material/balance:")


def _measures(known: KnownExperiment, numbers: SplitNumbers) -> None:
    st.markdown("**Measures**")
    found = [numbers.primary, *(each.found for each in numbers.guards), *numbers.others]
    roles = [
        "primary",
        *(_guard_words(each) for each in numbers.guards),
        *("to look at" for _ in numbers.others),
    ]
    st.dataframe(
        pl.DataFrame(
            {
                "Measure": [each.measure.words for each in found],
                "Role": roles,
                "Control": [value_words(each.measure, each.control) for each in found],
                "Treatment": [value_words(each.measure, each.treatment) for each in found],
                "Difference": [change_words(each.measure, each.difference) for each in found],
                "Always valid, 95 %": [interval_words(each) for each in found],
                "p": [p_words(each.p) if each.low is not None else "–" for each in found],
                "At one look": [_fixed(each) for each in found],
                "n": [_count(each) for each in found],
            }
        ),
        hide_index=True,
        column_config={
            "Always valid, 95 %": st.column_config.TextColumn(
                help="May be watched: holds at all looks together."
            ),
            "p": st.column_config.TextColumn(help="Always valid."),
            "At one look": st.column_config.TextColumn(
                help="The usual 95 % interval: right only if this was the one planned look."
            ),
            "Measure": st.column_config.TextColumn(width=125),
            "Role": st.column_config.TextColumn(
                width=165, help="A guard must not grow by more than its limit."
            ),
            "n": st.column_config.TextColumn(
                help="What control and treatment are measured on; then what people answered of it."
            ),
        },
    )
    also = (
        " What people looked at again is no random sample: overturned counts whatever they came "
        "upon."
        if any(each.measure is Measure.OVERTURNED for each in found)
        else ""
    )
    one = known.experiment.unit.value
    st.caption(
        f"Every {one} counts as one observation, however much it wrote. Mistakes and missed harm "
        f"come from drawn items, each weighted by what it stands for.{also}"
    )


def _guard_words(found: GuardResult) -> str:
    limit = found.guard.limit
    allowed = f", up to {change_words(found.guard.measure, limit)}" if limit else ""
    return f"guard{allowed}{': worse' if found.is_worse else ''}"


def _fixed(found: MeasuredDifference) -> str:
    if found.fixed_low is None or found.fixed_high is None:
        return "–"
    low, high = (change_words(found.measure, each) for each in (found.fixed_low, found.fixed_high))
    return f"{low.removesuffix(' points')} to {high}, p {p_words(found.fixed_p)}"


def _count(found: MeasuredDifference) -> str:
    both = f"{found.control_count:,.0f} / {found.treatment_count:,.0f}"
    return f"{both} · {found.seen:,}" if found.measure.is_asked else both


def _cells(known: KnownExperiment, numbers: SplitNumbers) -> None:
    st.markdown("**Both verdicts on the same items**")
    control, treatment = known.control.display_name, known.treatment.display_name
    st.dataframe(
        pl.DataFrame(
            {
                f"{control} (control)": [was.value for was in VerdictKind],
                **{
                    f"{treatment}: {now.value}": [
                        numbers.cells.get(f"{was.value}|{now.value}", 0) for was in VerdictKind
                    ]
                    for now in VerdictKind
                },
            }
        ),
        hide_index=True, width="content",
    )  # fmt: skip
