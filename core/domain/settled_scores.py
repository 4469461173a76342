"""An outside model's scores, one row per item, in the form in which the store keeps them."""

from dataclasses import dataclass

import orjson
import polars as pl

from core.domain.label import SCORED_LABELS
from core.domain.rejected_row import REJECTED_SCHEMA, excerpt_of
from core.domain.score_mapping import Layout, ScoreMapping

_TWICE = "another row gives this item another score: none of them is taken"


@dataclass(frozen=True)
class SettledScores:
    """One row per item (item_id, row, s0, s1 …), and the problems of items told twice."""

    items: pl.DataFrame
    rejected: pl.DataFrame


def settle(rows: pl.DataFrame, mapping: ScoreMapping) -> SettledScores:
    """The rows of items (with item_id) as one row per item; equal repeats just go.

    Where rows disagree about an item nobody knows which is right, and a score that was recorded
    never changes: none of them is taken.
    """
    if mapping.columns.layout is Layout.LONG:
        return _settle_long(rows, mapping)
    return _settle_wide(rows, mapping)


def _settle_long(rows: pl.DataFrame, mapping: ScoreMapping) -> SettledScores:
    told = rows.unique(["item_id", "place", "score"])
    twice = told.filter(pl.struct("item_id", "place").is_duplicated())
    pairs = twice.select("item_id", "place").unique()
    on = ["item_id", "place"]
    names = dict(enumerate(mapping.used))
    refused = rows.join(pairs, on=on, how="semi").select(
        "row",
        field=pl.col("place").replace_strict(names, return_dtype=pl.String),
        problem=pl.lit(_TWICE),
        excerpt=pl.col("score").cast(pl.String),
    )
    kept = told.join(pairs, on=on, how="anti") if pairs.height else told
    items = kept.group_by("item_id").agg(
        pl.col("row").min(),
        *(
            pl.col("score").filter(pl.col("place") == place).first().alias(f"s{place}")
            for place in names
        ),
    )
    return SettledScores(items, refused)


def _settle_wide(rows: pl.DataFrame, mapping: ScoreMapping) -> SettledScores:
    names = {f"s{place}": name for place, name in enumerate(mapping.used)}
    columns = ["item_id", "row", *names]
    once = rows.filter(pl.col("item_id").is_unique()).select(columns)
    if once.height == rows.height:
        return SettledScores(once, pl.DataFrame(schema=REJECTED_SCHEMA))
    repeated = rows.filter(pl.col("item_id").is_duplicated())
    # The first label that the rows disagree about names the problem.
    differs = repeated.group_by("item_id").agg(
        field=pl.coalesce(
            pl.when(pl.col(column).drop_nulls().n_unique() > 1).then(pl.lit(name))
            for column, name in names.items()
        )
    )
    torn = differs.filter(pl.col("field").is_not_null())
    refused = repeated.join(torn, on="item_id").select(
        "row", "field", problem=pl.lit(_TWICE), excerpt=excerpt_of(pl.col("external_id"))
    )
    merged = (
        repeated.join(torn, on="item_id", how="anti")
        .group_by("item_id")
        .agg(pl.col("row").min(), *(pl.col(name).drop_nulls().first() for name in names))
    )
    return SettledScores(pl.concat([once, merged.select(columns)]), refused)


def stored_form(items: pl.DataFrame, mapping: ScoreMapping) -> pl.DataFrame:
    """The settled items as the store keeps scores: our labels, and the others as JSON: `extra`."""
    places = {name: f"s{place}" for place, name in enumerate(mapping.used)}
    ours = mapping.ours
    labels = {
        label.value: pl.col(places[ours[label]]).cast(pl.Float32)
        if label in ours
        else pl.lit(None, dtype=pl.Float32)
        for label in SCORED_LABELS
    }
    pieces = [
        pl.concat_str(
            pl.lit(f"{orjson.dumps(name).decode()}:"), pl.col(places[name]).cast(pl.String)
        )
        for name in mapping.kept
    ]
    joined = (
        pl.concat_str(pieces, separator=",", ignore_nulls=True)
        if pieces
        else pl.lit("", dtype=pl.String)
    )
    return items.select(
        "item_id",
        "row",
        **labels,
        extra=pl.when(joined != "").then(pl.concat_str(pl.lit("{"), joined, pl.lit("}"))),
    )
