"""How scores are distributed: counts by bucket, never rows."""

from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, FromClause, and_, func, literal, select

from core.domain.label import Label
from core.store.items import Selection
from data.sql.part import Part
from data.sql.previews import bucket_of, clamped, scores_of
from data.sql.selection import newest_decisions, selected
from data.sql.tables import item, score, verdict


class SqlDistributions(Part):
    """Distributions in SQL."""

    def buckets(
        self, selection: Selection, label: Label, model_version_id: int, buckets: int, by: str
    ) -> pl.DataFrame:
        """part, bucket, items: one label's scores."""
        source, condition = selected(selection)
        scores = score.alias("read_score")
        value = scores.c[label.value]
        source = source.join(scores, scores_of(scores, model_version_id))
        source, part = _parted(source, selection, by)
        rows = (
            select(
                part.label("part"), bucket_of(value, buckets).label("bucket"),
                func.count().label("items"),
            )
            .select_from(source)
            .where(condition, value.is_not(None))
            .group_by("part", "bucket")
            .order_by("part", "bucket")
        )  # fmt: skip
        return clamped(self._dialect.fetch_frame(self._connection, rows), buckets)

    def density(
        self, selection: Selection, labels: tuple[Label, Label], model_version_id: int, bins: int
    ) -> pl.DataFrame:
        """x, y, items: two labels' scores on a grid of bins."""
        source, condition = selected(selection)
        scores = score.alias("read_score")
        source = source.join(scores, scores_of(scores, model_version_id))
        first, second = (scores.c[label.value] for label in labels)
        rows = (
            select(
                bucket_of(first, bins).label("x"), bucket_of(second, bins).label("y"),
                func.count().label("items"),
            )
            .select_from(source)
            .where(condition, first.is_not(None), second.is_not(None))
            .group_by("x", "y")
        )  # fmt: skip
        frame = self._dialect.fetch_frame(self._connection, rows)
        return (
            frame.with_columns(pl.col("x", "y").clip(upper_bound=bins - 1))
            .group_by("x", "y")
            .agg(pl.col("items").sum())
            .sort("x", "y")
        )

    def outcomes(self, selection: Selection) -> pl.DataFrame:
        """outcome, source, items: what stands on the selected items."""
        source, condition = selected(selection)
        # Only the chosen items' entries are grouped: over the whole ledger it takes five times
        # as long.
        chosen = select(item.c.item_id).select_from(source).where(condition)
        standing = newest_decisions(None if selection.is_everything else chosen)
        joined = source.outerjoin(standing, standing.c.item_id == item.c.item_id)
        outcome = func.coalesce(standing.c.standing_outcome, "undecided")
        decided_by = func.coalesce(standing.c.source, "none")
        rows = (
            select(
                outcome.label("outcome"), decided_by.label("source"), func.count().label("items")
            )
            .select_from(joined)
            .where(condition)
            .group_by(outcome, decided_by)
            .order_by(outcome, decided_by)
        )
        return self._dialect.fetch_frame(self._connection, rows)

    def period(self, selection: Selection) -> tuple[datetime, datetime] | None:
        """When the first and the last of the selected items were created; None without any."""
        source, condition = selected(selection)
        created = item.c.created_at
        query = select(func.min(created), func.max(created)).select_from(source).where(condition)
        first, last = self._connection.execute(query).one()
        return (first, last) if first is not None else None

    def scored_count(self, selection: Selection, model_version_id: int) -> int:
        """How many of the selected items have scores of the model version."""
        source, condition = selected(selection)
        scores = score.alias("read_score")
        query = (
            select(func.count())
            .select_from(source.join(scores, scores_of(scores, model_version_id)))
            .where(condition)
        )
        return int(self._connection.execute(query).scalar_one())


def _parted(
    source: FromClause, selection: Selection, by: str
) -> tuple[FromClause, ColumnElement[Any]]:
    """The tables with what the rows are told apart by."""
    match by:
        case "language":
            return source, func.coalesce(item.c.language, "unknown")
        case "tenant":
            return source, item.c.tenant_id
        case "source":
            return source, func.coalesce(item.c.source, "unknown")
        case "outcome":
            standing = newest_decisions()
            joined = source.outerjoin(standing, standing.c.item_id == item.c.item_id)
            return joined, func.coalesce(standing.c.standing_outcome, "undecided")
        case "verdict":
            concluded = verdict.alias("told_verdict")
            joined = source.outerjoin(
                concluded,
                and_(
                    concluded.c.item_id == item.c.item_id,
                    concluded.c.policy_version_id == selection.policy_version_id,
                ),
            )
            return joined, func.coalesce(concluded.c.verdict, "none")
        case _:
            return source, literal("all")
