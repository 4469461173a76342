"""Handling time: how long decisions took, over all people together."""

from itertools import pairwise

import numpy as np
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
from core.usecases.report_sections.figures import seconds, share_counted

#: Lower edges of the distribution, in seconds.
_EDGES = (0, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60, 90, 120, 300)
_OUTSIDE = "outside queues"


def handling(now: PeriodFacts, earlier: PeriodFacts | None) -> ReportSection:
    """The section."""
    spread = _spread(now)
    return ReportSection(
        section=Section.HANDLING,
        about=(
            "Seconds from when an item was shown until it was decided, without pauses, of people's "
            "decisions in the period that were not taken back. People are never ranked by speed."
        ),
        figures=_figures(now),
        earlier=_figures(earlier) if earlier else (),
        tables=(
            ReportTable(
                "handling_by_queue", "By queue", _by_queue(now),
                dict.fromkeys(("median", "median_low", "median_high", "p90"), Unit.SECONDS),
                empty="No handling time was measured.",
            ),
            ReportTable(
                "handling_spread", "Distribution of handling time", spread,
                empty="No handling time was measured.",
            ),
        ),
        charts=(
            ReportChart(
                "handling_spread", "Distribution of handling time (seconds)", ChartKind.BARS,
                "handling_spread", tuple(spread["seconds"].to_list()),
                (Series("Decisions", tuple(float(each) for each in spread["decisions"])),),
            ),
        ),
    )  # fmt: skip


def _figures(facts: PeriodFacts) -> tuple[Figure, ...]:
    times = facts.decisions["handling_seconds"].drop_nulls()
    return (
        seconds("handling_median", "Median handling time", times.to_numpy(), at=0.5),
        seconds("handling_p90", "90th percentile of handling time", times.to_numpy(), at=0.9),
        seconds("handling_mean", "Mean handling time", times.to_numpy()),
        share_counted(
            "handling_measured", "Share of decisions with a measured time", times.len(),
            facts.decisions.height,
        ),
    )  # fmt: skip


def _by_queue(facts: PeriodFacts) -> pl.DataFrame:
    measured = facts.decisions.drop_nulls("handling_seconds").with_columns(
        pl.col("queue").fill_null(_OUTSIDE)
    )
    rows = []
    for (name,), part in sorted(measured.group_by("queue"), key=lambda each: str(each[0][0])):
        middle = seconds("", "", part["handling_seconds"].to_numpy(), at=0.5)
        most = seconds("", "", part["handling_seconds"].to_numpy(), at=0.9)
        rows.append((name, part.height, middle.value, middle.low, middle.high, most.value))
    schema = {"queue": pl.String, "n": pl.Int64} | dict.fromkeys(
        ("median", "median_low", "median_high", "p90"), pl.Float64
    )
    return pl.DataFrame(rows, schema=schema, orient="row")


def _spread(facts: PeriodFacts) -> pl.DataFrame:
    times = facts.decisions["handling_seconds"].drop_nulls().to_numpy()
    counts = np.bincount(
        np.searchsorted(_EDGES, times, side="right") - 1, minlength=len(_EDGES)
    )  # fmt: skip
    names = [f"{low}–{high}" for low, high in pairwise(_EDGES)] + [f"{_EDGES[-1]}+"]
    rows = [(name, int(count)) for name, count in zip(names, counts, strict=True)]
    return pl.DataFrame(
        rows if times.size else [], schema={"seconds": pl.String, "decisions": pl.Int64},
        orient="row",
    )  # fmt: skip
