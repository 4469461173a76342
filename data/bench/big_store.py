"""Stores of any size for benchmarks, filled by the bulk paths with made-up scores."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import polars as pl

from core.domain.decision import Outcome, Source
from core.domain.label import SCORED_LABELS
from core.engine.classifier import Classifier
from core.usecases.catalogue import Catalogue, ensure_catalogue
from core.usecases.score_items import record_scores, uniform_of
from core.usecases.workspace import Workspace

_CHUNK = 100_000

#: Makes so many bodies from a place on.
Bodies = Callable[[int, int], list[str]]


def fill(
    space: Workspace,
    classifier: Classifier,
    rows: int,
    seed: int = 0,
    *,
    reviewed: float = 0.0,
    bodies: Bodies | None = None,
) -> Catalogue:
    """Adds `rows` items with scores, verdicts, decisions and tasks; about 15 % wait for review.

    People have decided the share `reviewed` of them: what was flagged, and some of the rest.
    Without `bodies` all texts are nearly the same.
    """
    catalogue = ensure_catalogue(space, classifier, actor="bench")
    chance = np.random.default_rng(seed)
    for start in range(0, rows, _CHUNK):
        count = min(_CHUNK, rows - start)
        items = _items(space, start, count, chance)
        if bodies is not None:
            items = items.with_columns(body=pl.Series(bodies(start, count)))
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
            if reviewed:
                parts.decisions.append_frame(_decisions(space, scored, reviewed, chance))
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


def _decisions(
    space: Workspace, scored: pl.DataFrame, reviewed: float, chance: np.random.Generator
) -> pl.DataFrame:
    """Decisions by people on flagged and on randomly drawn items, right more often than not."""
    worst = scored.select(pl.max_horizontal(label.value for label in SCORED_LABELS)).to_series()
    likely = (worst > 0.3).to_numpy()
    drawn = uniform_of(scored["item_id"].to_numpy()) < 0.05
    wanted = max(1, round(reviewed * scored.height))
    weights = np.where(likely, 1.0, np.where(drawn, 1.0, 0.0))
    places = chance.choice(scored.height, wanted, replace=False, p=weights / weights.sum())
    rows = scored[np.sort(places)]
    harmful = chance.random(rows.height) < np.clip(worst.to_numpy()[np.sort(places)], 0, 1)
    now = space.clock.now()
    outcome = pl.Series(np.where(harmful, Outcome.REJECT.value, Outcome.APPROVE.value))
    return rows.select(
        "item_id",
        "tenant_id",
        decision_seq=pl.Series(space.ids.block(rows.height)),
        decision_id=pl.Series(space.ids.uuid_block(rows.height), dtype=pl.String),
        outcome=outcome,
        standing_outcome=outcome,
        reasons=pl.Series(
            [["toxicity"] if bad else [] for bad in harmful], dtype=pl.List(pl.String)
        ),
        source=pl.lit(Source.HUMAN.value),
        actor=pl.lit("bench"),
        decided_at=pl.lit(now),
        effective_at=pl.lit(now),
        handling_seconds=pl.Series(chance.lognormal(2, 0.5, rows.height)),
    )
