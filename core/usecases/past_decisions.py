"""Decisions that were made elsewhere, added to items that are there."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import polars as pl

from core.domain.decision import Outcome, Source
from core.domain.past_decision import content_id
from core.domain.rejected_row import REJECTED_SCHEMA, excerpt_of
from core.store.store import StoreParts
from core.usecases.workspace import Workspace

_BY_PEOPLE = [Source.HUMAN.value, Source.APPEAL.value]


@dataclass(frozen=True)
class Added:
    """What became of some past decisions."""

    added_count: int
    known_count: int
    left_out: pl.DataFrame
    """Problems as REJECTED_SCHEMA says; each names the row of the file."""


def batch_of(import_id: int) -> UUID:
    """The batch that the past decisions of an import carry, by which it is taken back."""
    return UUID(int=import_id)


def append_past(
    space: Workspace,
    parts: StoreParts,
    rows: pl.DataFrame,
    *,
    import_id: int,
    file_name: str,
    now: datetime,
) -> Added:
    """Appends past decisions (PAST_SCHEMA and item_id) to the ledger.

    A decision that the ledger has by its id is left alone. What a person decided here stands, and
    so does a newer decision of an earlier import: an older one behind it in the ledger would
    change what stands. Items whose newest decision is not an escalation leave the queues.
    """
    if rows.is_empty():
        return Added(0, 0, pl.DataFrame(schema=REJECTED_SCHEMA))
    early = pl.col("decided_at") > now
    ahead = rows.filter(early.fill_null(value=False))
    rows = rows.filter(~early.fill_null(value=False))
    named = _named(rows, now)
    seen = named.join(parts.past_decisions.known(named), on="decision_id", how="left")
    repeats = seen.filter(pl.col("known_item_id") == pl.col("item_id")).height
    repeats += rows.height - named.height
    foreign = seen.filter(pl.col("known_item_id") != pl.col("item_id"))
    fresh = seen.filter(pl.col("known_item_id").is_null()).drop("known_item_id")
    stands = fresh.join(parts.past_decisions.standing(fresh), on="item_id", how="left")
    by_people = pl.col("source").is_in(_BY_PEOPLE).fill_null(value=False)
    newer = (pl.col("stood_since") > pl.col("decided_at")) & (
        pl.col("source") == Source.IMPORT.value
    )
    too_old = newer.fill_null(value=False)
    left_out = pl.concat(
        [
            _problem(ahead, "decided_at", "is in the future: import the file again then"),
            _problem(foreign, "decision_id", "the ledger has this id for another item"),
            _problem(
                stands.filter(by_people),
                "external_id",
                "people decided on this item here; that stands",
            ),
            _problem(
                stands.filter(~by_people & too_old),
                "decided_at",
                "a newer decision on this item was imported before; that stands",
            ),
        ]
    )
    good = stands.filter(~by_people & ~too_old).drop("source", "stood_since")
    _append(space, parts, good, import_id=import_id, file_name=file_name)
    return Added(good.height, repeats, left_out)


def _named(rows: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The rows with ids and times, each id once, an item's decisions in the order of time."""
    facts = ["tenant_id", "external_id", "outcome", "reasons", "note", "decided_by", "decided_at"]
    own = rows["decision_id"].to_list()
    made = [
        known or content_id(*row)
        for known, row in zip(own, rows.select(facts).iter_rows(), strict=True)
    ]
    return (
        rows.with_columns(
            decision_id=pl.Series(made, dtype=pl.String),
            decided_at=pl.col("decided_at").fill_null(now),
        )
        .unique("decision_id", keep="first", maintain_order=True)
        .sort("item_id", "decided_at", maintain_order=True)
    )


def _problem(rows: pl.DataFrame, field: str, problem: str) -> pl.DataFrame:
    return rows.select(
        "row",
        field=pl.lit(field),
        problem=pl.lit(problem),
        excerpt=excerpt_of(pl.col("external_id")),
    )


def _append(
    space: Workspace,
    parts: StoreParts,
    good: pl.DataFrame,
    *,
    import_id: int,
    file_name: str,
) -> None:
    if good.is_empty():
        return
    parts.decisions.append_frame(
        good.select(
            "item_id",
            "tenant_id",
            "decision_id",
            "outcome",
            "reasons",
            "note",
            "handling_seconds",
            decision_seq=pl.Series(space.ids.block(good.height)),
            standing_outcome=pl.col("outcome"),
            source=pl.lit(Source.IMPORT.value),
            actor=pl.col("decided_by").fill_null(f"import:{file_name}"[:200]),
            batch_id=pl.lit(str(batch_of(import_id))),
            decided_at=pl.col("decided_at"),
            effective_at=pl.col("decided_at"),
        )
    )
    newest = good.unique("item_id", keep="last", maintain_order=True)
    done = newest.filter(pl.col("outcome") != Outcome.ESCALATE.value)
    if done.height:
        parts.past_decisions.close_tasks(done)
