"""The filter row that lists and exports share: a filter in, a filter out."""

from datetime import datetime, timedelta

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.status import Status

_ANY = "Any"
_AGES = {
    "Any age": None,
    "Last hour": 1,
    "Last 24 hours": 24,
    "Last 7 days": 168,
    "Last 30 days": 720,
}


def filter_bar(
    wanted: ItemFilter,
    facets: dict[str, list[str]],
    *,
    now: datetime,
    key: str,
    with_scores: bool = True,
) -> ItemFilter:
    """The filter as the person sets it; without scores their ranges stay as they are."""
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}_filters"):
        search = st.text_input(
            "Search text", wanted.search or "", key=f"{key}_search",
            placeholder="Words in the text", icon=":material/search:", width=210, max_chars=200,
        )  # fmt: skip
        status = _choice("Status", [s.value for s in Status], wanted.status, f"{key}_status")
        tenant = _choice("Tenant", facets["tenant"], wanted.tenant, f"{key}_tenant")
        language = _choice("Language", facets["language"], wanted.language, f"{key}_language")
        age = st.selectbox("Arrived", list(_AGES), key=f"{key}_age", width=132)
        # What is set inside must show from outside: a list that is short for no reason is a riddle.
        inside = sum(value is not None for value in (wanted.author, wanted.source))
        inside += len(wanted.ranges) if with_scores else 0
        name = f"More filters ({inside})" if inside else "More filters"
        with st.popover(name, icon=":material/tune:", key=f"{key}_more"):
            more = _more(wanted, facets, key, with_scores=with_scores)
    hours = _AGES[age]
    return ItemFilter.model_validate(
        {
            **wanted.model_dump(
                include={
                    "import_id",
                    "queue",
                    "created_until",
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
            "created_from": now - timedelta(hours=hours) if hours else wanted.created_from,
            **more,
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
    wanted: ItemFilter, facets: dict[str, list[str]], key: str, *, with_scores: bool
) -> dict[str, object]:
    author = st.text_input("Author", wanted.author or "", key=f"{key}_author", max_chars=200)
    source = _choice("Source", facets["source"], wanted.source, f"{key}_source")
    if not with_scores:
        kept = wanted.model_dump(include={"label", "score_min", "score_max"})
        return {"author": author.strip() or None, "source": source, **kept}
    labels = [_ANY, *(label.value for label in SCORED_LABELS)]
    label = st.selectbox(
        "Score of",
        labels,
        index=labels.index(wanted.label.value) if wanted.label else 0,
        key=f"{key}_label",
        format_func=lambda name: name if name == _ANY else Label(name).words,
    )
    if label == _ANY:
        return {"author": author.strip() or None, "source": source}
    low, high = st.slider(
        "Score range",
        0.0,
        1.0,
        (wanted.score_min or 0.0, wanted.score_max if wanted.score_max is not None else 1.0),
        0.01,
        key=f"{key}_range",
    )
    return {
        "author": author.strip() or None,
        "source": source,
        "label": label,
        "score_min": low,
        "score_max": high,
    }
