"""How much harm there is, how much is missed, and samples that find out more exactly."""

import polars as pl
import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.review_sample import SamplePlan
from core.domain.role import Permission
from core.usecases.draw_sample import draw_sample, list_samples, plan_sample
from core.usecases.score_quality import harm_estimate
from core.usecases.send_to_queue import queues_to_fill
from dashboard import state
from dashboard.components.estimates import in_percent, interval_of, with_interval
from dashboard.components.evidence_note import evidence_note
from dashboard.components.words import plain

_ANY = "any harm"


def show_harm(wanted: ItemFilter) -> None:
    """Draws the part."""
    _estimates(wanted)
    _planner(wanted)
    _samples()


def _estimates(wanted: ItemFilter) -> None:
    workbench = state.workbench()
    with st.spinner("Reading scores and decisions …"):
        found = harm_estimate(workbench.histories, workbench.catalogue, state.person(), wanted)
    evidence_note(found.evidence)
    if not found.prevalence.is_known:
        st.info(
            "Nobody has decided on these items yet. Plan a sample below: its answers estimate how "
            "much harm there is, with an interval.",
            icon=":material/rule:",
        )
        return
    cells = st.columns(3)
    cells[0].metric(
        "Prevalence", in_percent(found.prevalence, 2), interval_of(found.prevalence, 2),
        delta_color="off", delta_arrow="off", border=True,
        help="The share of items that people would reject.",
    )  # fmt: skip
    cells[1].metric(
        "Missed harm", in_percent(found.missed, 2), interval_of(found.missed, 2),
        delta_color="off", delta_arrow="off", border=True,
        help="Of what the live policy approves by itself: the share that people reject. Such items "
        "are reviewed by chance alone: in the random slice and in samples.",
    )  # fmt: skip
    items = found.items(found.prevalence) if found.evidence.is_weighted else None
    cells[2].metric(
        "Harmful items", f"{items[0]:,.0f}" if items else "–",
        f"{items[1]:,.0f}–{items[2]:,.0f} of {found.size:,}" if items else None,
        delta_color="off", delta_arrow="off", border=True,
        help="Prevalence times the items that the reviews stand for.",
    )  # fmt: skip
    left = found.scored - found.size
    if found.evidence.is_weighted and left > 0.01 * found.scored:
        st.caption(
            f"The estimates hold for {found.size:,} of {found.scored:,} scored items. Nothing is "
            f"known of the other {left:,}: they wait, were escalated, or came after the sample; "
            "what waits is mostly flagged, so that prevalence may be higher."
        )


def _planner(wanted: ItemFilter) -> None:
    workbench = state.workbench()
    st.markdown("**Plan a sample** of what nobody has looked at")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = st.number_input("Reviews", 20, 100_000, 400, 20, key="sample_count", width=140)
        names = [_ANY, *(label.value for label in SCORED_LABELS)]
        label = st.selectbox("Strata by the score of", names, key="sample_label", width=190)
        how = st.segmented_control(
            "Drawn", ["By score", "Simple random"], default="By score", key="sample_how",
            required=True,
        )  # fmt: skip
    plan = plan_sample(
        workbench.space, workbench.histories, workbench.catalogue, state.person(), wanted,
        count=int(count), label=None if label == _ANY else Label(label),
        by_score=how != "Simple random",
    )  # fmt: skip
    if not plan.size:
        st.info("Everything in this selection was looked at, or waits in a queue already.")
        return
    gain = (plan.simple_half_width / plan.half_width) ** 2 if plan.half_width else 1.0
    st.markdown(
        f"{plan.count:,} reviews of {plan.size:,} items. If the scores are right, "
        f"**{plan.expected:.2%}** is harmful, and the answer will be exact to about "
        f"**± {plan.half_width:.2%}** (95 %)."
        + (_gain_words(gain, plan.simple_half_width) if len(plan.strata) > 1 else "")
    )
    st.dataframe(
        pl.DataFrame(
            {
                "Scores": [f"{each.low:.3f} – {each.high:.3f}" for each in plan.strata],
                "Items": [each.size for each in plan.strata],
                "Expected harmful": [each.expected for each in plan.strata],
                "Reviews": [each.drawn for each in plan.strata],
                "Chance of each item": [each.probability for each in plan.strata],
            }
        ),
        hide_index=True,
        column_config={
            "Items": st.column_config.NumberColumn(format="localized"),
            "Expected harmful": st.column_config.NumberColumn(format="percent"),
            "Chance of each item": st.column_config.NumberColumn(format="percent"),
        },
    )
    if state.person().may(Permission.MANAGE_QUEUES):
        _draw(plan)


def _gain_words(gain: float, simple: float) -> str:
    without = f" Drawn at random without strata it would be ± {simple:.2%}: "
    if gain < 1:
        return without + "with so few reviews the least for each stratum costs more than it gains."
    return without + f"strata are worth {gain:.1f} times as many reviews."


def _draw(plan: SamplePlan) -> None:
    workbench = state.workbench()
    queues = queues_to_fill(workbench.space, state.person())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input("Name", "Sample", max_chars=80, key="sample_title", width=220)
        queue = st.selectbox(
            "Queue", list(queues), key="sample_queue", width=200, format_func=queues.__getitem__
        )
        if st.button(
            f"Draw {plan.count:,} items", type="primary", key="sample_draw",
            icon=":material/casino:",
        ):  # fmt: skip
            sample = draw_sample(
                workbench.space, workbench.histories, workbench.catalogue, state.person(), plan,
                title=title, queue=queue,
            )  # fmt: skip
            st.toast(f"{sample.plan.count:,} items wait in {plain(queues[queue])} now.")


def _samples() -> None:
    samples = list_samples(state.workbench().space, state.person())
    if not samples:
        return
    st.markdown("**Samples**")
    st.dataframe(
        pl.DataFrame(
            {
                "Name": [sample.title for sample, _, _ in samples],
                "Drawn": [sample.created_at for sample, _, _ in samples],
                "By": [sample.actor for sample, _, _ in samples],
                "About": [f"{sample.plan.size:,} items" for sample, _, _ in samples],
                "Reviewed": [f"{done:,} of {each.plan.count:,}" for each, done, _ in samples],
                "Harmful so far": [with_interval(found, 2) for _, _, found in samples],
                "Expected": [
                    f"{each.plan.expected:.2%} ± {each.plan.half_width:.2%}"
                    for each, _, _ in samples
                ],
            }
        ),
        hide_index=True,
        column_config={
            "Drawn": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", timezone="UTC")
        },
    )
