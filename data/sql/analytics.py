"""Aggregates: each number of a page from one grouped query."""

from datetime import datetime

import polars as pl
from sqlalchemy import ColumnElement, Date, Executable, case, cast, func, select

from core.domain.decision import Outcome, Source
from core.store.analytics import Tenants
from data.sql.part import Part, of_tenants
from data.sql.selection import newest_decisions
from data.sql.tables import decision, item, open_task

#: Lower edges of the handling-time histogram, in seconds.
HANDLING_EDGES = (0, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60, 90, 120, 300)


class SqlAnalytics(Part):
    """Aggregates in SQL."""

    def waiting(self, now: datetime, tenants: Tenants) -> pl.DataFrame:
        """queue, tenant_id, waiting, overdue, oldest, claimed: open tasks by queue and tenant."""
        columns = open_task.c
        return self._frame(
            select(
                columns.queue,
                columns.tenant_id,
                func.count().label("waiting"),
                func.count().filter(columns.due_at < now).label("overdue"),
                func.count().filter(columns.lease_until > now).label("claimed"),
                func.min(columns.waiting_since).label("oldest"),
            )
            .where(*of_tenants(columns.tenant_id, tenants))
            .group_by(columns.queue, columns.tenant_id)
            .order_by(columns.queue, columns.tenant_id)
        )

    def decisions_by_hour(self, since: datetime, until: datetime, tenants: Tenants) -> pl.DataFrame:
        """hour, actor, decisions: people's decisions that were not taken back."""
        hour = func.date_trunc("hour", decision.c.decided_at)
        return self._frame(
            select(hour.label("hour"), decision.c.actor, func.count().label("decisions"))
            .where(*_by_people(since, until, tenants))
            .group_by(hour, decision.c.actor)
            .order_by(hour, decision.c.actor)
        )

    def decisions_by_source(
        self, since: datetime, until: datetime, tenants: Tenants
    ) -> pl.DataFrame:
        """source, outcome, items: what stands on the items that arrived in the period."""
        newest = newest_decisions()
        outcome = func.coalesce(newest.c.standing_outcome, "undecided")
        source = func.coalesce(newest.c.source, "none")
        return self._frame(
            select(source.label("source"), outcome.label("outcome"), func.count().label("items"))
            .select_from(item.outerjoin(newest, newest.c.item_id == item.c.item_id))
            .where(
                item.c.created_at >= since,
                item.c.created_at < until,
                *of_tenants(item.c.tenant_id, tenants),
            )
            .group_by(source, outcome)
            .order_by(source, outcome)
        )

    def handling_times(self, since: datetime, until: datetime, tenants: Tenants) -> pl.DataFrame:
        """bucket (seconds, lower edge), decisions: distribution of handling time."""
        seconds = decision.c.handling_seconds
        bucket = case(*((seconds >= edge, edge) for edge in reversed(HANDLING_EDGES)), else_=0)
        return self._frame(
            select(bucket.label("bucket"), func.count().label("decisions"))
            .where(*_by_people(since, until, tenants), seconds.is_not(None))
            .group_by(bucket)
            .order_by(bucket)
        )

    def handling_quantiles(
        self, since: datetime, until: datetime, tenants: Tenants
    ) -> pl.DataFrame:
        """n, p50, p90, mean of handling seconds: one row."""
        seconds = decision.c.handling_seconds
        return self._frame(
            select(
                func.count(seconds).label("n"),
                func.percentile_cont(0.5).within_group(seconds).label("p50"),
                func.percentile_cont(0.9).within_group(seconds).label("p90"),
                func.avg(seconds).label("mean"),
            ).where(*_by_people(since, until, tenants), seconds.is_not(None))
        )

    def volume_by_day(self, since: datetime, until: datetime, tenants: Tenants) -> pl.DataFrame:
        """day, items: arrivals by day."""
        day = cast(item.c.created_at, Date)
        return self._frame(
            select(day.label("day"), func.count().label("items"))
            .where(
                item.c.created_at >= since,
                item.c.created_at < until,
                *of_tenants(item.c.tenant_id, tenants),
            )
            .group_by(day)
            .order_by(day)
        )

    def decided_count(self, actor: str, since: datetime) -> int:
        """How many decisions of a person since then were not taken back."""
        query = (
            select(func.count())
            .select_from(decision)
            .where(
                decision.c.actor == actor,
                decision.c.decided_at >= since,
                decision.c.source == Source.HUMAN.value,
                decision.c.outcome != Outcome.WITHDRAW.value,
                _not_withdrawn(since),
            )
        )
        return int(self._connection.execute(query).scalar_one())

    def _frame(self, query: Executable) -> pl.DataFrame:
        return self._dialect.fetch_frame(self._connection, query)


def _by_people(since: datetime, until: datetime, tenants: Tenants) -> list[ColumnElement[bool]]:
    return [
        *of_tenants(decision.c.tenant_id, tenants),
        decision.c.decided_at >= since,
        decision.c.decided_at < until,
        decision.c.source.in_([Source.HUMAN.value, Source.IMPORT.value]),
        decision.c.outcome != Outcome.WITHDRAW.value,
        _not_withdrawn(since),
    ]


def _not_withdrawn(since: datetime) -> ColumnElement[bool]:
    entry = decision.alias("withdrawal")
    withdrawn = select(entry.c.reverses_id).where(
        entry.c.outcome == Outcome.WITHDRAW.value, entry.c.decided_at >= since
    )
    return decision.c.decision_id.not_in(withdrawn)
