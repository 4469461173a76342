"""What a trial reads: stored items with their recorded scores, or texts as they were given."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from core.domain.content_hash import content_hashes, normalised_texts
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue
from core.usecases.trial_sample import ChosenItems
from core.usecases.workspace import Workspace

#: As much of a text as a table shows; the whole is read again for the one that is looked at.
_EXCERPT = 200
LABELS = [label.value for label in SCORED_LABELS]
#: A table's line may not be made longer by what draws no character.
_LINE = r"\s+"


@rereading
def read_items(
    space: Workspace,
    catalogue: Catalogue,
    chosen: ChosenItems,
    places: range,
    digests: Sequence[str],
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The chosen items at these places that still exist, and what is known of their content.

    A row has the columns of a trial, `content` (what models read) and the labels as the model in
    use recorded them (null: not scored). By digest: content_hash and scores that are stored.
    """
    rows = slice(places.start, places.stop)
    ids = chosen.ids[rows].tolist()
    selection = catalogue.selection(ItemFilter())
    with space.store.reading() as parts:
        texts = parts.items.texts(ids)
        scores = parts.items.judgements(ids, selection).select("item_id", *LABELS)
        people = parts.decisions.outcomes_by_people(ids)
        order = pl.DataFrame(
            {"place": places, "item_id": ids, "stratum": chosen.stratum[rows]},
            schema={"place": pl.Int64, "item_id": pl.Int64, "stratum": pl.UInt8},
        )
        found = _with_content(
            order.join(texts, on="item_id", how="inner", maintain_order="left")
            .join(scores, on="item_id", how="left", maintain_order="left")
            .with_columns(
                people=pl.col("item_id").replace_strict(
                    people, default=None, return_dtype=pl.String
                )
            )
        )
        hashes = found["content_hash"].unique().to_list()
        versions = {each.digest: each.model_version_id for each in parts.models.all()}
        known = {
            digest: parts.scores.by_content(hashes, versions[digest])
            for digest in digests
            if digest in versions
        }
    return found, known


def given_texts(texts: Sequence[str], places: range) -> pl.DataFrame:
    """The texts at these places, with the same columns; they come from nowhere."""
    here = list(texts[places.start : places.stop])
    nothing = pl.lit(None, dtype=pl.String)
    return _with_content(
        pl.DataFrame({"place": places, "body": here}, schema={"place": pl.Int64, "body": pl.String})
    ).with_columns(
        stratum=pl.lit(0, dtype=pl.UInt8),
        item_id=pl.lit(None, dtype=pl.Int64),
        external_id=nothing,
        tenant_id=nothing,
        language=nothing,
        people=nothing,
    )


def _with_content(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what models read of them, its hash, and a line for the table."""
    if "title" not in rows.columns:
        rows = rows.with_columns(title=pl.lit(None, dtype=pl.String))
    shown = pl.concat_str(pl.col("title"), pl.col("body"), separator=" — ", ignore_nulls=True)
    line = shown.str.slice(0, 4 * _EXCERPT).str.replace_all(_LINE, " ").str.strip_chars()
    return rows.with_columns(
        content=normalised_texts(rows["title"], rows["body"]),
        content_hash=content_hashes(rows["title"], rows["body"]),
        text=pl.when(line.str.len_chars() > _EXCERPT)
        .then(line.str.slice(0, _EXCERPT - 1) + "…")
        .otherwise(line),
    ).drop("title", "body")


def recorded(rows: pl.DataFrame) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """The scores that the model in use recorded, (n, labels), NaN where there is none."""
    values = rows.select(pl.col(LABELS).cast(pl.Float32).fill_null(float("nan"))).to_numpy()
    return np.ascontiguousarray(values, dtype=np.float32)
