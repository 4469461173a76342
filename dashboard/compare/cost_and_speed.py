"""What mistakes and reviews cost on both sides, and how fast both models are."""

import streamlit as st

from core.domain.model_version import ModelVersion
from core.errors import WorkbenchError
from core.usecases.compared_quality import Costs, expected_cost
from core.usecases.judge_comparison import Judged
from dashboard import state
from dashboard.compare.sides import Chosen
from dashboard.compare.signed import signed
from dashboard.components.words import plain

_INPUTS = (
    ("Harm left up", "missed", 1.0, "What one harmful item costs that stays."),
    ("Wrong removal", "removed", 1.0, "What one harmless item costs that is removed."),
    ("One review", "review", 0.1, "In the same unit as the two mistakes."),
)


def show_cost(judged: Judged) -> None:
    """Draws the costs, editable, and what they come to."""
    usual = Costs()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        costs = Costs(
            **{
                name: st.number_input(
                    words, 0.0, 1e6, getattr(usual, name), step, key=f"compare_cost_{name}",
                    width=125, help=meaning, persist_state="session",
                )
                for words, name, step, meaning in _INPUTS
            }
        )  # fmt: skip
    found = expected_cost(judged.comparison, judged.reviews, costs)
    if found.a is None or found.b is None or found.difference is None:
        return
    low, high = found.interval.low * 1000, found.interval.high * 1000
    where = "" if judged.reviews.evidence.is_weighted else " on the reviewed items only,"
    sure = (
        "which side costs less is not clear"
        if low <= 0 <= high
        else f"{'B' if found.difference < 0 else 'A'} costs less"
    )
    st.markdown(
        f"**Cost per 1,000 items**{where} A **{found.a * 1000:,.0f}**, B "
        f"**{found.b * 1000:,.0f}**: {signed(found.difference * 1000, 0)} "
        f"({signed(low, 0)} to {signed(high, 0)}), {sure}."
    )


def show_speed(chosen: Chosen) -> None:
    """Draws texts a second of both models, measured on request: it takes seconds of a core."""
    names = {model.name: model for model in (chosen.model_a, chosen.model_b)}
    known: dict[str, float | str] = state.kept("compare_speeds", {})
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Measure speed", icon=":material/speed:", key="compare_speed", type="tertiary",
            help="Scores some hundred short posts with each model, here and now.",
        )  # fmt: skip
        if pressed:
            with st.spinner("Scoring …", show_time=True):
                known = {**known, **{name: _measured(model) for name, model in names.items()}}
            state.keep("compare_speeds", known)
        if not all(name in known for name in names):
            st.caption("How many texts a second each model scores here.", width="content")
            return
        st.markdown(_speeds(chosen, known), width="content")


def _measured(model: ModelVersion) -> float | str:
    try:
        return state.workbench().speed(model.name)
    except WorkbenchError as error:
        return str(error)


def _speeds(chosen: Chosen, known: dict[str, float | str]) -> str:
    sides = {"A": chosen.model_a, "B": chosen.model_b}
    parts, speeds = [], []
    for side, model in sides.items():
        found = known[model.name]
        if isinstance(found, str):
            parts.append(f"{side}: {plain(model.display_name)} cannot be run here")
        else:
            speeds.append(found)
            parts.append(f"{side}: **{found:,.0f}** texts a second")
    words = " · ".join(parts)
    if len(speeds) == len(sides) and chosen.model_a.name != chosen.model_b.name:
        ratio = max(speeds) / min(speeds)
        faster = "B" if speeds[1] > speeds[0] else "A"
        words += f" · {faster} is {ratio:,.1f} times as fast"
    return words
