"""Backlog and due times: what waited at the end, what came and went, and what was in time."""

from datetime import datetime

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
from core.usecases.report_sections.figures import counted, share, share_counted, unknown
from core.usecases.report_sections.volumes import all_days


def backlog(now: PeriodFacts, earlier: PeriodFacts | None) -> ReportSection:
    """The section."""
    by_day = _by_day(now)
    places = tuple(str(day) for day in by_day["day"])
    return ReportSection(
        section=Section.BACKLOG,
        about=(
            "Review tasks that waited when the period ended, by the queue that they were in then, "
            "and those that were opened and decided in it. A task is in time when it was decided "
            "before its due time. Tasks of imports that were taken back are not known any more."
        ),
        figures=_figures(now),
        earlier=_figures(earlier) if earlier else (),
        tables=(
            ReportTable(
                "backlog_by_queue", "By queue", _by_queue(now),
                {"oldest_seconds": Unit.SECONDS, "in_time_share": Unit.SHARE},
                empty="No task was opened, decided or waiting.",
            ),
            ReportTable(
                "tasks_by_day", "Tasks opened and decided by day", by_day,
                empty="No task was opened or decided.",
            ),
        ),
        charts=(
            ReportChart(
                "tasks_by_day", "Tasks opened and decided by day", ChartKind.LINES,
                "tasks_by_day", places,
                (
                    Series("Opened", tuple(float(each) for each in by_day["opened"])),
                    Series("Decided", tuple(float(each) for each in by_day["decided"])),
                ),
            ),
        ),
    )  # fmt: skip


def _tasks(facts: PeriodFacts) -> pl.DataFrame:
    """The decisions of the period that closed a task."""
    return facts.decisions.filter(pl.col("queue").is_not_null()).with_columns(
        in_time=pl.col("decided_at") <= pl.col("due_at")
    )


def _figures(facts: PeriodFacts) -> tuple[Figure, ...]:
    tasks = _tasks(facts)
    waiting, overdue = int(facts.backlog["waiting"].sum()), int(facts.backlog["overdue"].sum())
    oldest = facts.backlog["oldest"].min()
    age = (
        counted("oldest_age", "Age of the oldest task", _age(facts, oldest), Unit.SECONDS)
        if isinstance(oldest, datetime)
        else unknown("oldest_age", "Age of the oldest task", Unit.SECONDS, "nothing waited")
    )
    return (
        counted("waiting", "Tasks that waited at the end", waiting),
        share_counted("overdue_share", "Share of them past their due time", overdue, waiting),
        age,
        counted("tasks_opened", "Tasks opened", int(facts.opened["tasks"].sum())),
        counted("tasks_decided", "Tasks decided", tasks.height),
        share(
            "in_time_share", "Share of decided tasks that were in time",
            int(tasks["in_time"].sum()), tasks.height, why="no task was decided",
        ),
    )  # fmt: skip


def _age(facts: PeriodFacts, oldest: datetime) -> float:
    return max(0.0, (facts.scope.state_at - oldest).total_seconds())


def _by_queue(facts: PeriodFacts) -> pl.DataFrame:
    state = facts.scope.state_at
    waiting = facts.backlog.group_by("queue").agg(
        pl.col("waiting", "overdue").sum(),
        oldest_seconds=(pl.lit(state) - pl.col("oldest").min()).dt.total_seconds(),
    )
    decided = (
        _tasks(facts)
        .group_by("queue")
        .agg(decided=pl.len().cast(pl.Int64), in_time=pl.col("in_time").sum().cast(pl.Int64))
    )
    opened = facts.opened.group_by("queue").agg(opened=pl.col("tasks").sum())
    names = pl.concat([each.select("queue") for each in (waiting, decided, opened)]).unique()
    counts = ["waiting", "overdue", "opened", "decided", "in_time"]
    return (
        names.join(waiting, on="queue", how="left")
        .join(opened, on="queue", how="left")
        .join(decided, on="queue", how="left")
        .with_columns(pl.col(counts).fill_null(0))
        .with_columns(
            in_time_share=pl.when(pl.col("decided") > 0)
            .then(pl.col("in_time") / pl.col("decided"))
            .otherwise(None)
        )
        .select("queue", *counts[:2], "oldest_seconds", *counts[2:], "in_time_share")
        .sort("queue")
    )


def _by_day(facts: PeriodFacts) -> pl.DataFrame:
    opened = dict(facts.opened.group_by("day").agg(pl.col("tasks").sum()).rows())
    decided = dict(
        _tasks(facts).group_by(pl.col("decided_at").dt.date().alias("day")).agg(pl.len()).rows()
    )
    days = all_days(facts) if opened or decided else []
    return pl.DataFrame(
        {
            "day": days,
            "opened": [opened.get(day, 0) for day in days],
            "decided": [decided.get(day, 0) for day in days],
        },
        schema={"day": pl.Date, "opened": pl.Int64, "decided": pl.Int64},
    )
