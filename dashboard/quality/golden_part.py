"""How often people give the answer that is settled as right."""

import polars as pl
import streamlit as st

from core.domain.golden_item import GoldenItem
from core.domain.label import Label
from core.domain.role import Permission
from core.errors import WorkbenchError
from core.usecases.golden_items import (
    GoldenReport,
    PersonOnGoldens,
    find_item,
    read_goldens,
    retire_golden,
)
from core.usecases.measure_quality import ReviewerQuality
from dashboard import state
from dashboard.components.md_escape import md_escape
from dashboard.components.words import excerpt
from dashboard.quality.golden_form import golden_form

_TARGETS = (70, 80, 90, 95)
_USUAL = 90


def show_golden(found: ReviewerQuality) -> None:
    """Draws the part; says how to begin where nothing is settled."""
    workbench, person = state.workbench(), state.person()
    report = read_goldens(workbench.space, workbench.catalogue, person, found.scope)
    st.caption(
        "Items whose right answer somebody senior has settled. Nobody is told which they are, and "
        "nothing is put into a queue for them: each person's first answer counts, given before or "
        "after, and never that of whoever settled it. Items that were settled because people "
        "differed on them are harder than usual."
    )
    if not report.items:
        st.info(
            "No item is golden yet. Settle the right answer of some below, or on the part Two "
            "reviewers where two people differ; items that several people answered say most.",
            icon=":material/verified:",
        )
    else:
        _people(report)
        _items(report)
    _add()


def _people(report: GoldenReport) -> None:
    target = st.segmented_control(
        "Target", _TARGETS, default=_USUAL, key="target", required=True, bind="query-params",
        format_func=lambda each: f"{each} %", width="content",
        help="Somebody is pointed out only when even the upper end of the exact interval of their "
        "share is below it.",
    )  # fmt: skip
    people = report.people((target or _USUAL) / 100)
    if not people:
        st.info(
            "Nobody else answered these items in this period. Choose a longer one, or settle items "
            "that several people decided.",
            icon=":material/hourglass_empty:",
        )
        return
    for each in people:
        if each.is_below_target:
            st.warning(
                f"{md_escape(each.name)}: right on {each.score.right:,} of "
                f"{each.score.answered:,}, so below {each.score.target:.0%} beyond chance. Look at "
                "the items together before concluding anything.",
                icon=":material/trending_down:",
            )
    config = st.column_config
    st.dataframe(
        pl.DataFrame([_row(each) for each in people], infer_schema_length=None),
        hide_index=True, key="golden_people", height=min(400, 35 * (len(people) + 1) + 3),
        column_config={
            "name": config.TextColumn("Reviewer"),
            "accuracy": config.TextColumn(
                "Golden accuracy", help="(right + 1) / (answered + 2); the interval is Wilson's of "
                "the share that was right.",
            ),
            "right": config.TextColumn("Right"),
            "cited": config.TextColumn(
                "With a right reason", help="Of the items rejected rightly."
            ),
        },
    )  # fmt: skip


def _row(person: PersonOnGoldens) -> dict[str, object]:
    score = person.score
    ends = f"{100 * score.interval.low:.0f}–{100 * score.interval.high:.0f}"
    return {
        "name": person.name,
        "accuracy": f"{100 * score.accuracy:.0f} % ({ends}, n = {score.answered:,})",
        "right": f"{score.right:,} of {score.answered:,}",
        "cited": f"{person.cited_rightly:,} of {person.rejected_rightly:,}"
        if person.rejected_rightly
        else "–",
    }


def _items(report: GoldenReport) -> None:
    stale = [each for each in report.items if report.is_stale(each)]
    if stale:
        st.warning(
            f"{len(stale):,} of {len(report.items):,} golden items were settled under another "
            "policy than the one that is live. What was right may be wrong now: look at them, and "
            "settle them again or take them out.",
            icon=":material/policy:",
        )
    known = {row["item_id"]: row for row in report.texts.iter_rows(named=True)}
    shown = [each for each in report.items if each.item_id in known]
    rows = [_item_row(report, each, known[each.item_id]) for each in shown]
    config = st.column_config
    event = st.dataframe(
        pl.DataFrame(rows, infer_schema_length=None), hide_index=True,
        # Selections are row numbers: another list must start unselected.
        key=f"golden_items_{hash(tuple(each.golden_id for each in shown))}",
        on_select="rerun", selection_mode="single-row",
        height=min(330, 35 * (len(rows) + 1) + 3),
        column_config={
            "answer": config.TextColumn("Right answer"),
            "text": config.TextColumn("Text", width="large"),
            "right": config.TextColumn("Answered rightly"),
            "stale": config.CheckboxColumn("Older policy"),
            "by": config.TextColumn("Settled by"),
            "id": config.TextColumn("Id"),
        },
    )  # fmt: skip
    picked = event["selection"]["rows"]
    if picked and picked[0] < len(shown):
        _picked(shown[picked[0]], str(known[shown[picked[0]].item_id]["body"]))


def _item_row(report: GoldenReport, mark: GoldenItem, text: dict[str, object]) -> dict[str, object]:
    right, answered = report.of_item(mark.item_id)
    reasons = ", ".join(Label(each).words for each in mark.answer.reasons)
    return {
        "answer": f"{mark.answer.outcome.value}{f': {reasons}' if reasons else ''}",
        "text": excerpt(str(text["body"])),
        "right": f"{right:,} of {answered:,}" if answered else "nobody answered yet",
        "stale": report.is_stale(mark),
        "by": mark.actor,
        "id": text["external_id"],
    }


def _picked(mark: GoldenItem, body: str) -> None:
    st.text(body)
    if not state.person().may(Permission.REVIEW_ESCALATIONS):
        return
    if st.button("Take it out", icon=":material/delete:", key=f"retire_{mark.golden_id}"):
        try:
            retire_golden(state.workbench().space, state.person(), mark.item_id)
        except WorkbenchError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.rerun()
    golden_form(mark.item_id, key="again")


def _add() -> None:
    if not state.person().may(Permission.REVIEW_ESCALATIONS):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(
            "Settle the item with this id", key="golden_id", max_chars=200, width=280,
            placeholder="The platform's own id", icon=":material/search:",
        )  # fmt: skip
        tenant = None
        if len(state.facets()["tenant"]) > 1:
            chosen = st.selectbox("of tenant", ["All", *state.facets()["tenant"]], width=200)
            tenant = None if chosen == "All" else chosen
    if not wanted.strip():
        return
    found = find_item(state.workbench().space, state.person(), wanted, tenant)
    if found.height != 1:
        st.warning(
            "There is no item with this id. Look it up on Review, list mode, or in an export."
            if found.is_empty()
            else "Several tenants have an item with this id: choose the tenant.",
            icon=":material/search_off:",
        )
        return
    st.text(str(found["body"][0]))
    golden_form(int(found["item_id"][0]), key="new")
