"""Lists without what a model says of the items that are to be judged blindly."""

import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS
from core.domain.review_task import Stratum
from core.domain.status import Status
from core.store.rereading import rereading
from core.usecases.workspace import Workspace

#: What a model or a policy said of an item, among the columns of a list.
_TOLD = (
    *(label.value for label in SCORED_LABELS),
    "verdict", "overall", "verdict_reasons", "standing_outcome", "decision_source", "decided_by",
    "decided_at", "decision_reasons",
)  # fmt: skip


def tells_of_scores(wanted: ItemFilter) -> bool:
    """Whether being listed tells what a model or a policy says of an item."""
    # Even "flagged" does: what the live policy decided by itself has another status.
    is_by_status = wanted.status is not None or wanted.verdict is not None
    return is_by_status or bool(wanted.ranges)


@rereading
def blind_waits(space: Workspace) -> bool:
    """Whether anything waits to be judged blindly, wherever it is."""
    with space.store.reading() as parts:
        reviews = parts.disagreements.all()
        return any(parts.disagreements.waiting(each.review_id) for each in reviews)


@rereading
def hide_blind(
    space: Workspace, rows: pl.DataFrame, wanted: ItemFilter
) -> tuple[pl.DataFrame, frozenset[int]]:
    """The rows of a list (`details`), and the ids of those that wait to be judged blindly.

    Of these, everything that a model or policy said is null; where the filter alone tells it, they
    are left out.
    """
    waiting = rows["task_id"].drop_nulls().to_list()
    with space.store.reading() as parts:
        tasks = parts.tasks.get(waiting) if waiting else []
    ids = [task.item_id for task in tasks if task.stratum is Stratum.DISAGREEMENT]
    if not ids:
        return rows, frozenset()
    is_blind = pl.col("item_id").is_in(ids)
    if tells_of_scores(wanted):
        return rows.filter(~is_blind), frozenset(ids)
    hidden = rows.with_columns(
        *(pl.when(~is_blind).then(pl.col(name)).alias(name) for name in _TOLD),
        status=pl.when(is_blind).then(pl.lit(Status.FLAGGED.value)).otherwise("status"),
    )
    return hidden, frozenset(ids)
