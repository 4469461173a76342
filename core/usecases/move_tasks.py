"""Moving what waits into another queue, ranked as that queue ranks."""

import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.review_queue import ReviewQueue
from core.domain.review_task import Stratum
from core.policies.priority import priority_terms
from core.store.items import Selection
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue

_AT_ONCE = 5_000
_LARGEST = 2**63 - 1


def move_waiting(
    parts: StoreParts,
    catalogue: Catalogue,
    selection: Selection,
    queue: ReviewQueue,
    source: str,
) -> int:
    """Puts waiting tasks of `source` that match and nobody holds into the queue; how many.

    Flagged ones are ranked anew from their scores, by the queue's weights and the policy in use;
    what was drawn, chosen or escalated keeps its place, which no weight made.
    """
    moved = 0
    # In slices, because databases limit how many ids a statement may name.
    for waiting in parts.queues.waiting(selection, source).iter_slices(_AT_ONCE):
        parts.queues.move(_ranked(parts, catalogue, waiting, queue), queue)
        moved += waiting.height
    return moved


def _ranked(
    parts: StoreParts, catalogue: Catalogue, waiting: pl.DataFrame, queue: ReviewQueue
) -> pl.DataFrame:
    flagged = pl.col("stratum") == Stratum.FLAGGED.value
    ids = waiting.filter(flagged)["item_id"].unique().to_list()
    if not ids:
        return waiting
    judged = parts.items.judgements(ids, catalogue.selection(ItemFilter()))
    sizes = pl.DataFrame(
        [
            (each.item_id, _size(each.metadata.get("reports")), _size(each.metadata.get("views")))
            for each in parts.items.get_many(ids)
        ],
        schema={"item_id": pl.Int64, "reports": pl.Int64, "views": pl.Int64},
        orient="row",
    )
    known = judged.filter(pl.col("verdict").is_not_null()).join(sizes, on="item_id")
    terms = priority_terms(known, catalogue.policy.rule, queue.weights).select(
        "item_id",
        new_priority="priority",
        new_terms=pl.struct(
            "harm", "uncertainty", reports=pl.col("reports_term"), views=pl.col("views_term")
        ).struct.json_encode(),
    )
    is_ranked = flagged & pl.col("new_priority").is_not_null()
    return waiting.join(terms, on="item_id", how="left", maintain_order="left").with_columns(
        priority=pl.when(is_ranked).then("new_priority").otherwise("priority"),
        terms=pl.when(is_ranked).then("new_terms").otherwise("terms"),
    )


def _size(value: object) -> int:
    """A count among an item's metadata, as scoring reads it."""
    try:
        size = int(str(value))
    except ValueError:
        return 0
    return size if 0 <= size <= _LARGEST else 0
