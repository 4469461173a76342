"""Trying models on stored items: a filter, how many, and how they are drawn."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.errors import WorkbenchError
from core.usecases.choose_trial_items import choose_trial_items
from core.usecases.list_items import count_items
from core.usecases.trial_run import MOST_ITEMS
from core.usecases.trial_sample import SampleKind
from dashboard import state
from dashboard.components.filter_bar import page_filter
from dashboard.rescore.choices import Choices, caution, choices
from dashboard.rescore.start import say_problem, start_trial

_KINDS = {
    "At random": SampleKind.RANDOM,
    "Evenly over scores": SampleKind.BY_SCORE,
    "Evenly over verdicts": SampleKind.BY_VERDICT,
}
_DRAW = "draw"
_FIRST_COUNT = 200


def show_sample_part() -> None:
    """Draws the part above the results."""
    workbench, person = state.workbench(), state.person()
    wanted = page_filter("rescore")
    state.filter_to_url(wanted)
    selected = state.recent(
        "rescore_count", wanted.model_dump_json(),
        lambda: count_items(workbench.space, workbench.catalogue, wanted, person=person),
    )  # fmt: skip
    if not selected:
        _nothing(wanted)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="try_choices"):
        chosen = choices()
        name = st.selectbox(
            "Sample", list(_KINDS), key="try_sample", bind="query-params", width=180,
            help="Evenly: the same number from each range of the highest harm's score, or from "
            "each verdict of the live policy, so that rare ones are seen; shares weigh them back.",
        )  # fmt: skip
        count = st.number_input(
            "Items", 1, MOST_ITEMS, _FIRST_COUNT, 50, key="try_count", bind="query-params",
            width=120, help=f"At most {MOST_ITEMS:,}. Nothing is stored unless you keep it.",
        )  # fmt: skip
        draw = _draw()
        st.button(
            f"Try on {min(count, selected):,} of {selected:,}", type="primary",
            icon=":material/play_arrow:", key="try_start", disabled=not chosen.models,
            on_click=_start, args=(chosen, wanted, _KINDS[name], int(count), draw),
        )  # fmt: skip
        st.button(
            "", icon=":material/shuffle:", key="try_redraw",
            on_click=_start, args=(chosen, wanted, _KINDS[name], int(count), draw + 1),
            disabled=not chosen.models or count >= selected,
            help="Try other items: the same filter gives the same sample until you draw anew.",
        )  # fmt: skip
    caution(chosen)


def _nothing(wanted: ItemFilter) -> None:
    if wanted.is_empty:
        st.info(
            "There are no items yet. Import some, or try models on texts of your own.",
            icon=":material/upload:",
        )
    else:
        st.info("No item matches the filter above. Widen it.", icon=":material/filter_alt_off:")


def _draw() -> int:
    linked = state.from_url(_DRAW)
    return int(linked) if linked and linked.isdecimal() and len(linked) < 7 else 0


def _start(chosen: Choices, wanted: ItemFilter, kind: SampleKind, count: int, draw: int) -> None:
    workbench = state.workbench()
    state.to_url(_DRAW, str(draw) if draw else None)
    try:
        items = choose_trial_items(
            workbench.space, workbench.histories, workbench.catalogue, state.person(), wanted,
            kind=kind, count=count, draw=draw,
        )  # fmt: skip
    except WorkbenchError as error:
        say_problem(str(error))
        return
    drawn = f"{items.ids.size:,} of {items.size:,} items"
    start_trial(chosen, items, drawn if not items.is_everything else f"{items.size:,} items")
