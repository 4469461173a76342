"""Which queue an item lands in: the same filter rule as lists use, on frames."""

from collections.abc import Sequence

import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.review_queue import ReviewQueue


def matches(wanted: ItemFilter) -> pl.Expr:
    """Whether an item fits a queue's filter: a bool expression over a scored frame.

    Columns: tenant_id, language, author_id, source, title, body and one per label. Null where a
    column is null counts as no match, as in SQL.
    """
    parts: list[pl.Expr] = [
        pl.col(column) == value
        for column, value in (
            ("tenant_id", wanted.tenant),
            ("language", wanted.language),
            ("author_id", wanted.author),
            ("source", wanted.source),
        )
        if value is not None
    ]
    for label, low, high in wanted.ranges:
        # Bounds are compared in single precision, as the stored scores are.
        score = pl.col(label.value)
        parts.append(score.is_not_null())
        if low is not None:
            parts.append(score >= pl.lit(low, dtype=pl.Float32))
        if high is not None:
            parts.append(score <= pl.lit(high, dtype=pl.Float32))
    if wanted.search is not None:
        needle = wanted.search.lower()
        parts.append(
            pl.col("body").str.to_lowercase().str.contains(needle, literal=True)
            | pl.col("title").fill_null("").str.to_lowercase().str.contains(needle, literal=True)
        )
    if not parts:
        return pl.lit(value=True)
    return pl.all_horizontal(parts).fill_null(value=False)


def route(frame: pl.DataFrame, queues: Sequence[ReviewQueue]) -> pl.DataFrame:
    """The frame with `queue`: the first of the queues, in their order, that takes the item."""
    chosen: pl.Expr = pl.lit(None, dtype=pl.String)
    for queue in sorted(queues, key=lambda each: each.position, reverse=True):
        chosen = pl.when(matches(queue.filter)).then(pl.lit(queue.name)).otherwise(chosen)
    return frame.with_columns(queue=chosen)
