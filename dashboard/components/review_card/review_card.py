"""The review card: an optimistic component that owns the keyboard and paints the next item."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboard.components.review_card.card_batch import (
    CardBatch,
    CardDecision,
    DecisionKind,
    MalformedDecision,
    parse_batch,
)
from dashboard.components.review_card.card_data import (
    AuthorHistory,
    CardData,
    CardItem,
    CardPrefs,
    Choice,
    PriorityTerm,
    RecentItem,
    ReturnedDecision,
    ScoreLine,
    Segment,
)

__all__ = [
    "AuthorHistory",
    "CardBatch",
    "CardData",
    "CardDecision",
    "CardItem",
    "CardPrefs",
    "Choice",
    "DecisionKind",
    "MalformedDecision",
    "PriorityTerm",
    "RecentItem",
    "ReturnedDecision",
    "ScoreLine",
    "Segment",
    "parse_batch",
    "review_card",
]

_HERE = Path(__file__).parent
#: Joined in this order into one module: plain definitions first, the default export last.
_SCRIPTS = (
    "text.js",
    "stopwatch.js",
    "outbox.js",
    "buffer.js",
    "wishes.js",
    "reading.js",
    "facts.js",
    "chrome.js",
    "keyboard.js",
    "pointer.js",
    "card.js",
    "screen.js",
    "mount.js",
)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


CARD_SCRIPT = "\n".join(_read(name) for name in _SCRIPTS)

_mount = st.components.v2.component(
    "review_card",
    html=_read("card.html"),
    css=_read("card.css"),
    js=CARD_SCRIPT,
    isolate_styles=True,
)


def review_card(
    *, key: str, data: CardData, on_batch: Callable[[], None], keep_under: str | None = None
) -> object:
    """The raw batch of this run or None; `on_batch` reads it from the state of `key` first.

    The tab keeps unsaved decisions under `keep_under` (`key` by default): it must name the
    reviewer, and should not name the queue, so that a change of queue still sends them.
    """
    result = _mount(key=key, data=data.to_wire(keep_under or key), on_batch_change=on_batch)
    return result.batch
