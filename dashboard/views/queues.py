"""Queues: what lands in each, in what order, by when and for whom; said in words, with counts."""

from datetime import datetime

import polars as pl
import streamlit as st
from pydantic import ValidationError

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.review_queue import PriorityWeights, ReviewQueue
from core.domain.review_task import QueueName
from core.domain.role import Permission, Role
from core.errors import WorkbenchError
from core.usecases.manage_queues import QueueRow, forecast, in_words, list_queues, save_queue
from dashboard import state
from dashboard.components.words import plain, share, span
from dashboard.problem import in_words as faults_in_words

_NEW = "+ New queue"
_ANY = "Any"
_TERMS = {
    "harm": ("Severity", "Score times how bad the worst label is."),
    "uncertainty": ("Distance to threshold", "More for what is close to a bound of the policy."),
    "waiting": ("Age against due time", "Grows with the square of waited time over the target."),
    "reports": ("Reports", "Log of the reports that came with the item (metadata.reports)."),
    "views": ("Expected views", "Severity times the log of the audience (metadata.views)."),
}
_REVIEWING = [role for role in Role if Permission.REVIEW in role.permissions]


def show() -> None:
    """Draws the page."""
    workbench = state.workbench()
    st.header("Queues", anchor=False)
    rows = list_queues(workbench.space, state.person())
    _table(rows, workbench.space.clock.now())
    editable = [row.queue for row in rows if row.queue.name != QueueName.ESCALATION.value]
    by_name = {queue.name: queue for queue in editable}
    chosen = st.selectbox(
        "Queue to define", [_NEW, *by_name], key="queue_chosen", bind="query-params",
        format_func=lambda name: name if name == _NEW else by_name[name].title, width=320,
    )  # fmt: skip
    _builder(by_name.get(chosen or _NEW), len(editable))


def _table(rows: list[QueueRow], now: datetime) -> None:
    st.dataframe(
        pl.DataFrame(
            {
                "queue": [row.queue.title for row in rows],
                "takes": [_summary(row) for row in rows],
                "waiting": [row.waiting for row in rows],
                "overdue": [row.overdue for row in rows],
                "oldest": [span(now - row.oldest) if row.oldest else "–" for row in rows],
                "late": [
                    f"{share(row.late, row.decided)} of {row.decided:,}" if row.decided else "–"
                    for row in rows
                ],
                "state": ["open" if row.queue.is_active else "closed" for row in rows],
            }
        ),
        hide_index=True,
        column_config={
            "queue": "Queue",
            "takes": st.column_config.TextColumn("What and who", width="large"),
            "waiting": st.column_config.NumberColumn("Waiting", format="localized"),
            "overdue": st.column_config.NumberColumn("Past due", format="localized"),
            "oldest": "Oldest waits",
            "late": st.column_config.TextColumn(
                "Decided late", help="Of the decisions of the last 30 days, those past due."
            ),
            "state": "State",
        },
    )


def _summary(row: QueueRow) -> str:
    if row.queue.name == QueueName.ESCALATION.value:
        return "What reviewers escalate. Seniors and admins work on it. Due within 4 hours."
    return in_words(row.queue)


def _builder(known: ReviewQueue | None, place: int) -> None:
    linked = _from_link()
    # Another link must not meet what the widgets of the one before hold.
    key = known.name if known else f"new{hash(linked.model_dump_json())}"
    base = known or ReviewQueue(name="new", title="New queue", position=place * 10, filter=linked)
    is_default = base.name == QueueName.REVIEW.value
    words = st.container(border=True, key="queue_words")
    left, right = st.columns([3, 2], gap="large")
    with left:
        title = st.text_input("Name", known.title if known else "", max_chars=80, key=f"t_{key}")
        wanted = ItemFilter() if is_default else _filter(base.filter, key)
        st.markdown("**Order: what comes first**")
        weights = _weights(base.weights, key)
    with right:
        random_share = st.slider(
            "Random slice", 0, 50, round(base.random_share * 100), format="%d %%", key=f"r_{key}",
            help="Share of the matching items that the policy did not flag. Without a random "
            "slice neither recall nor prevalence can be measured.",
        )  # fmt: skip
        hours = st.number_input(
            "Due within hours", 0.5, 1440.0, base.target_hours, 0.5, key=f"h_{key}"
        )
        roles = st.multiselect(
            "Roles that work on it", _REVIEWING, list(base.roles), key=f"ro_{key}",
            format_func=lambda role: role.words, placeholder="Everybody who reviews",
        )  # fmt: skip
        people = st.multiselect(
            "Reviewers that work on it", state.account_names(base.reviewers),
            list(base.reviewers), key=f"p_{key}", placeholder="Nobody in particular",
        )  # fmt: skip
        position = st.number_input(
            "Place", 0, 1_000_000, base.position, key=f"pl_{key}", disabled=is_default,
            help="Queues are tried from the smallest place on; an item lands in the first that "
            "takes it.",
        )  # fmt: skip
        is_active = st.toggle("Open", value=base.is_active, key=f"a_{key}", disabled=is_default)
    try:
        queue = ReviewQueue(
            name=base.name if known else _slug(title), title=title.strip(), filter=wanted,
            weights=weights, random_share=random_share / 100, target_hours=hours,
            roles=tuple(roles), reviewers=tuple(people), position=int(position),
            is_active=is_active, is_by_hand=base.is_by_hand,
        )  # fmt: skip
    except ValidationError as error:
        has_name = bool(_slug(title))
        words.text(
            faults_in_words(error)
            if has_name
            else "Give the queue a name, with letters or digits in it."
        )
        return
    with words:
        _preview(queue)
        _save(queue, is_new=known is None, is_default=is_default)


def _from_link() -> ItemFilter:
    """What a link from another page selects, as far as queues can: items that are yet to come."""
    wanted, _ = state.filter_from_url()
    lasting = {"label", "score_min", "score_max", "also_label", "also_min", "also_max", "language",
               "tenant", "author", "source", "search"}  # fmt: skip
    return ItemFilter.model_validate(wanted.model_dump(include=lasting))


def _filter(wanted: ItemFilter, key: str) -> ItemFilter:
    facets = state.facets()
    st.markdown("**What lands here**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tenant = _choice("Tenant", facets["tenant"], wanted.tenant, f"ft_{key}")
        language = _choice("Language", facets["language"], wanted.language, f"fl_{key}")
        source = _choice("Source", facets["source"], wanted.source, f"fs_{key}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        labels = [_ANY, *(label.value for label in SCORED_LABELS)]
        label = st.selectbox(
            "Score of", labels, labels.index(wanted.label.value) if wanted.label else 0,
            key=f"fb_{key}", width=165,
            format_func=lambda name: name if name == _ANY else Label(name).words,
        )  # fmt: skip
        low, high = st.slider(
            "Score range", 0.0, 1.0,
            (wanted.score_min or 0.0, 1.0 if wanted.score_max is None else wanted.score_max),
            0.01, key=f"fr_{key}", disabled=label == _ANY,
        )  # fmt: skip
    search = st.text_input("Words in the text", wanted.search or "", key=f"fw_{key}", max_chars=200)
    has_label = label != _ANY
    return ItemFilter(
        tenant=tenant, language=language, source=source,
        label=Label(label) if has_label else None,
        score_min=low if has_label and low > 0 else None,
        score_max=high if has_label and high < 1 else None,
        search=search.strip() or None,
        # What a link brought and no widget here shows; the words above name it.
        author=wanted.author, also_label=wanted.also_label, also_min=wanted.also_min,
        also_max=wanted.also_max,
    )  # fmt: skip


def _choice(name: str, options: list[str], chosen: str | None, key: str) -> str | None:
    names = [_ANY, *sorted({*options, *([chosen] if chosen else [])})]
    picked = st.selectbox(name, names, names.index(chosen) if chosen else 0, key=key, width=165)
    return None if picked == _ANY else picked


def _weights(weights: PriorityWeights, key: str) -> PriorityWeights:
    values: dict[str, float] = {}
    with st.container(horizontal=True):
        for name, (words, help_text) in _TERMS.items():
            values[name] = st.number_input(
                words, 0.0, 5.0, getattr(weights, name), 0.1, key=f"w_{name}_{key}",
                help=help_text, width=165,
            )  # fmt: skip
    return PriorityWeights(**values)


def _preview(queue: ReviewQueue) -> None:
    workbench = state.workbench()
    found = forecast(workbench.space, workbench.catalogue, state.person(), queue.filter)
    drawn = found.others * queue.random_share
    st.text(in_words(queue))
    st.caption(
        f"Of the last {found.days:.0f} days' arrivals it would have taken "
        f"{found.flagged:,} flagged items and about {drawn:,.0f} of {found.others:,} others: "
        f"{(found.flagged + drawn) / found.days:,.1f} a day. An earlier queue that takes an "
        "item first lessens this."
    )


def _save(queue: ReviewQueue, *, is_new: bool, is_default: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Save", type="primary", icon=":material/save:", key="queue_save")
        move = not is_default and st.toggle(
            "Also move what waits in Review and fits", value=is_new, key=f"move_{queue.name}"
        )
    if not pressed:
        return
    workbench = state.workbench()
    try:
        moved = save_queue(
            workbench.space, workbench.catalogue, state.person(), queue, move=bool(move)
        )
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.toast(f"{plain(queue.title)} is saved; {moved:,} waiting items moved there.")
    st.rerun()


def _slug(title: str) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in title.lower()).split()
    return "-".join(words)[:60]


show()
