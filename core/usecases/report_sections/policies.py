"""Policy changes in the period, with the previews that were looked at, and what is live when."""

from collections.abc import Mapping
from datetime import datetime

import polars as pl
from pydantic import ValidationError

from core.domain.policy import PolicyChange, PolicyMode, PolicyVersion
from core.domain.report import Section
from core.domain.report_content import ReportSection, ReportTable, Unit
from core.metrics.survey import UNKNOWN, Estimate
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue
from core.usecases.manage_policies import SeenPreview
from core.usecases.report_sections.facts import PeriodFacts
from core.usecases.report_sections.figures import counted

#: Every policy version with the steps of its life.
Lives = list[tuple[PolicyVersion, list[PolicyChange]]]


def read_lives(parts: StoreParts) -> Lives:
    """The policy versions, oldest first."""
    return [(each, parts.policies.life(each.policy_version_id)) for each in parts.policies.all()]


def live_at(
    lives: Lives, moment: datetime, catalogue: Catalogue, used: Mapping[int, int]
) -> PolicyVersion:
    """The version that was live for everything at that moment; before there was one: today's.

    Every model version has a live one: what decided most (`used`: decisions by version) is meant,
    else that of the model in use, else the newest.
    """
    live: list[tuple[tuple[int, bool, datetime, int], PolicyVersion]] = []
    for version, life in lives:
        earlier = [each for each in life if each.changed_at < moment]
        last = earlier[-1] if earlier else None
        if last is None or last.mode is not PolicyMode.LIVE or (last.share or 1.0) < 1:
            continue
        is_in_use = version.model_version_id == catalogue.model.model_version_id
        key = version.policy_version_id
        live.append(((used.get(key, 0), is_in_use, last.changed_at, key), version))
    return max(live, key=lambda each: each[0])[1] if live else catalogue.policy


def policies(lives: Lives, now: PeriodFacts, earlier: PeriodFacts | None) -> ReportSection:
    """The section."""
    frame = _changes(lives, now)
    shares = ("share", "precision", "precision_low", "precision_high", "recall", "recall_low",
              "recall_high")  # fmt: skip
    return ReportSection(
        section=Section.POLICIES,
        about=(
            "Versions that were drafted, published or retired in the period, and what the preview "
            "said that somebody looked at before. Policies are everybody's: tenants and queues do "
            "not narrow this section."
        ),
        figures=(counted("policy_changes", "Changes of policy", frame.height),),
        earlier=(
            (counted("policy_changes", "Changes of policy", _changes(lives, earlier).height),)
            if earlier
            else ()
        ),
        tables=(
            ReportTable(
                "policy_changes", "Changes", frame, dict.fromkeys(shares, Unit.SHARE),
                empty="No policy version changed in the period.",
            ),
        ),
        notes=(f"Live when the period ended: {now.policy.display_name}.",),
    )  # fmt: skip


_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "changed_at": pl.Datetime("us", "UTC"), "policy": pl.String, "mode": pl.String,
    "share": pl.Float64, "by": pl.String, "note": pl.String, "preview_items": pl.Int64,
    "preview_flips": pl.Int64, "precision": pl.Float64, "precision_low": pl.Float64,
    "precision_high": pl.Float64, "recall": pl.Float64, "recall_low": pl.Float64,
    "recall_high": pl.Float64, "reviews": pl.Int64, "previewed": pl.String,
}  # fmt: skip


def _changes(lives: Lives, facts: PeriodFacts) -> pl.DataFrame:
    period = facts.scope.period
    rows = [
        (
            change.changed_at, version.display_name, change.mode.value, change.share, change.actor,
            change.note, *_previewed(change.preview),
        )
        for version, life in lives
        for change in life
        if period.start <= change.changed_at < min(period.end, facts.scope.state_at)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort("changed_at", "policy", "mode")


def _previewed(stored: str | None) -> tuple[int | float | str | None, ...]:
    if stored is None:
        return (*[None] * 9, "no preview: it decides nothing by itself, or is built in")
    try:
        seen = SeenPreview.model_validate_json(stored)
    except ValidationError:
        return (*[None] * 9, "a preview of another version of ModDesk, not readable here")
    weighted = "weighted reviews" if seen.is_weighted else "unweighted: holds for reviewed items"
    return (
        seen.items, seen.flips, *_ends(seen.precision), *_ends(seen.recall), seen.reviews, weighted,
    )  # fmt: skip


def _ends(found: Estimate) -> tuple[float | None, float | None, float | None]:
    if found.value is None or found == UNKNOWN:
        return None, None, None
    return found.value, found.interval.low, found.interval.high
