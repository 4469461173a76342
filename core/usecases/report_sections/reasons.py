"""Reasons: what rejections cite, by language and by tenant."""

import polars as pl

from core.domain.label import Label
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
from core.usecases.report_sections.figures import counted

#: Reasons shown of each language and tenant; files hold as many.
MOST = 5
_NOTHING = "no reason"


def reasons(now: PeriodFacts, earlier: PeriodFacts | None) -> ReportSection:
    """The section."""
    cited = _cited(now)
    whole = cited.group_by("reason").agg(pl.col("by_people", "by_policy").sum())
    whole = whole.sort(
        pl.col("by_people") + pl.col("by_policy"), "reason", descending=[True, False]
    )
    return ReportSection(
        section=Section.REASONS,
        about=(
            "Rejections of the period by the reasons that they cite, people's and the policy's own "
            "ones. A rejection may cite several: shares are of the rejections there and may sum to "
            f"more than 100 %. The {MOST} most frequent reasons of each place are listed. Chosen "
            "queues narrow people's rejections only."
        ),
        figures=_figures(now),
        earlier=_figures(earlier) if earlier else (),
        tables=(
            ReportTable("reasons", "Reasons", whole, empty="Nothing was rejected."),
            *(
                ReportTable(
                    f"reasons_by_{name}", f"Top reasons by {name}", _top(now, cited, column, name),
                    {"share": Unit.SHARE}, empty="Nothing was rejected.",
                )
                for column, name in (("language", "language"), ("tenant_id", "tenant"))
            ),
        ),
        charts=(
            ReportChart(
                "reasons", "Reasons cited", ChartKind.STACKED, "reasons",
                tuple(whole["reason"].to_list()),
                (
                    Series("By people", tuple(float(each) for each in whole["by_people"])),
                    Series("By the policy", tuple(float(each) for each in whole["by_policy"])),
                ),
            ),
        ),
    )  # fmt: skip


def _rejections(facts: PeriodFacts) -> pl.DataFrame:
    """tenant_id, language, reasons, by_people, by_policy."""
    keys = ["tenant_id", "language", "reasons"]
    people = facts.decisions.filter(outcome="reject").select(
        *keys, by_people=pl.lit(1, dtype=pl.Int64), by_policy=pl.lit(0, dtype=pl.Int64)
    )
    policy = facts.automatic.select(
        *keys, by_people=pl.lit(0, dtype=pl.Int64), by_policy=pl.col("rejections").cast(pl.Int64)
    )
    return pl.concat([people, policy], how="vertical_relaxed")


def _cited(facts: PeriodFacts) -> pl.DataFrame:
    """tenant_id, language, reason, by_people, by_policy."""
    words = {label.value: label.words for label in Label}
    return (
        _rejections(facts)
        .with_columns(pl.col("reasons").list.unique(maintain_order=True))
        .explode("reasons", empty_as_null=True, keep_nulls=True)
        .with_columns(
            reason=pl.col("reasons")
            .replace_strict(words, default=pl.col("reasons"), return_dtype=pl.String)
            .fill_null(_NOTHING)
        )
        .group_by("tenant_id", "language", "reason")
        .agg(pl.col("by_people", "by_policy").sum())
    )


def _figures(facts: PeriodFacts) -> tuple[Figure, ...]:
    found = _rejections(facts)
    unexplained = found.filter(pl.col("reasons").list.len().fill_null(0) == 0)
    return (
        counted("rejections_people", "Rejections by people", int(found["by_people"].sum())),
        counted("rejections_policy", "Rejections by the policy", int(found["by_policy"].sum())),
        counted(
            "rejections_unexplained", "Rejections that cite no reason",
            int(unexplained["by_people"].sum()) + int(unexplained["by_policy"].sum()),
        ),
    )  # fmt: skip


def _top(facts: PeriodFacts, cited: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
    total = pl.col("by_people") + pl.col("by_policy")
    places = _rejections(facts).group_by(column).agg(n=total.sum())
    return (
        cited.group_by(column, "reason")
        .agg(pl.col("by_people", "by_policy").sum())
        .with_columns(cited=total)
        .join(places, on=column)
        .with_columns(share=pl.col("cited") / pl.col("n"))
        .sort("n", column, "cited", "reason", descending=[True, False, True, False])
        .with_columns(place=pl.int_range(pl.len()).over(column))
        .filter(pl.col("place") < MOST)
        .select(pl.col(column).alias(name), "reason", "by_people", "by_policy", "share", "n")
    )
