"""What the sections of a report read of one period, and what they are given beside it."""

from dataclasses import dataclass

import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.policy import PolicyVersion
from core.store.reports import ReportScope
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue
from core.usecases.history import Histories
from core.usecases.workspace import Workspace


@dataclass(frozen=True)
class ReportSource:
    """Where a report comes from; the person is kept to the report's tenants."""

    space: Workspace
    histories: Histories
    catalogue: Catalogue
    person: Person


@dataclass(frozen=True)
class PeriodFacts:
    """Rows and counts of one period: see ReportStore."""

    scope: ReportScope
    policy: PolicyVersion
    """What was live when the period ended."""
    arrivals: pl.DataFrame
    outcomes: pl.DataFrame
    automatic: pl.DataFrame
    decisions: pl.DataFrame
    withdrawn: int
    reversals: pl.DataFrame
    ratings: pl.DataFrame
    opened: pl.DataFrame
    backlog: pl.DataFrame
    scored_by: pl.DataFrame
    item_facts: pl.DataFrame
    import_facts: pl.DataFrame

    @property
    def items(self) -> int:
        """Items that arrived in the period."""
        return int(self.arrivals["items"].sum())

    @property
    def days(self) -> float:
        """The length of the period, in days."""
        return self.scope.period.length.total_seconds() / 86_400

    @property
    def reviews(self) -> pl.DataFrame:
        """People's approvals and rejections of the period."""
        return self.decisions.filter(pl.col("outcome").is_in(["approve", "reject"]))

    @property
    def wanted(self) -> ItemFilter:
        """The period's items as a filter."""
        return self.scope.period.of(ItemFilter())


def read_facts(parts: StoreParts, scope: ReportScope, policy: PolicyVersion) -> PeriodFacts:
    """Everything that sections read of a period, from one snapshot."""
    ask = parts.reports
    return PeriodFacts(
        scope=scope,
        policy=policy,
        arrivals=_named(ask.arrivals(scope)),
        outcomes=_named(ask.outcomes(scope)),
        automatic=_named(ask.automatic(scope)),
        decisions=_named(ask.decisions(scope)),
        withdrawn=ask.withdrawn_count(scope),
        reversals=ask.reversals(scope),
        ratings=_named(ask.ratings(scope)),
        opened=ask.opened(scope),
        backlog=ask.backlog(scope),
        scored_by=ask.scored_by(scope),
        item_facts=ask.item_facts(scope),
        import_facts=ask.import_facts(scope),
    )


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    """A language that is not known has a name in tables."""
    return frame.with_columns(pl.col("language").fill_null("unknown"))
