"""Automation: how much was decided by the policy alone."""

import polars as pl

from core.domain.decision import Source
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
from core.usecases.report_sections.volumes import PLACES_DRAWN

_IS_POLICY = pl.col("source") == Source.POLICY.value
_IS_DECIDED = pl.col("outcome") != "undecided"


def automation(now: PeriodFacts, earlier: PeriodFacts | None) -> ReportSection:
    """The section."""
    by_tenant = _split(now.outcomes, "tenant_id")
    drawn = by_tenant.head(PLACES_DRAWN)
    return ReportSection(
        section=Section.AUTOMATION,
        about=(
            "Of the items that arrived and were decided when the period ended: on how many the "
            "policy's own decision stood. An item that a person decided afterwards counts as a "
            "person's. Chosen queues do not narrow this section."
        ),
        figures=_figures(now),
        earlier=_figures(earlier) if earlier else (),
        tables=(
            ReportTable("automation_by_tenant", "By tenant", by_tenant, _UNITS),
            ReportTable(
                "automation_by_language", "By language", _split(now.outcomes, "language"), _UNITS
            ),
        ),
        charts=(
            ReportChart(
                "automation_by_tenant", "Share decided by the policy alone", ChartKind.BARS,
                "automation_by_tenant", tuple(drawn["tenant"].to_list()),
                (Series("Automated", tuple(drawn["automated_share"].to_list())),),
                Unit.SHARE,
            ),
        ),
    )  # fmt: skip


_UNITS = {"automated_share": Unit.SHARE}


def _figures(facts: PeriodFacts) -> tuple[Figure, ...]:
    decided = facts.outcomes.filter(_IS_DECIDED)
    by_policy = decided.filter(_IS_POLICY)
    total, policy = int(decided["items"].sum()), int(by_policy["items"].sum())
    rejected = decided.filter(outcome="reject")
    return (
        counted("decided_by_policy", "Items decided by the policy alone", policy),
        counted("decided_by_people", "Items decided by people", total - policy),
        share_counted("automated_share", "Automated share of decided items", policy, total),
        share_counted(
            "automated_rejections", "Automated share of rejected items",
            int(rejected.filter(_IS_POLICY)["items"].sum()), int(rejected["items"].sum()),
        ),
    )  # fmt: skip


def _split(outcomes: pl.DataFrame, by: str) -> pl.DataFrame:
    decided = outcomes.filter(_IS_DECIDED)
    return (
        decided.group_by(by)
        .agg(
            decided=pl.col("items").sum(),
            by_policy=pl.col("items").filter(_IS_POLICY).sum(),
            by_people=pl.col("items").filter(~_IS_POLICY).sum(),
        )
        .with_columns(automated_share=pl.col("by_policy") / pl.col("decided"))
        .sort("decided", by, descending=[True, False])
        .rename({by: by.removesuffix("_id")})
    )
