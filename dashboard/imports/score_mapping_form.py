"""The editable mapping of an outside model's labels to ours."""

from collections.abc import Sequence
from hashlib import sha256

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain.label import SCORED_LABELS
from core.domain.outside_labels import Fate, Target, suggested
from core.domain.score_mapping import ScoreColumns
from dashboard.components.words import plain

_NONE = "–"
_ROLES = {
    "external_id": "Item id",
    "tenant_id": "Tenant",
    "label": "Label",
    "score": "Score",
}
_OPTIONS: list[Target] = [*SCORED_LABELS, *Fate]


def columns_form(names: Sequence[str], guess: ScoreColumns | None) -> dict[str, str]:
    """Which column is what; empty: there is none."""
    chosen = {}
    cells: Sequence[DeltaGenerator] = st.columns(len(_ROLES))
    known: dict[str, str | None] = guess.model_dump() if guess is not None else {}
    options = [_NONE, *names]
    for cell, (role, words) in zip(cells, _ROLES.items(), strict=True):
        found = known.get(role) or _NONE
        with cell:
            picked = st.selectbox(
                words, options, options.index(found),
                key=f"scores_{role}_{_mark(names)}", help=_HELP.get(role),
            )  # fmt: skip
        chosen[role] = "" if picked == _NONE else picked
    return chosen


_HELP = {
    "external_id": "What was external_id when the items were imported.",
    "label": "Only in files with one row per item and label.",
    "score": "Only in files with one row per item and label.",
}


def labels_form(labels: Sequence[str]) -> dict[str, Target]:
    """What each label of the file becomes."""
    if not labels:
        return {}
    st.markdown("**What its labels become**")
    guess = suggested(list(labels))
    chosen: dict[str, Target] = {}
    cells: Sequence[DeltaGenerator] = st.columns(4)
    for place, name in enumerate(labels):
        with cells[place % 4]:
            # The name is from a file: the label of a widget is Markdown, and its key must be plain.
            chosen[name] = st.selectbox(
                plain(name), _OPTIONS, _OPTIONS.index(guess[name]), format_func=_words,
                key=f"scores_map_{_mark([name])}",
            )  # fmt: skip
    return chosen


def _words(target: Target) -> str:
    return target.words


def _mark(names: Sequence[str]) -> str:
    return sha256("\x1f".join(names).encode()).hexdigest()[:12]
