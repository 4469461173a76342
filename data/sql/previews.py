"""Two rules on one history: counts, flips and what people said, each from one grouped query."""

from typing import Any

import polars as pl
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Double,
    FromClause,
    Select,
    SmallInteger,
    Subquery,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from core.domain.decision import Outcome, Source
from core.domain.label import SCORED_LABELS, Label
from core.policies.evaluate_frame import evaluate_frame
from core.store.items import Selection
from core.store.previews import Flip, RuleOn
from data.sql.evaluate_sql import CODES, KINDS, VerdictColumns, verdict_columns
from data.sql.part import Part
from data.sql.selection import selected
from data.sql.tables import decision, item, review_task, score, verdict

_PEOPLE = (Source.HUMAN.value, Source.APPEAL.value, Source.IMPORT.value)


class SqlPreviews(Part):
    """Previews in SQL."""

    def verdict_counts(self, selection: Selection, before: RuleOn, after: RuleOn) -> pl.DataFrame:
        """language, tenant_id, before, after, items, before_L, after_L."""
        source, condition, was, becomes = _judged(selection, before, after)
        cited = [
            func.count().filter(columns.cited[label]).label(f"{side}_{label.value}")
            for side, columns in (("before", was), ("after", becomes))
            for label in Label
            if label in columns.cited
        ]
        rows = (
            select(
                item.c.language, item.c.tenant_id, was.code.label("before"),
                becomes.code.label("after"), func.count().label("items"), *cited,
            )
            .select_from(source)
            .where(condition)
            .group_by(item.c.language, item.c.tenant_id, "before", "after")
        )  # fmt: skip
        return _in_words(self._frame(rows))

    def flips(
        self, selection: Selection, before: RuleOn, after: RuleOn, flip: Flip, *,
        clear_first: bool, limit: int,
    ) -> pl.DataFrame:  # fmt: skip
        """item_id, before, after, overall, distance: items whose verdict changes."""
        source, condition, was, becomes = _judged(selection, before, after)
        wanted = [was.code != becomes.code]
        if flip.before is not None:
            wanted.append(was.code == CODES[flip.before])
        if flip.after is not None:
            wanted.append(becomes.code == CODES[flip.after])
        inner = (
            select(
                item.c.item_id, was.code.label("before"), becomes.code.label("after"),
                becomes.overall.label("overall"), becomes.distance.label("distance"),
            )
            .select_from(source)
            .where(condition, *wanted)
            .subquery()
        )  # fmt: skip
        certainty = inner.c.distance.desc() if clear_first else inner.c.distance.asc()
        rows = select(inner).order_by(certainty.nulls_last(), inner.c.item_id).limit(limit)
        return _in_words(self._frame(rows))

    def truth_counts(self, selection: Selection, before: RuleOn, after: RuleOn) -> pl.DataFrame:
        """queue, stratum, probability, language, tenant_id, before, after, is_harmful, reviews."""
        source, condition, was, becomes = _judged(selection, before, after)
        truth = _people()
        design = _first_tasks()
        joined = source.join(truth, truth.c.item_id == item.c.item_id).outerjoin(
            design, design.c.item_id == item.c.item_id
        )
        rows = (
            select(
                design.c.queue, design.c.stratum, design.c.probability, item.c.language,
                item.c.tenant_id, was.code.label("before"), becomes.code.label("after"),
                (truth.c.outcome == Outcome.REJECT.value).label("is_harmful"),
                func.count().label("reviews"),
            )
            .select_from(joined)
            .where(condition)
            .group_by(
                design.c.queue, design.c.stratum, design.c.probability, item.c.language,
                item.c.tenant_id, "before", "after", "is_harmful",
            )
        )  # fmt: skip
        return _in_words(self._frame(rows))

    def tasks_opened(self, selection: Selection) -> pl.DataFrame:
        """queue, stratum, probability, tasks: first review tasks of the selected items."""
        source, condition = selected(selection)
        design = _first_tasks()
        columns = design.c.queue, design.c.stratum, design.c.probability
        return self._frame(
            select(*columns, func.count().label("tasks"))
            .select_from(source.join(design, design.c.item_id == item.c.item_id))
            .where(condition)
            .group_by(*columns)
        )

    def truth_buckets(
        self, selection: Selection, label: Label, model_version_id: int, buckets: int
    ) -> pl.DataFrame:
        """queue, stratum, probability, is_harmful, bucket, reviews, mean_score."""
        source, condition = selected(selection)
        scores = score.alias("read_score")
        value = scores.c[label.value]
        truth, design = _people(), _first_tasks()
        joined = (
            source.join(scores, scores_of(scores, model_version_id))
            .join(truth, truth.c.item_id == item.c.item_id)
            .outerjoin(design, design.c.item_id == item.c.item_id)
        )
        is_reject = truth.c.outcome == Outcome.REJECT.value
        cites = literal(label.value) == any_(truth.c.reasons)
        names_reasons = func.coalesce(func.cardinality(truth.c.reasons), 0) > 0
        columns = design.c.queue, design.c.stratum, design.c.probability
        rows = (
            select(
                *columns,
                func.coalesce(and_(is_reject, cites), False).label("is_harmful"),
                bucket_of(value, buckets).label("bucket"),
                func.count().label("reviews"),
                func.avg(value).label("mean_score"),
            )
            .select_from(joined)
            .where(condition, value.is_not(None), or_(~is_reject, names_reasons))
            .group_by(*columns, "is_harmful", "bucket")
        )
        return clamped(self._frame(rows), buckets, "mean_score")

    def conclude(self, policy_version_id: int, on: RuleOn, after_id: int, limit: int) -> int | None:
        """Records missing verdicts of a policy for the next scored items by id."""
        known = select(verdict.c.item_id).where(
            verdict.c.policy_version_id == policy_version_id, verdict.c.item_id > after_id
        )
        labels = [score.c[label.value] for label in SCORED_LABELS]
        batch = self._frame(
            select(score.c.item_id, item.c.tenant_id, item.c.language, *labels)
            .select_from(score.join(item, item.c.item_id == score.c.item_id))
            .where(
                score.c.model_version_id == on.model_version_id,
                score.c.item_id > after_id,
                score.c.item_id.not_in(known),
            )
            .order_by(score.c.item_id)
            .limit(limit)
        )
        if batch.is_empty():
            return None
        judged = evaluate_frame(batch, on.rule)
        self._dialect.bulk_insert(
            self._connection,
            verdict,
            judged.select(
                "item_id", "verdict", "overall", "distance", "reasons",
                policy_version_id=pl.lit(policy_version_id, dtype=pl.Int64),
                concluded_at=pl.lit(self._unit.clock.now()),
            ),
        )  # fmt: skip
        return int(batch["item_id"][-1])

    def _frame(self, query: Select[Any]) -> pl.DataFrame:
        return self._dialect.fetch_frame(self._connection, query)


def bucket_of(value: ColumnElement[Any], buckets: int) -> ColumnElement[int]:
    """floor(value * buckets) as a small number; 1.0 falls in one too many, see `clamped`."""
    # In double precision on both databases: 0.7 as a score times 20 is a little less than 14.
    return cast(func.floor(cast(value, Double) * buckets), SmallInteger)


def clamped(frame: pl.DataFrame, buckets: int, mean: str | None = None) -> pl.DataFrame:
    """The bucket of exactly 1.0 joined to the last one; clamping in SQL costs three times more."""
    if frame.is_empty() or int(frame["bucket"].max()) < buckets:  # type: ignore[arg-type]  # numbers
        return frame
    counted = "reviews" if mean else "items"
    keys = [name for name in frame.columns if name not in (counted, mean)]
    sums = [pl.col(counted).sum()]
    if mean:
        sums.insert(0, (pl.col(mean) * pl.col(counted)).sum() / pl.col(counted).sum())
    joined = frame.with_columns(pl.col("bucket").clip(upper_bound=buckets - 1))
    return joined.group_by(keys, maintain_order=True).agg(sums).select(frame.columns)


def scores_of(scores: FromClause, model_version_id: int) -> ColumnElement[bool]:
    return and_(
        scores.c.item_id == item.c.item_id, scores.c.model_version_id == model_version_id
    )


def _judged(
    selection: Selection, before: RuleOn, after: RuleOn
) -> tuple[FromClause, ColumnElement[bool], VerdictColumns, VerdictColumns]:
    """The selected items joined with their scores, and both rules' columns on them."""
    source, condition = selected(selection)
    new = score.alias("after_score")
    source = source.join(new, scores_of(new, after.model_version_id))
    if before.model_version_id == after.model_version_id:
        old = new
    else:
        old = score.alias("before_score")
        source = source.outerjoin(old, scores_of(old, before.model_version_id))
    return (
        source,
        condition,
        verdict_columns(before.rule, old, item),
        verdict_columns(after.rule, new, item),
    )


def _people() -> Subquery:
    """The newest approval or rejection by people of each item: item_id, outcome, reasons."""
    newest = (
        select(decision.c.item_id, func.max(decision.c.decision_seq).label("decision_seq"))
        .where(decision.c.source.in_(_PEOPLE))
        .group_by(decision.c.item_id)
        .subquery()
    )
    return (
        select(decision.c.item_id, decision.c.outcome, decision.c.reasons)
        .join(newest, newest.c.decision_seq == decision.c.decision_seq)
        .where(decision.c.outcome.in_([Outcome.APPROVE.value, Outcome.REJECT.value]))
        .subquery("people")
    )


def _first_tasks() -> Subquery:
    """How each item first came to be reviewed: item_id, queue, stratum, probability."""
    first = (
        select(review_task.c.item_id, func.min(review_task.c.task_id).label("task_id"))
        .group_by(review_task.c.item_id)
        .subquery()
    )
    return (
        select(
            review_task.c.item_id, review_task.c.queue, review_task.c.stratum,
            review_task.c.inclusion_probability.label("probability"),
        )
        .join(first, first.c.task_id == review_task.c.task_id)
        .subquery("design")
    )  # fmt: skip


def _in_words(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(name).replace_strict(KINDS, return_dtype=pl.String) for name in ("before", "after")
    )
