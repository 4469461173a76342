"""Experiments on split traffic, and the items they are judged by."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    cast,
    func,
    insert,
    literal,
    null,
    select,
)

from core.domain.decision import Outcome, Source
from core.domain.experiment import Experiment, ExperimentChange, ExperimentState, SplitUnit
from core.domain.policy import Place
from core.store.experiments import LookBack, SplitWindow
from data.sql.part import Part, of_tenants
from data.sql.tables import (
    decision,
    experiment,
    experiment_change,
    exposure,
    item,
    review_task,
    score,
    verdict,
)

#: Those who may find an automated decision wrong; imported decisions were there before.
_PEOPLE = (Source.HUMAN.value, Source.APPEAL.value)
_SETTLED = (Outcome.APPROVE.value, Outcome.REJECT.value)


class SqlExperiments(Part):
    """Experiments in SQL."""

    def add(self, added: Experiment) -> None:
        """Records an experiment."""
        self._connection.execute(
            insert(experiment),
            [
                {
                    "experiment_id": added.experiment_id,
                    "definition": added.model_dump_json(),
                    "actor": added.actor,
                    "created_at": added.created_at,
                }
            ],
        )

    def change(self, change: ExperimentChange) -> None:
        """Appends a step of its life."""
        self._unit.has_news = True
        row = change.model_dump() | {
            "change_seq": self._unit.ids.next(), "state": change.state.value,
        }  # fmt: skip
        self._connection.execute(insert(experiment_change), [row])

    def all(self) -> list[Experiment]:
        """Every experiment, newest first."""
        return self._experiments(
            select(experiment.c.definition).order_by(experiment.c.experiment_id.desc())
        )

    def changes(self) -> list[ExperimentChange]:
        """The steps of all lives, oldest first."""
        columns = [experiment_change.c[name] for name in ExperimentChange.model_fields]
        rows = self._connection.execute(
            select(*columns).order_by(experiment_change.c.change_seq)
        ).mappings()
        return [ExperimentChange.model_validate(dict(row)) for row in rows]

    def running(self) -> list[Experiment]:
        """The experiments that run now, oldest first."""
        newest = (
            select(func.max(experiment_change.c.change_seq).label("change_seq"))
            .group_by(experiment_change.c.experiment_id)
            .subquery()
        )
        return self._experiments(
            select(experiment.c.definition)
            .join(
                experiment_change, experiment_change.c.experiment_id == experiment.c.experiment_id
            )
            .join(newest, newest.c.change_seq == experiment_change.c.change_seq)
            .where(experiment_change.c.state == ExperimentState.RUNNING.value)
            .order_by(experiment.c.experiment_id)
        )

    def _experiments(self, query: Select[Any]) -> list[Experiment]:
        rows = self._connection.execute(query).scalars()
        return [Experiment.model_validate_json(row) for row in rows]

    def expose(self, experiment_id: int, units: pl.DataFrame, at: datetime) -> int:
        """Records the arm of each unit that is new; how many were."""
        seen = units.unique("unit", maintain_order=True)
        known = self._connection.execute(
            select(exposure.c.unit).where(
                exposure.c.experiment_id == experiment_id,
                exposure.c.unit.in_(seen["unit"].to_list()),
            )
        ).scalars()
        new = seen.filter(~pl.col("unit").is_in(list(known)))
        return self._dialect.bulk_insert(
            self._connection,
            exposure,
            new.select(
                "unit",
                pl.col("arm").cast(pl.Int32),
                experiment_id=pl.lit(experiment_id, dtype=pl.Int64),
                first_seen=pl.lit(at),
            ),
        )

    def exposures(self, experiment_id: int) -> pl.DataFrame:
        """unit, arm, first_seen: in the order they were first seen."""
        rows = (
            select(exposure.c.unit, exposure.c.arm, exposure.c.first_seen)
            .where(exposure.c.experiment_id == experiment_id)
            .order_by(exposure.c.first_seen, exposure.c.unit)
        )
        return self._dialect.fetch_frame(self._connection, rows)

    def counts(self, experiment_ids: Sequence[int]) -> dict[tuple[int, int], int]:
        """Units by (experiment, arm)."""
        rows = self._connection.execute(
            select(exposure.c.experiment_id, exposure.c.arm, func.count())
            .where(exposure.c.experiment_id.in_(list(experiment_ids)))
            .group_by(exposure.c.experiment_id, exposure.c.arm)
        )
        return {(int(key), int(arm)): int(count) for key, arm, count in rows}

    def items(self, window: SplitWindow) -> pl.DataFrame:
        """The items that were scored in the window and both policies concluded on then."""
        one, two, arms = verdict.alias("one"), verdict.alias("two"), exposure.alias("arms")
        unit = _unit(window.unit)
        conditions = [
            score.c.model_version_id == window.model_version_id,
            score.c.scored_at >= window.since,
            *_in_scope(window.scope, window.tenants),
        ]
        if window.until is not None:
            conditions.append(score.c.scored_at < window.until)
        # Scoring writes scores, verdicts, automated decisions and tasks with one time: whatever
        # was concluded on history later, or scored by hand, took no part.
        source = (
            item.join(score, score.c.item_id == item.c.item_id)
            .join(arms, and_(arms.c.experiment_id == window.experiment_id, arms.c.unit == unit))
            .join(one, _concluded(one, window.control_id))
            .join(two, _concluded(two, window.treatment_id))
            .outerjoin(
                decision,
                and_(
                    decision.c.item_id == item.c.item_id,
                    decision.c.source == Source.POLICY.value,
                    decision.c.decided_at == score.c.scored_at,
                ),
            )
            .outerjoin(
                review_task,
                and_(
                    review_task.c.item_id == item.c.item_id,
                    review_task.c.created_at == score.c.scored_at,
                ),
            )
        )
        return self._facts(
            source, conditions, since=window.since, has_unit=_unit_column(window.unit),
            columns=[
                unit.label("unit"), arms.c.arm.label("arm"), score.c.scored_at,
                one.c.verdict.label("control"), two.c.verdict.label("treatment"),
            ],
        )  # fmt: skip

    def past_items(self, back: LookBack) -> pl.DataFrame:
        """The same of items before."""
        one = verdict.alias("one")
        first = (
            select(review_task.c.item_id, func.min(review_task.c.task_id).label("task_id"))
            .group_by(review_task.c.item_id)
            .subquery()
        )
        conditions = [
            score.c.model_version_id == back.model_version_id,
            item.c.created_at >= back.since,
            *_in_scope(back.scope, back.tenants),
        ]
        source = (
            item.join(score, score.c.item_id == item.c.item_id)
            .join(
                one,
                and_(
                    one.c.item_id == item.c.item_id,
                    one.c.policy_version_id == back.policy_version_id,
                ),
            )
            .outerjoin(
                decision,
                and_(
                    decision.c.item_id == item.c.item_id, decision.c.source == Source.POLICY.value
                ),
            )
            .outerjoin(first, first.c.item_id == item.c.item_id)
            .outerjoin(review_task, review_task.c.task_id == first.c.task_id)
        )
        return self._facts(
            source, conditions, since=None, has_unit=_unit_column(back.unit),
            columns=[
                _unit(back.unit).label("unit"), cast(null(), Integer).label("arm"),
                score.c.scored_at, one.c.verdict.label("control"),
                cast(null(), String).label("treatment"),
                item.c.created_at,
            ],
        )  # fmt: skip

    def _facts(
        self,
        source: FromClause,
        conditions: Sequence[ColumnElement[bool]],
        *,
        since: datetime | None,
        has_unit: ColumnElement[Any],
        columns: Sequence[ColumnElement[Any]],
    ) -> pl.DataFrame:
        """SPLIT_COLUMNS of the rows; `decision` in `source` is the policy's own."""
        people, handled, firsts = _people(since), _handled(since), _firsts(since)
        query = (
            select(
                item.c.item_id, *columns[:1], has_unit.is_not(None).label("has_unit"), *columns[1:],
                decision.c.outcome.label("automated"), review_task.c.queue, review_task.c.stratum,
                review_task.c.inclusion_probability.label("probability"),
                people.c.outcome.label("person"), people.c.decided_at.label("person_at"),
                handled.c.handled, handled.c.handling_seconds, handled.c.handled_at,
                firsts.c.first_at,
            )
            .select_from(
                source.outerjoin(people, people.c.item_id == item.c.item_id)
                .outerjoin(handled, handled.c.item_id == item.c.item_id)
                .outerjoin(firsts, firsts.c.item_id == item.c.item_id)
            )
            .where(*conditions)
            .order_by(item.c.item_id)
        )  # fmt: skip
        return self._dialect.fetch_frame(self._connection, query).unique(
            "item_id", keep="first", maintain_order=True
        )


def _unit_column(unit: SplitUnit) -> ColumnElement[Any]:
    return item.c.author_id if unit is SplitUnit.AUTHOR else item.c.thread_id


def _unit(unit: SplitUnit) -> ColumnElement[Any]:
    """The unit of an item, as exposures name it."""
    return func.coalesce(_unit_column(unit), literal("item:").concat(cast(item.c.item_id, String)))


def _in_scope(scope: Place, tenants: tuple[str, ...] | None) -> list[ColumnElement[bool]]:
    wanted = ((item.c.tenant_id, scope.tenant), (item.c.language, scope.language))
    own = [column == value for column, value in wanted if value is not None]
    return [*own, *of_tenants(item.c.tenant_id, tenants)]


def _concluded(verdicts: FromClause, policy_version_id: int) -> ColumnElement[bool]:
    """The verdict that was recorded while the item was scored."""
    return and_(
        verdicts.c.item_id == item.c.item_id,
        verdicts.c.policy_version_id == policy_version_id,
        verdicts.c.concluded_at == score.c.scored_at,
    )


def _after(since: datetime | None) -> list[ColumnElement[bool]]:
    return [] if since is None else [decision.c.decided_at >= since]


def _people(since: datetime | None) -> Subquery:
    """What a person decided last: item_id, outcome, decided_at."""
    newest = (
        select(decision.c.item_id, func.max(decision.c.decision_seq).label("decision_seq"))
        .where(decision.c.source.in_(_PEOPLE), *_after(since))
        .group_by(decision.c.item_id)
        .subquery()
    )
    return (
        select(decision.c.item_id, decision.c.outcome, decision.c.decided_at)
        .join(newest, newest.c.decision_seq == decision.c.decision_seq)
        .where(decision.c.outcome.in_(_SETTLED), *_after(since))
        .subquery("people")
    )


def _handled(since: datetime | None) -> Subquery:
    """How long people took: item_id, handled, handling_seconds, handled_at."""
    return (
        select(
            decision.c.item_id,
            func.count().label("handled"),
            func.sum(decision.c.handling_seconds).label("handling_seconds"),
            func.max(decision.c.decided_at).label("handled_at"),
        )
        .where(
            decision.c.source == Source.HUMAN.value,
            decision.c.outcome != Outcome.WITHDRAW.value,
            decision.c.handling_seconds.is_not(None),
            *_after(since),
        )
        .group_by(decision.c.item_id)
        .subquery("handled")
    )


def _firsts(since: datetime | None) -> Subquery:
    """When an item was first decided: item_id, first_at."""
    return (
        select(decision.c.item_id, func.min(decision.c.decided_at).label("first_at"))
        .where(
            decision.c.outcome.in_(_SETTLED),
            decision.c.source != Source.IMPORT.value,
            *_after(since),
        )
        .group_by(decision.c.item_id)
        .subquery("firsts")
    )
