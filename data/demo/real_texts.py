"""Real labelled texts as a demonstration: dates moved to now, part of the labels as past work."""

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from core.domain.label import CITABLE_LABELS
from core.errors import UnreadableFileError

_DECIDED_SHARE = 0.6
_UNDECIDED_DAYS = 2


def prepared(path: Path, until: datetime) -> pl.DataFrame:
    """The items with their newest at `until`, labels kept on 60 % of those older than two days.

    The other labels are left out, so that work waits; dates in such files are made up anyway.
    """
    try:
        items = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UnreadableFileError(f"{path} is not a Parquet file of items: {error}") from error
    if "demo_created_at" not in items.columns:
        raise UnreadableFileError(
            f"{path.name} has no column demo_created_at. Use moddesk import for files of your own."
        )
    created = pl.col("demo_created_at").cast(pl.Datetime("us", "UTC"))
    moved = items.with_columns(
        demo_created_at=created + (pl.lit(until) - created.max()),
    )
    old = pl.col("demo_created_at") < until - timedelta(days=_UNDECIDED_DAYS)
    drawn = pl.col(items.columns[0]).cast(pl.String).hash(seed=7) % 1000 < _DECIDED_SHARE * 1000
    labels = [label.value for label in CITABLE_LABELS if label.value in items.columns]
    return moved.with_columns(
        pl.when(old & drawn).then(pl.col(name)).alias(name) for name in labels
    )
