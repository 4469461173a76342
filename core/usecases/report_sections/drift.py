"""Drift: what changed against the period before, beyond what chance explains."""

import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.period import Periods
from core.domain.report import Section, before
from core.domain.report_content import Figure, ReportSection, ReportTable
from core.usecases.drift_report import DriftReport
from core.usecases.drift_words import alarms_of
from core.usecases.report_sections.facts import PeriodFacts, ReportSource
from core.usecases.report_sections.figures import counted
from core.usecases.watch_drift import NoComparison, watch_drift


def drift(source: ReportSource, now: PeriodFacts) -> ReportSection:
    """The section."""
    period = now.scope.period
    found = watch_drift(
        source.space, source.catalogue, source.person, ItemFilter(),
        Periods(reference=before(period), current=period),
    )  # fmt: skip
    about = (
        "Scores, verdicts, mixes and text lengths of the period's items against those of the "
        "period before, by the population stability index (PSI). An alarm is a change that is "
        "large enough to matter and that chance explains in 1 of 100 such reports, all comparisons "
        "together. Chosen queues do not narrow this section."
    )
    if isinstance(found, NoComparison):
        return ReportSection(section=Section.DRIFT, about=about, notes=(found.sentence,))
    return ReportSection(
        section=Section.DRIFT,
        about=about,
        figures=_figures(found),
        tables=(ReportTable("drift", "Comparisons", _table(found)),),
        notes=tuple(each.sentence for each in alarms_of(found)) or ("Nothing drifted.",),
    )


def _figures(found: DriftReport) -> tuple[Figure, ...]:
    return (
        counted("drift_alarms", "Alarms", len(found.alarms)),
        counted("drift_tests", "Comparisons that could be made", found.tests),
    )


def _table(found: DriftReport) -> pl.DataFrame:
    rows = [
        (
            each.name, each.test.psi, each.test.by_chance if each.test.drift else None,
            *each.counts, "alarm" if each.test.is_alarm else "no alarm",
        )
        for each in found.all
    ]  # fmt: skip
    schema = {
        "what": pl.String, "psi": pl.Float64, "psi_by_chance": pl.Float64, "n_before": pl.Int64,
        "n": pl.Int64, "result": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
