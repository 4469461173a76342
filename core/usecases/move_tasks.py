"""Moving what waits into another queue, ranked as that queue ranks."""

import polars as pl

from core.domain.review_queue import ReviewQueue
from core.domain.review_task import Stratum
from core.policies.priority import priority_terms
from core.store.items import Selection
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue

_TERMS = ("harm", "uncertainty", "reports_term", "views_term")


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
    waiting = parts.queues.waiting(selection, source)
    ranked = _ranked(parts, catalogue, selection, waiting, queue)
    parts.queues.move(ranked, queue)
    return ranked.height


def _ranked(
    parts: StoreParts,
    catalogue: Catalogue,
    selection: Selection,
    waiting: pl.DataFrame,
    queue: ReviewQueue,
) -> pl.DataFrame:
    flagged = waiting.filter(pl.col("stratum") == Stratum.FLAGGED.value)
    if flagged.is_empty():
        return waiting
    ids = flagged["item_id"].unique().to_list()
    everything = selection.model_copy(update={"filter": selection.filter.model_copy(
        update=dict.fromkeys(type(selection.filter).model_fields))})  # fmt: skip
    judged = parts.items.judgements(ids, everything).filter(pl.col("verdict").is_not_null())
    sizes = pl.DataFrame(
        [
            (each.item_id, _size(each.metadata.get("reports")), _size(each.metadata.get("views")))
            for each in parts.items.get_many(ids)
        ],
        schema={"item_id": pl.Int64, "reports": pl.Int64, "views": pl.Int64},
        orient="row",
    )
    terms = priority_terms(
        judged.join(sizes, on="item_id"), catalogue.policy.rule, queue.weights
    ).select(
        "item_id",
        new_priority="priority",
        new_terms=pl.struct(
            "harm", "uncertainty", reports=pl.col("reports_term"), views=pl.col("views_term")
        ).struct.json_encode(),
    )
    is_ranked = (pl.col("stratum") == Stratum.FLAGGED.value) & pl.col("new_priority").is_not_null()
    return waiting.join(terms, on="item_id", how="left", maintain_order="left").with_columns(
        priority=pl.when(is_ranked).then("new_priority").otherwise("priority"),
        terms=pl.when(is_ranked).then("new_terms").otherwise("terms"),
    )


def _size(value: object) -> int:
    """A count among an item's metadata, as scoring reads it."""
    try:
        return max(0, int(str(value)))
    except ValueError:
        return 0
