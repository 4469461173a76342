"""The filter row that lists and exports share: a filter in, a filter out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.status import Status
from dashboard import state

_ANY = "Any"
_AGES = {
    "Any age": None,
    "Last hour": 1,
    "Last 24 hours": 24,
    "Last 7 days": 168,
    "Last 30 days": 720,
}


def page_filter(
    key: str,
    *,
    kept: Callable[[ItemFilter], ItemFilter] | None = None,
    with_scores: bool = True,
    with_period: bool = True,
) -> ItemFilter:
    """The filter in the address, as the person changes it here; what was not understood is said.

    `kept` leaves out what the address says and the page does not show.
    """
    wanted, problem = state.filter_from_url()
    if problem:
        st.warning(problem, icon=":material/link_off:")
    return filter_bar(
        kept(wanted) if kept else wanted, state.facets(),
        now=state.workbench().space.clock.now(), key=key,
        with_scores=with_scores, with_period=with_period,
    )  # fmt: skip


def filter_bar(
    wanted: ItemFilter,
    facets: dict[str, list[str]],
    *,
    now: datetime,
    key: str,
    with_scores: bool = True,
    with_period: bool = True,
) -> ItemFilter:
    """The filter as the person sets it; without scores their ranges stay as they are.

    Without a period none is asked for or kept: the page has periods of its own.
    """
    if not with_period:
        wanted = wanted.model_copy(update={"created_from": None, "created_until": None})
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}_filters"):
        search = st.text_input(
            "Search text", wanted.search or "", key=f"{key}_search",
            placeholder="Words in the text", icon=":material/search:", width=210, max_chars=200,
        )  # fmt: skip
        status = _choice("Status", [s.value for s in Status], wanted.status, f"{key}_status")
        tenant = _choice("Tenant", facets["tenant"], wanted.tenant, f"{key}_tenant")
        language = _choice("Language", facets["language"], wanted.language, f"{key}_language")
        age = "Any age"
        if with_period:
            age = st.selectbox(
                "Arrived", list(_AGES), key=f"{key}_age", width=132, on_change=_forget_period
            )
        # What is set inside must show from outside: a list that is short for no reason is a riddle.
        period = None if _AGES[age] else wanted.created_from or wanted.created_until
        inside = sum(each is not None for each in (wanted.author, wanted.source, period))
        inside += len(wanted.ranges) if with_scores else 0
        name = f"More filters ({inside})" if inside else "More filters"
        with st.popover(name, icon=":material/tune:", key=f"{key}_more"):
            more = _more(
                wanted, facets, key, with_scores=with_scores,
                is_recent=_AGES[age] is not None if with_period else None,
            )  # fmt: skip
    hours = _AGES[age]
    recent = now.replace(second=0, microsecond=0) - timedelta(hours=hours) if hours else None
    return ItemFilter.model_validate(
        {
            **wanted.model_dump(
                include={
                    "import_id",
                    "queue",
                    "model",
                    "also_label",
                    "also_min",
                    "also_max",
                }
            ),
            "search": search.strip() or None,
            "status": status,
            "tenant": tenant,
            "language": language,
            **more,
            # By the minute, so that a filter stays the same while somebody works with it.
            **({"created_from": recent, "created_until": None} if recent else {}),
        }
    )


def _choice(name: str, options: list[str], chosen: str | None, key: str) -> str | None:
    names = [_ANY, *options]
    if chosen is not None and chosen not in names:
        names.append(chosen)
    picked = st.selectbox(
        name, names, index=names.index(chosen) if chosen else 0, key=key, width=132
    )
    return None if picked == _ANY else picked


def _more(
    wanted: ItemFilter,
    facets: dict[str, list[str]],
    key: str,
    *,
    with_scores: bool,
    is_recent: bool | None,
) -> dict[str, object]:
    author = st.text_input("Author", wanted.author or "", key=f"{key}_author", max_chars=200)
    source = _choice("Source", facets["source"], wanted.source, f"{key}_source")
    basics: dict[str, object] = {
        "author": author.strip() or None, "source": source,
        **(_period(wanted, f"{key}_period", disabled=is_recent) if is_recent is not None else {}),
    }  # fmt: skip
    if not with_scores:
        return basics | wanted.model_dump(include={"label", "score_min", "score_max"})
    labels = [_ANY, *(label.value for label in SCORED_LABELS)]
    label = st.selectbox(
        "Score of",
        labels,
        index=labels.index(wanted.label.value) if wanted.label else 0,
        key=f"{key}_label",
        format_func=lambda name: name if name == _ANY else Label(name).words,
    )
    if label == _ANY:
        return basics
    low, high = st.slider(
        "Score range",
        0.0,
        1.0,
        (wanted.score_min or 0.0, wanted.score_max if wanted.score_max is not None else 1.0),
        0.01,
        key=f"{key}_range",
    )
    return basics | {"label": label, "score_min": low, "score_max": high}


def _forget_period() -> None:
    """Another choice of age: what the one before wrote into the address does not hold any more."""
    for name in ("created_from", "created_until"):
        state.to_url(name, None)


def _period(wanted: ItemFilter, key: str, *, disabled: bool) -> dict[str, datetime | None]:
    """Days of arrival, both included; one day alone means from then on."""
    known = [each.date() for each in (wanted.created_from,) if each and not disabled]
    if known and wanted.created_until is not None:
        known.append((wanted.created_until - timedelta(microseconds=1)).date())
    chosen = st.date_input(
        "Arrived on these days", tuple(known), key=key, disabled=disabled,  # type: ignore[arg-type]  # a range may be empty
        help="First and last day (UTC). “Arrived” in the row above goes before it.",
    )  # fmt: skip
    days = list(chosen) if isinstance(chosen, tuple) else [chosen]
    if known and days == known:
        # As it came with a link, to the second: days would be more than what was counted there.
        return wanted.model_dump(include={"created_from", "created_until"})
    times = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days if day]
    return {
        "created_from": times[0] if times else None,
        "created_until": times[1] + timedelta(days=1) if len(times) > 1 else None,
    }
