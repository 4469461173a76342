"""Scores and verdicts."""

from collections.abc import Sequence

import polars as pl
from sqlalchemy import exists, func, select

from core.domain.label import SCORED_LABELS
from data.sql.part import Part
from data.sql.tables import score, verdict


class SqlScores(Part):
    """Appends scores and verdicts by the bulk path."""

    def add_scores(self, frame: pl.DataFrame) -> None:
        """Appends scores."""
        self._unit.has_news = True
        self._dialect.bulk_insert(self._connection, score, frame)

    def add_verdicts(self, frame: pl.DataFrame) -> None:
        """Appends verdicts."""
        self._dialect.bulk_insert(self._connection, verdict, frame)

    def by_content(self, hashes: Sequence[bytes], model_version_id: int) -> pl.DataFrame:
        """Scores already computed for identical content: content_hash and the labels."""
        labels = [score.c[label.value] for label in SCORED_LABELS]
        rows = select(score.c.content_hash, *labels).where(
            score.c.model_version_id == model_version_id, score.c.content_hash.in_(list(hashes))
        )
        return self._dialect.fetch_frame(self._connection, rows).unique(
            "content_hash", keep="any", maintain_order=False
        )

    def scored_among(self, item_ids: Sequence[int], model_version_id: int) -> list[int]:
        """Those of the items that have scores of the model version."""
        rows = select(score.c.item_id).where(
            score.c.model_version_id == model_version_id, score.c.item_id.in_(list(item_ids))
        )
        return list(self._connection.execute(rows).scalars())

    def lacking(
        self, base_version_id: int, model_version_id: int, after_id: int, limit: int
    ) -> pl.DataFrame:
        """Scores of the base for the next items by id that the other version has not scored."""
        labels = [score.c[label.value] for label in SCORED_LABELS]
        known = score.alias("known_score")
        rows = (
            select(score.c.item_id, score.c.content_hash, *labels)
            .where(
                score.c.model_version_id == base_version_id,
                score.c.item_id > after_id,
                # Not NOT IN: PostgreSQL would look through the whole list for every row.
                ~exists().where(
                    known.c.item_id == score.c.item_id,
                    known.c.model_version_id == model_version_id,
                ),
            )
            .order_by(score.c.item_id)
            .limit(limit)
        )
        return self._dialect.fetch_frame(self._connection, rows)

    def any(self) -> bool:
        """Whether any item has scores."""
        return self._connection.execute(select(score.c.item_id).limit(1)).first() is not None

    def counts(self) -> dict[int, int]:
        """How many items each model version scored, by its id."""
        versions = score.c.model_version_id
        rows = self._connection.execute(select(versions, func.count()).group_by(versions))
        return {int(version): int(count) for version, count in rows}
