"""Two periods or two model versions side by side: each question one pass over the rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import (
    REAL,
    ColumnElement,
    Integer,
    SmallInteger,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from core.domain.label import SCORED_LABELS, Label
from core.domain.period import Period, Periods
from core.store.drift import BEFORE, MIXES, NOW
from core.store.items import Selection
from data.sql.part import Part
from data.sql.previews import bucket_of, clamped, scores_of
from data.sql.selection import selected
from data.sql.tables import item, score, verdict

_DAY_SECONDS = 86_400


class SqlDrift(Part):
    """Drift in SQL."""

    def scores(
        self, selection: Selection, periods: Periods, model_version_id: int, buckets: int
    ) -> pl.DataFrame:
        """label, part, bucket, items: every label's scores in equally wide buckets."""
        source, condition = selected(selection)
        scores = score.alias("read_score")
        rows = (
            select(
                _part(periods).label("part"),
                *(bucket_of(scores.c[label], buckets).label(label) for label in SCORED_LABELS),
            )
            .select_from(source.join(scores, scores_of(scores, model_version_id)))
            .where(condition, _within(periods))
            .subquery()
        )
        columns = {label.value: rows.c[label.value] for label in SCORED_LABELS}
        return _buckets(self._grouped(rows.c.part, columns, "label", "bucket"), buckets)

    def mixes(self, selection: Selection, periods: Periods) -> pl.DataFrame:
        """mix, part, name, items: items by each of MIXES."""
        source, condition = selected(selection)
        known = {"tenant": item.c.tenant_id}
        rows = (
            select(
                _part(periods).label("part"),
                *(
                    func.coalesce(known.get(name, item.c.get(name)), "unknown").label(name)
                    for name in MIXES
                ),
            )
            .select_from(source)
            .where(condition, _within(periods))
            .subquery()
        )
        columns = {name: rows.c[name] for name in MIXES}
        return self._grouped(rows.c.part, columns, "mix", "name")

    def _grouped(
        self, part: ColumnElement[Any], columns: Mapping[str, ColumnElement[Any]],
        kind: str, value: str,
    ) -> pl.DataFrame:  # fmt: skip
        """`kind`, part, `value`, items: counts by every column, from one pass over the rows."""
        names = list(columns)
        sets = func.grouping_sets(*(tuple_(part, each) for each in columns.values()))
        # The bit of the column that a row is grouped by is 0, and the last column's is the lowest.
        mask = func.grouping(*columns.values())
        query = select(
            part.label("part"), mask.label("mask"), func.count().label("items"), *columns.values()
        ).group_by(sets)
        found = self._dialect.fetch_frame(self._connection, query)
        everything = (1 << len(names)) - 1
        parts = [
            found.filter(pl.col("mask") == everything - (1 << (len(names) - 1 - place))).select(
                pl.lit(name).alias(kind), "part", pl.col(name).alias(value), "items"
            )
            for place, name in enumerate(names)
        ]
        return pl.concat(parts).drop_nulls(value).sort(kind, "part", value)

    def lengths(self, selection: Selection, periods: Periods, most: int) -> pl.DataFrame:
        """part, bucket, items: bodies by their number of characters."""
        source, condition = selected(selection)
        length = func.least(func.char_length(item.c.body), most)
        rows = (
            select(
                _part(periods).label("part"), cast(length, Integer).label("bucket"),
                func.count().label("items"),
            )
            .select_from(source)
            .where(condition, _within(periods))
            .group_by("part", "bucket")
            .order_by("part", "bucket")
        )  # fmt: skip
        return self._dialect.fetch_frame(self._connection, rows)

    def verdicts(self, selection: Selection, periods: Periods) -> pl.DataFrame:
        """part, name, items: recorded verdicts of the selection's policy version."""
        source, condition = selected(selection)
        told = verdict.alias("told_verdict")
        joined = source.join(
            told,
            and_(
                told.c.item_id == item.c.item_id,
                told.c.policy_version_id == selection.policy_version_id,
            ),
        )
        rows = (
            select(
                _part(periods).label("part"), told.c.verdict.label("name"),
                func.count().label("items"),
            )
            .select_from(joined)
            .where(condition, _within(periods))
            .group_by("part", "name")
            .order_by("part", "name")
        )  # fmt: skip
        return self._dialect.fetch_frame(self._connection, rows)

    def by_day(
        self, selection: Selection, period: Period, model_version_id: int, label: Label,
        buckets: int,
    ) -> pl.DataFrame:  # fmt: skip
        """day, bucket, items: one label's scores by 24 hours from the period's start."""
        source, condition = selected(selection)
        scores = score.alias("read_score")
        value = scores.c[label.value]
        seconds = extract("epoch", item.c.created_at) - period.start.timestamp()
        rows = (
            select(
                cast(func.floor(seconds / _DAY_SECONDS), SmallInteger).label("day"),
                bucket_of(value, buckets).label("bucket"), func.count().label("items"),
            )
            .select_from(source.join(scores, scores_of(scores, model_version_id)))
            .where(condition, value.is_not(None), _in(period))
            .group_by("day", "bucket")
            .order_by("day", "bucket")
        )  # fmt: skip
        return clamped(self._dialect.fetch_frame(self._connection, rows), buckets)

    def by_version(
        self, selection: Selection, version_ids: tuple[int, int], labels: Sequence[Label],
        buckets: int,
    ) -> pl.DataFrame:  # fmt: skip
        """label, part, bucket, items: scores of two model versions on the items both scored."""
        source, condition = selected(selection)
        sides = [score.alias("first_score"), score.alias("second_score")]
        for side, version_id in zip(sides, version_ids, strict=True):
            source = source.join(side, scores_of(side, version_id))
        names = {f"{part} {label}": label for part in (BEFORE, NOW) for label in labels}
        values = []
        for name, label in names.items():
            own, other = sides if name.startswith(BEFORE) else reversed(sides)
            both = case((other.c[label.value].is_not(None), own.c[label.value]))
            values.append(bucket_of(cast(both, REAL), buckets).label(name))
        rows = (
            select(literal("both").label("part"), *values)
            .select_from(source)
            .where(condition)
            .subquery()
        )
        columns = {name: rows.c[name] for name in names}
        found = self._grouped(rows.c.part, columns, "column", "bucket")
        whose = pl.col("column").str.split_exact(" ", 1)
        return _buckets(
            found.select(
                whose.struct.field("field_1").alias("label"),
                whose.struct.field("field_0").alias("part"), "bucket", "items",
            ),
            buckets,
        )  # fmt: skip

    def overlap(self, selection: Selection, version_ids: tuple[int, int]) -> tuple[int, int, int]:
        """(both, only the first, only the second): items that the versions have scores of."""
        source, condition = selected(selection)
        sides = [score.alias("first_score"), score.alias("second_score")]
        for side, version_id in zip(sides, version_ids, strict=True):
            source = source.outerjoin(side, scores_of(side, version_id))
        one, two = (side.c.item_id.is_not(None) for side in sides)
        query = (
            select(
                func.count().filter(and_(one, two)), func.count().filter(and_(one, ~two)),
                func.count().filter(and_(two, ~one)),
            )
            .select_from(source)
            .where(condition)
        )  # fmt: skip
        both, first, second = self._connection.execute(query).one()
        return int(both), int(first), int(second)


def _in(period: Period) -> ColumnElement[bool]:
    return and_(item.c.created_at >= period.start, item.c.created_at < period.end)


def _within(periods: Periods) -> ColumnElement[bool]:
    reference, current = periods.reference, periods.current
    if reference.end == current.start:
        return _in(periods.whole)
    return or_(_in(reference), _in(current))


def _part(periods: Periods) -> ColumnElement[str]:
    return case((item.c.created_at >= periods.current.start, NOW), else_=BEFORE)


def _buckets(found: pl.DataFrame, buckets: int) -> pl.DataFrame:
    return clamped(found.with_columns(pl.col("bucket").cast(pl.Int32)), buckets)
