"""What A and B conclude differently, sent to people who do not see which side says what."""

import polars as pl
import streamlit as st

from core.domain.disagreement_review import DisagreementPlan
from core.domain.item_filter import ItemFilter
from core.domain.role import Permission
from core.errors import WorkbenchError
from core.usecases.disagreement_verdict import expected_precision, verdict_counts
from core.usecases.paired_history import PairedHistory
from core.usecases.review_disagreements import (
    MOST_DRAWN,
    begin_review,
    blind_queue,
    plan_review,
)
from core.usecases.send_to_queue import queues_to_fill
from dashboard import state
from dashboard.compare.compared import compared
from dashboard.compare.running_reviews import running_reviews
from dashboard.compare.sides import Chosen
from dashboard.components.words import plain

#: What nobody begins with but might: fewer than there are, enough for an interval.
_USUAL = 200
#: In the place of a queue's name, which has no such character.
_OWN_QUEUE = "+"


def show_disagreements(chosen: Chosen, wanted: ItemFilter) -> None:
    """Draws the part of the page Compare."""
    disagreements_tab(compared(chosen, wanted).paired, wanted)


def disagreements_tab(paired: PairedHistory, wanted: ItemFilter) -> None:
    """Draws what differs, the blind reviews of it with their verdict, and the plan of a new one."""
    counts = verdict_counts(paired)
    if not sum(counts.values()):
        st.info(
            f"A and B conclude the same on each of the {paired.size:,} items that both scored: "
            "there is nothing for people to settle.",
            icon=":material/balance:",
        )
        return
    running_reviews(paired)
    with st.container(border=True, key="disagree_plan"):
        st.markdown("**Have people settle it blindly**")
        st.caption(
            "Only items on which the two conclude differently tell them apart: no review is spent "
            "on the others. They come in random order, and whoever answers sees no scores, no "
            "verdict and no reason of either side."
        )
        _planner(paired, wanted)


def _planner(paired: PairedHistory, wanted: ItemFilter) -> None:
    workbench = state.workbench()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = st.number_input(
            "Items", 1, MOST_DRAWN, _USUAL, 20, key="disagree_count", width=150,
            help=f"At most {MOST_DRAWN:,} at once; more can be drawn later.",
        )  # fmt: skip
        floor = st.number_input(
            "At least of each kind", 0, 500, 1, key="disagree_floor", width=170,
            help="By default every item has the same chance. A higher floor looks closer at rare "
            "kinds; the interval takes the unequal chances into account, McNemar's test cannot.",
        )  # fmt: skip
    person = state.person()
    # Whatever changed the store is in the key: what was just sent must not be offered again.
    plan: DisagreementPlan = state.recent(
        "disagreement_plan",
        (person, wanted, paired.a, paired.b, count, floor, workbench.space.store.changes),
        lambda: plan_review(
            workbench.space, workbench.histories, workbench.catalogue, person, wanted,
            paired.a, paired.b, count=int(count), floor=int(floor),
        ),
    )  # fmt: skip
    _kinds(plan, paired)
    if not plan.open:
        st.info(
            f"None of the {plan.differ:,} disagreements is left to draw: people decided on "
            f"{plan.decided:,} of them, and the others wait in a queue or are being settled.",
            icon=":material/task_alt:",
        )
        return
    st.markdown(_expected(plan))
    if state.person().may(Permission.MANAGE_QUEUES):
        _send(plan)
    else:
        st.caption(
            ":material/lock: Sending items to review needs the right to "
            f"{Permission.MANAGE_QUEUES.words}. Ask somebody who has it."
        )


def _kinds(plan: DisagreementPlan, paired: PairedHistory) -> None:
    counts = verdict_counts(paired)
    kinds = sorted(plan.kinds, key=lambda each: -counts[each.a, each.b])
    st.dataframe(
        pl.DataFrame(
            {
                "kind": [each.words for each in kinds],
                "items": [counts[each.a, each.b] for each in kinds],
                "share": [counts[each.a, each.b] / max(1, plan.size) for each in kinds],
                "open": [each.size for each in kinds],
                "drawn": [each.drawn for each in kinds],
                "chance": [each.probability for each in kinds],
            }
        ),
        hide_index=True,
        key="disagree_kinds",
        column_config={
            "kind": st.column_config.TextColumn("Disagreement", width="large"),
            "items": st.column_config.NumberColumn("Items", format="localized"),
            "share": st.column_config.NumberColumn("Share of both", format="percent"),
            "open": st.column_config.NumberColumn(
                "Can be drawn", format="localized",
                help="No person has decided on them, and they wait in no queue.",
            ),
            "drawn": st.column_config.NumberColumn("Would be drawn", format="localized"),
            "chance": st.column_config.NumberColumn("Chance of each item", format="percent"),
        },
    )  # fmt: skip


def _expected(plan: DisagreementPlan) -> str:
    looked_at = [f"{plan.decided:,} were decided by people before"] if plan.decided else []
    looked_at += [f"{plan.waiting:,} wait for them"] if plan.waiting else []
    left = f" ({' and '.join(looked_at)})" if looked_at else ""
    said = (
        f"{plan.count:,} of {plan.open:,} items that can be drawn, of {plan.differ:,} on which A "
        f"and B differ{left}."
    )
    if plan.count >= plan.open:
        return f"{said} That is all of them: the difference in mistakes will be known exactly."
    precision = expected_precision(plan.kinds, plan.size)
    if precision is None:
        return f"{said} Too few for an interval: draw some dozens."
    once, watched = (each * 1000 for each in precision)
    return (
        f"{said} The difference in mistakes per 1,000 items will be exact to about "
        f"**± {watched:.2f}** however often one looks (± {once:.2f} for a single planned look), "
        "at worst."
    )


def _send(plan: DisagreementPlan) -> None:
    workbench, person = state.workbench(), state.person()
    queues = queues_to_fill(workbench.space, person)
    names = [_OWN_QUEUE, *queues]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input("Name", "Blind review", max_chars=80, key="disagree_title", width=220)
        queue = st.selectbox(
            "Queue", names, key="disagree_queue", width=260,
            format_func=lambda name: "A queue of its own" if name == _OWN_QUEUE else queues[name],
            help="A queue of its own takes no other items. In a queue that has others, blind items "
            "are mixed among them and marked as such.",
        )  # fmt: skip
        if st.button(
            f"Send {plan.count:,} to blind review", type="primary", key="disagree_send",
            icon=":material/visibility_off:",
        ):  # fmt: skip
            try:
                if queue == _OWN_QUEUE:
                    queue = blind_queue(workbench.space, workbench.catalogue, person)
                    queues = queues_to_fill(workbench.space, person)
                review = begin_review(
                    workbench.space, workbench.histories, workbench.catalogue, person, plan,
                    title=title, queue=queue or _OWN_QUEUE,
                )  # fmt: skip
            except WorkbenchError as error:
                st.error(plain(str(error)), icon=":material/error:")
                return
            st.toast(f"{review.planned:,} items wait in {plain(queues[review.queue])} now.")
            st.rerun()
