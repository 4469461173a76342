"""Questions answered with frames, each from one grouped query."""

from datetime import datetime
from typing import Protocol

import polars as pl

#: The tenants that are counted; None: all.
Tenants = tuple[str, ...] | None


class AnalyticsStore(Protocol):
    """Aggregates over the one history."""

    def waiting(self, now: datetime, tenants: Tenants) -> pl.DataFrame:
        """queue, tenant_id, waiting, overdue, claimed, oldest: open tasks."""

    def decisions_by_hour(self, since: datetime, until: datetime, tenants: Tenants) -> pl.DataFrame:
        """hour, actor, decisions: people's decisions that were not taken back."""

    def decisions_by_source(
        self, since: datetime, until: datetime, tenants: Tenants
    ) -> pl.DataFrame:
        """source, outcome, items: what stands on the items that arrived in the period."""

    def handling_times(self, since: datetime, until: datetime, tenants: Tenants) -> pl.DataFrame:
        """bucket (seconds, lower edge), decisions: distribution of handling time."""

    def handling_quantiles(
        self, since: datetime, until: datetime, tenants: Tenants
    ) -> pl.DataFrame:
        """n, p50, p90, mean of seconds: one row."""

    def volume_by_day(self, since: datetime, until: datetime, tenants: Tenants) -> pl.DataFrame:
        """day, items: arrivals by day."""

    def decided_count(self, actor: str, since: datetime) -> int:
        """How many decisions of a person stand since then."""
