"""Stores of any size for benchmarks, filled by the bulk paths with made-up scores."""

from datetime import timedelta

import numpy as np
import polars as pl

from core.domain.label import SCORED_LABELS
from core.engine.classifier import Classifier
from core.usecases.catalogue import Catalogue, ensure_catalogue
from core.usecases.score_items import record_scores
from core.usecases.workspace import Workspace

_CHUNK = 100_000


def fill(space: Workspace, classifier: Classifier, rows: int, seed: int = 0) -> Catalogue:
    """Adds `rows` items with scores, verdicts, decisions and tasks; about 15 % wait for review."""
    catalogue = ensure_catalogue(space, classifier, actor="bench")
    chance = np.random.default_rng(seed)
    for start in range(0, rows, _CHUNK):
        count = min(_CHUNK, rows - start)
        items = _items(space, start, count, chance)
        with space.store.writing() as parts:
            added = parts.items.add_new(items)
            batch = items.join(added, on=["tenant_id", "external_id"], maintain_order="left")
            scored = batch.with_columns(
                **{
                    label.value: pl.Series(
                        np.where(
                            chance.random(count) < 0.03,
                            chance.uniform(0.3, 0.95, count),
                            chance.beta(1, 30, count),
                        ).astype(np.float32)
                    )
                    for label in SCORED_LABELS
                },
                has_decision=pl.lit(value=False),
            )
            record_scores(space, parts, scored, model=catalogue.model, policy=catalogue.policy)
    space.store.after_bulk_load()
    return catalogue


def _items(space: Workspace, start: int, count: int, chance: np.random.Generator) -> pl.DataFrame:
    now = space.clock.now()
    ages = chance.integers(0, 90 * 86_400, count)
    hashes = chance.bytes(32 * count)
    return pl.DataFrame(
        {
            "external_id": [f"item-{number}" for number in range(start, start + count)],
            "tenant_id": np.array(["north", "harbor", "bright"])[chance.integers(0, 3, count)],
            "author_id": [
                f"author-{number}" for number in chance.integers(0, count // 5 + 1, count)
            ],
            "body": [
                f"A short comment, number {number}, about nothing"
                for number in range(start, start + count)
            ],
            "language": np.array(["en", "de", "es", "fr"])[chance.integers(0, 4, count)],
            "content_hash": [hashes[at : at + 32] for at in range(0, 32 * count, 32)],
        }
    ).with_columns(
        content_type=pl.lit("text"),
        title=pl.lit(None, dtype=pl.String),
        language_detected=pl.lit(value=False),
        tags=pl.Series([[]] * count, dtype=pl.List(pl.String)),
        metadata=pl.lit(None, dtype=pl.String),
        source=pl.lit("bench"),
        thread_id=pl.lit(None, dtype=pl.String),
        created_at=pl.lit(now) - pl.duration(seconds=pl.lit(pl.Series(ages))),
        ingested_at=pl.lit(now - timedelta(hours=1)),
        import_id=pl.lit(None, dtype=pl.Int64),
    )
