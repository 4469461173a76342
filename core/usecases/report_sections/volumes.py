"""Volumes and outcomes: what arrived, and what stands on it."""

from datetime import date, timedelta

import polars as pl

from core.domain.report import Section
from core.domain.report_content import (
    ChartKind,
    Figure,
    ReportChart,
    ReportSection,
    ReportTable,
    Series,
    Unit,
)
from core.usecases.report_sections.facts import PeriodFacts
from core.usecases.report_sections.figures import counted, share_counted

#: The largest tenants have a bar; tables have them all.
PLACES_DRAWN = 15
OUTCOMES = ("approve", "reject", "escalate", "invalidate", "undecided")
_WORDS = {
    "approve": "Approved", "reject": "Rejected", "escalate": "Escalated",
    "invalidate": "Invalidated", "undecided": "Not decided",
}  # fmt: skip


def volumes(now: PeriodFacts, earlier: PeriodFacts | None) -> ReportSection:
    """The section."""
    by_day = _by_day(now)
    by_tenant, by_language = (_split(now.outcomes, name) for name in ("tenant_id", "language"))
    drawn = by_tenant.head(PLACES_DRAWN)
    return ReportSection(
        section=Section.VOLUMES,
        about=(
            "Items by the time they were created, and the decision that stood on them when the "
            "period ended. Chosen queues do not narrow this section."
        ),
        figures=_figures(now),
        earlier=_figures(earlier) if earlier else (),
        tables=(
            ReportTable("arrivals_by_day", "Items by day", by_day),
            ReportTable("outcomes_by_tenant", "Outcomes by tenant", by_tenant, _units()),
            ReportTable("outcomes_by_language", "Outcomes by language", by_language, _units()),
        ),
        charts=(
            ReportChart(
                "arrivals_by_day", "Items by day", ChartKind.LINES, "arrivals_by_day",
                tuple(str(day) for day in by_day["day"]),
                (Series("Items", tuple(float(each) for each in by_day["items"])),),
            ),
            ReportChart(
                "outcomes_by_tenant", "Outcomes by tenant", ChartKind.STACKED,
                "outcomes_by_tenant", tuple(drawn["tenant"].to_list()),
                tuple(
                    Series(_WORDS[each], tuple(float(count) for count in drawn[each]))
                    for each in OUTCOMES
                    if drawn[each].sum()
                ),
            ),
        ),
    )  # fmt: skip


def _units() -> dict[str, Unit]:
    return {"rejected_share": Unit.SHARE}


def _figures(facts: PeriodFacts) -> tuple[Figure, ...]:
    total = {
        name: int(facts.outcomes.filter(outcome=name)["items"].sum()) for name in OUTCOMES
    }  # fmt: skip
    return (
        counted("items", "Items that arrived", facts.items),
        counted("items_per_day", "Items a day", facts.items / facts.days, Unit.NUMBER),
        *(counted(f"items_{name}", _WORDS[name], total[name]) for name in OUTCOMES),
        share_counted(
            "rejected_share", "Share of decided items that are rejected", total["reject"],
            total["approve"] + total["reject"],
        ),
        counted("decisions_people", "Decisions by people in the period", facts.decisions.height),
    )  # fmt: skip


def _by_day(facts: PeriodFacts) -> pl.DataFrame:
    """Every day of the period, also those without items; none when it is longer than three years
    of empty days would say."""
    counts = dict(
        facts.arrivals.group_by("day").agg(pl.col("items").sum()).select("day", "items").rows()
    )
    days = all_days(facts) if counts else []
    return pl.DataFrame(
        {"day": days, "items": [counts.get(day, 0) for day in days]},
        schema={"day": pl.Date, "items": pl.Int64},
    )


def all_days(facts: PeriodFacts) -> list[date]:
    """The days of the period in UTC."""
    period = facts.scope.period
    last = (period.end - timedelta(microseconds=1)).date()
    first = period.start.date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _split(outcomes: pl.DataFrame, by: str) -> pl.DataFrame:
    """by, items, a column for each outcome, rejected_share; the largest first."""
    decided = pl.col("approve") + pl.col("reject")
    return (
        outcomes.group_by(by)
        .agg(
            pl.col("items").sum(),
            *(
                pl.col("items").filter(pl.col("outcome") == each).sum().alias(each)
                for each in OUTCOMES
            ),
        )
        .with_columns(
            rejected_share=pl.when(decided > 0).then(pl.col("reject") / decided).otherwise(None)
        )
        .sort("items", by, descending=[True, False])
        .rename({by: by.removesuffix("_id")})
    )
