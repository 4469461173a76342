"""Two labels against each other; a box chooses the items in both ranges."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.usecases.score_distribution import score_density as counted_density
from core.usecases.score_distribution import without_range
from dashboard import state
from dashboard.charts.score_density import score_density
from dashboard.components.label_choice import label_choice
from dashboard.scores.selection_panel import selection_panel

_CHART = "density_brush"


@st.fragment
def show_two_labels(wanted: ItemFilter) -> None:
    """Draws the part; a box runs this alone."""
    workbench = state.workbench()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = Label(label_choice(wanted, key="density_x", name="Across"))
        others = [label.value for label in SCORED_LABELS if label is not first]
        also = wanted.also_label.value if wanted.also_label else None
        second = Label(
            st.selectbox(
                "Up", others, others.index(also) if also in others else 0, key="density_y",
                width=165,
                format_func=lambda value: value.replace("_", " ").capitalize(),
            )
        )  # fmt: skip
    person, everywhere = state.person(), without_range(wanted)
    grid = state.recent(
        "density", (everywhere, first, second, person),
        lambda: counted_density(
            workbench.space, workbench.catalogue, person, everywhere, (first, second)
        ),
    )  # fmt: skip
    if not grid.any():
        st.info("None of the selected items has scores of both labels. Widen the filter above.")
        return
    left, right = st.columns([3, 2])
    with left:
        st.plotly_chart(
            score_density(grid, (first, second)), key=_CHART, on_select=_brushed,
            selection_mode="box", config={"displayModeBar": False},
            alt=f"{first.words} against {second.words}, {int(grid.sum()):,} items",
        )  # fmt: skip
    with right:
        st.caption("Drag a box over the chart, or type the ranges.")
        x0, x1 = _range(first.words, "x", (wanted.score_min, wanted.score_max))
        y0, y1 = _range(second.words, "y", (wanted.also_min, wanted.also_max))
    chosen = wanted.model_copy(
        update={
            "label": first, "score_min": x0, "score_max": x1,
            "also_label": second, "also_min": y0, "also_max": y1,
        }
    )  # fmt: skip
    state.filter_to_url(chosen)
    selection_panel(chosen, int(grid.sum()), key="density")


def _range(words: str, axis: str, linked: tuple[float | None, float | None]) -> tuple[float, float]:
    names = f"density_{axis}_from", f"density_{axis}_to"
    for name, in_link, default in zip(names, linked, (0.5, 1.0), strict=True):
        if state.value_of(name) is None:
            state.put(**{name: default if in_link is None else in_link})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        low = st.number_input(f"{words} from", 0.0, 1.0, step=0.01, key=names[0], width=150)
        high = st.number_input("to", 0.0, 1.0, step=0.01, key=names[1], width=150)
    return min(low, high), max(low, high)


def _brushed() -> None:
    box = state.brushed(_CHART)
    if box is not None:
        x0, x1, y0, y1 = (min(1.0, max(0.0, round(edge, 2))) for edge in box)
        state.put(density_x_from=x0, density_x_to=x1, density_y_from=y0, density_y_to=y1)
