"""Appeals and reversals: how often a decision was changed by a later one."""

import polars as pl

from core.domain.decision import Source
from core.domain.report import Section
from core.domain.report_content import Figure, ReportSection, ReportTable
from core.usecases.report_sections.facts import PeriodFacts
from core.usecases.report_sections.figures import counted, share

_CHANGED = pl.col("outcome") != pl.col("earlier")
_APPEAL = pl.col("source") == Source.APPEAL.value


def appeals(now: PeriodFacts, earlier: PeriodFacts | None) -> ReportSection:
    """The section."""
    notes = []
    if not now.decisions.filter(_APPEAL).height:
        notes.append("No appeal was decided in the period.")
    return ReportSection(
        section=Section.APPEALS,
        about=(
            "Approvals and rejections by people in the period on items that had been decided "
            "before: changed where the two differ. Looking again is no random choice, so these "
            "rates are no error rates. Undone decisions were taken back by whoever made them. "
            "Chosen queues do not narrow this section."
        ),
        figures=_figures(now),
        earlier=_figures(earlier) if earlier else (),
        tables=(
            ReportTable(
                "reversals", "Decisions on items that had been decided before",
                now.reversals.with_columns(
                    pl.col("same_person").replace_strict(
                        {True: "the same person", False: "somebody else"}, return_dtype=pl.String
                    )
                ),
                empty="Nothing was decided a second time.",
            ),
        ),
        notes=tuple(notes),
    )  # fmt: skip


def _count(frame: pl.DataFrame) -> int:
    return int(frame["decisions"].sum())


def _figures(facts: PeriodFacts) -> tuple[Figure, ...]:
    again = facts.reversals
    appeal, other = again.filter(_APPEAL), again.filter(~_APPEAL)
    policy = other.filter(earlier_source=Source.POLICY.value)
    people = other.filter(pl.col("earlier_source") != Source.POLICY.value)
    return (
        counted("appeals", "Appeals decided", facts.decisions.filter(_APPEAL).height),
        share(
            "overturn_rate", "Overturn rate: share of appeals that changed the decision",
            _count(appeal.filter(_CHANGED)), _count(appeal), why="no appeal was decided",
        ),
        share(
            "policy_overruled", "Share of the policy's decisions changed by whoever looked again",
            _count(policy.filter(_CHANGED)), _count(policy),
            why="nobody looked at what the policy had decided",
        ),
        share(
            "people_overruled", "Share of people's decisions changed by whoever looked again",
            _count(people.filter(_CHANGED)), _count(people),
            why="nobody looked at what people had decided",
        ),
        counted("undone", "Decisions undone", facts.withdrawn),
    )  # fmt: skip
