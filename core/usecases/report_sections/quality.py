"""Precision, recall and prevalence, from reviews weighted by the design they were drawn by."""

import numpy as np
import polars as pl

from core.domain.label import CITABLE_LABELS
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
from core.usecases.evidence import Evidence
from core.usecases.preview_policy import Preview, preview_policy
from core.usecases.report_sections.facts import PeriodFacts, ReportSource
from core.usecases.report_sections.figures import counted, estimated

_WHY = "nobody decided on such items"


def quality(source: ReportSource, now: PeriodFacts, earlier: PeriodFacts | None) -> ReportSection:
    """The section."""
    seen = _seen(source, now)
    labels = _by_label(seen.evidence)
    measure = "precision", "recall"
    units = {f"{each}{end}": Unit.SHARE for each in measure for end in ("", "_low", "_high")}
    return ReportSection(
        section=Section.QUALITY,
        about=(
            f"What people decided on the items that arrived in the period, against what "
            f"{now.policy.display_name} concludes of them. Reviews that were made after the period "
            "count as well: a sample is usually answered later. Precision: of what the policy "
            "rejects by itself, the share that people reject. Recall: of what people reject, the "
            "share that it rejects or sends to review. Missed harm: of what it approves by itself, "
            "the share that people reject. Chosen queues do not narrow this section."
        ),
        figures=_figures(seen),
        earlier=_figures(_seen(source, earlier)) if earlier else (),
        tables=(
            ReportTable(
                "prevalence_by_reason", "Prevalence by reason", labels,
                dict.fromkeys(("prevalence", "prevalence_low", "prevalence_high"), Unit.SHARE),
            ),
            *(
                ReportTable(
                    f"quality_by_{each}", f"Precision and recall by {each}", _split(seen, each),
                    units,
                )
                for each in ("language", "tenant")
            ),
            ReportTable(
                "sampling_design", "How the reviewed items were chosen", _design(seen),
                empty="Nobody decided on these items yet.",
            ),
        ),
        charts=_charts(labels),
        notes=_notes(seen),
        warnings=(seen.evidence.warning,) if seen.evidence.warning else (),
    )  # fmt: skip


def _seen(source: ReportSource, facts: PeriodFacts) -> Preview:
    return preview_policy(
        source.space, source.histories, source.catalogue, source.person, facts.wanted,
        before=facts.policy, rule=facts.policy.rule,
    )  # fmt: skip


def _figures(seen: Preview) -> tuple[Figure, ...]:
    evidence = seen.evidence
    everything = np.ones(evidence.reviews, dtype=np.bool_)
    return (
        estimated(
            "prevalence", "Prevalence of harm", evidence.share(everything, evidence.harmful),
            why=_WHY,
        ),
        estimated("precision", "Precision of the policy", seen.before.precision, why=_WHY),
        estimated("recall", "Recall of the policy", seen.before.recall, why=_WHY),
        estimated("missed", "Missed harm", seen.before.missed, why=_WHY),
        counted("reviews", "Reviews behind these numbers", evidence.reviews),
        counted("reviews_at_random", "Of them of randomly drawn items", evidence.at_random),
        counted("unscored", "Items without scores: left out", seen.unscored),
    )  # fmt: skip


def _by_label(evidence: Evidence) -> pl.DataFrame:
    rows = []
    for label in CITABLE_LABELS:
        known, harmful = evidence.cites(label)
        found = evidence.share(known, harmful)
        if found.value is not None and harmful.any():
            ends = found.interval
            rows.append((label.words, found.value, ends.low, ends.high, int(found.count)))
    schema = {"reason": pl.String} | dict.fromkeys(
        ("prevalence", "prevalence_low", "prevalence_high"), pl.Float64
    )
    return pl.DataFrame(rows, schema=schema | {"n": pl.Int64}, orient="row").sort(
        "prevalence", "reason", descending=[True, False]
    )


def _split(seen: Preview, by: str) -> pl.DataFrame:
    """by, items, the policy's verdicts, precision and recall with their intervals and n."""
    verdicts = {
        "before_approve": "policy_approves", "before_review": "policy_reviews",
        "before_reject": "policy_rejects",
    }  # fmt: skip
    ends = ("", "_low", "_high", "_n")
    measures = [f"{name}{end}" for name in ("precision", "recall") for end in ends]
    return (
        seen.by(by)
        .rename(verdicts)
        .with_columns(pl.col(by).fill_null("unknown"))
        .select(by, "items", *verdicts.values(), *measures)
        .sort("items", by, descending=[True, False])
    )


def _charts(labels: pl.DataFrame) -> tuple[ReportChart, ...]:
    series = Series(
        "Prevalence",
        *(tuple(labels[f"prevalence{end}"].to_list()) for end in ("", "_low", "_high")),
    )
    return (
        ReportChart(
            "prevalence_by_reason", "Prevalence by reason, with 95 % intervals",
            ChartKind.INTERVALS, "prevalence_by_reason", tuple(labels["reason"].to_list()),
            (series,), Unit.SHARE,
        ),
    )  # fmt: skip


def _design(seen: Preview) -> pl.DataFrame:
    """queue, stratum, probability, opened, reviewed: strata that reviewed items came from."""
    keys = ["queue", "stratum", "probability"]
    reviewed = seen.history.reviews.group_by(keys).agg(reviewed=pl.len().cast(pl.Int64))
    opened = seen.history.opened.select(*keys, pl.col("tasks").alias("opened"))
    return (
        reviewed.join(opened, on=keys, how="left", nulls_equal=True)
        .with_columns(
            pl.col("queue").fill_null("none: imported, or decided in a list"),
            pl.col("stratum").fill_null("not known"),
        )
        .select(*keys, "opened", "reviewed")
        .sort(keys)
    )


def _notes(seen: Preview) -> tuple[str, ...]:
    evidence = seen.evidence
    if not evidence.is_weighted:
        return ()
    left_out = (
        f" {evidence.left_out:,} are left out, for nobody knows how their items were chosen."
        if evidence.left_out
        else ""
    )
    return (
        f"Each of the {evidence.reviews:,} reviews counts for as many items as it stands for, "
        f"tasks / decided / probability of its stratum.{left_out}",
    )
