"""The chosen comparison, as every part of the page asks for it."""

from core.domain.item_filter import ItemFilter
from core.usecases.compare_sides import Comparison, compare_sides
from dashboard import state
from dashboard.compare.sides import Chosen


def compared(chosen: Chosen, wanted: ItemFilter) -> Comparison:
    """Both sides on the selected items; histories remember what was worked out on them."""
    workbench = state.workbench()
    return compare_sides(
        workbench.space, workbench.histories, workbench.catalogue, state.person(), wanted,
        chosen.a, chosen.b,
    )  # fmt: skip
