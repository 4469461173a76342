"""Review: one item after the other by keyboard, or a list with bulk decisions."""

import streamlit as st

from core.domain.review_queue import ReviewQueue
from core.domain.review_task import QueueName
from core.domain.role import Permission
from core.usecases.claim_tasks import WorkRequest
from core.usecases.manage_queues import queues_for
from dashboard import state
from dashboard.components.words import plain
from dashboard.review.focus_mode import HOLD, show_focus
from dashboard.review.list_mode import show_list

#: More queues than this are chosen from a list.
_SIDE_BY_SIDE = 5


def show() -> None:
    """Draws the page."""
    person = state.person()
    queues = {queue.name: queue for queue in queues_for(state.workbench().space, person)}
    if not queues:
        st.header("Review", anchor=False)
        st.info("No queue is given to you yet. Ask whoever manages the queues.")
        return
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.header("Review", anchor=False, width="content")
            queue = _chosen(queues)
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            mode = "Focus"
            if person.may(Permission.DECIDE_IN_BULK):
                mode = st.segmented_control(
                    "Mode", ["Focus", "List"], default="Focus", key="mode", required=True,
                    bind="query-params", label_visibility="collapsed", width="content",
                ) or "Focus"  # fmt: skip
            work = _narrowed(queue) if mode == "Focus" else None
    if work is None:
        show_list(queue)
    else:
        state.work_changed(work)
        show_focus(work)


def _chosen(queues: dict[str, ReviewQueue]) -> str:
    """The queue to work on: side by side while they are few, in a list when they are many."""
    names = list(queues)
    first = QueueName.REVIEW.value if QueueName.REVIEW.value in queues else names[0]
    if len(names) <= _SIDE_BY_SIDE:
        return st.segmented_control(
            "Queue", names, default=first, format_func=lambda name: plain(queues[name].title),
            key="queue", required=True, bind="query-params", label_visibility="collapsed",
            width="content",
        ) or first  # fmt: skip
    return st.selectbox(
        "Queue", names, index=names.index(first),
        format_func=lambda name: plain(queues[name].title),
        key="queue", bind="query-params", label_visibility="collapsed", width=260,
    ) or first  # fmt: skip


def _narrowed(queue: str) -> WorkRequest:
    """The queue, narrowed to a tenant or language if one likes."""
    facets = state.facets()
    with st.popover("Narrow", icon=":material/filter_list:"):
        tenant = st.selectbox(
            "Tenant", facets["tenant"], index=None, key="focus_tenant", placeholder="All tenants"
        )
        language = st.selectbox(
            "Language", facets["language"], index=None, key="focus_language",
            placeholder="All languages",
        )  # fmt: skip
    return WorkRequest(queue=queue, tenant=tenant, language=language, hold=HOLD)


show()
