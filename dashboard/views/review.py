"""Review: one item after the other by keyboard, or a list with bulk decisions."""

import streamlit as st

from core.domain.review_task import QueueName
from core.usecases.claim_tasks import WorkRequest
from dashboard import state
from dashboard.review.focus_mode import HOLD, queue_words, show_focus
from dashboard.review.list_mode import show_list


def show() -> None:
    """Draws the page."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.header("Review", anchor=False, width="content")
            queue = st.segmented_control(
                "Queue", [name.value for name in QueueName], default=QueueName.REVIEW.value,
                format_func=queue_words, key="queue", required=True, bind="query-params",
                label_visibility="collapsed", width="content",
            )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            mode = st.segmented_control(
                "Mode", ["Focus", "List"], default="Focus", key="mode", required=True,
                bind="query-params", label_visibility="collapsed", width="content",
            )  # fmt: skip
            work = _narrowed(queue or QueueName.REVIEW.value) if mode == "Focus" else None
    if work is None:
        show_list(queue or QueueName.REVIEW.value)
    else:
        state.work_changed(work)
        show_focus(work)


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
